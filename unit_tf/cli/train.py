"""Trains a pair of translators from two unpaired sets of images, or adapts a classifier.

  unit-train --preset=photos --workdir=runs/mine --data.dir_a=summer --data.dir_b=winter
  unit-train --preset=blue_marble_quick --workdir=runs/quick

Which preset? For two folders of images:
  photos          UNIT, both directions: begin with it
  cut, fastcut    A to B alone, as published: for large images and long trainings
  munit_scenes    many translations of one image; munit_edges where shapes change
  cyclegan        CycleGAN as published
and da_usps_mnist for labels in A that B is to get. docs/choosing_a_method.md says what each assumes
and costs, docs/presets.md lists them all. Run the same command again to go on after a stop.
"""

import sys

from absl import flags as absl_flags

from unit_tf import presets
from unit_tf.cli import flags, quiet, trainings
from unit_tf.cli.summary import network_table
from unit_tf.config import user_path
from unit_tf.data.registry import find_source
from unit_tf.methods.registry import build_method
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "preset", "", "named experiment: " + ", ".join(presets.PRESETS), flag_values=FLAGS
)
absl_flags.DEFINE_string("workdir", "", "folder for checkpoints and logs", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "dry_run",
    False,
    "print the resolved configuration and the networks, check --run.init_from, then stop",
    flag_values=FLAGS,
)
flags.define_config_flags(FLAGS)


def dry_run(config, workdir):
    """Prints the configuration, where the networks start, and their shapes and parameters.

    Args:
      config: ExperimentConfig.
      workdir: a folder whose training the command would go on with; "" for a new one.
    """
    quiet.start_tensorflow()
    from unit_tf.training.initial_weights import read_start, reads_source  # numpy takes its time

    method = build_method(config)
    if reads_source(config, workdir and user_path("--workdir", workdir)):
        print(read_start(config, method), file=sys.stderr)  # or refuses, before all else
    if config.run.minutes:
        said = "a training would probe this machine and choose what differs from the following"
        print(f"--run.minutes={config.run.minutes:g}: {said}", file=sys.stderr)
    print(config.to_json(), end="")
    print(network_table(method))


def main():
    """Trains; returns the exit code."""
    overrides = flags.config_overrides(FLAGS)
    config = resolve(FLAGS["preset"].value, overrides)
    if find_source(config.data.source).labelled:
        quiet.prefer_onednn()
    if FLAGS["dry_run"].value:
        dry_run(config, FLAGS["workdir"].value)
        return 0
    flags.require(FLAGS, "workdir")
    workdir = FLAGS["workdir"].value
    return trainings.train(config, workdir, tuple(overrides), "unit-train")


def run():
    """Console entry point."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
