"""Trains a pair of translators from two unpaired sets of images, or adapts a classifier.

  unit-train --preset=blue_marble_quick --workdir=runs/quick
  unit-train --preset=maps --workdir=runs/mine --data.dir_a=summer --data.dir_b=winter

Run the same command again to go on after a stop. Presets are listed in docs/presets.md.
"""

import sys

from absl import flags as absl_flags

from unit_tf import presets
from unit_tf.cli import flags, quiet
from unit_tf.cli.summary import network_table
from unit_tf.config import printable
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
    "print the resolved configuration and the networks, then stop",
    flag_values=FLAGS,
)
flags.define_config_flags(FLAGS)


def dry_run(config):
    """Prints the configuration and every network's shapes and parameters."""
    quiet.start_tensorflow()
    if config.run.minutes:
        said = "a training would probe this machine and choose what differs from the following"
        print(f"--run.minutes={config.run.minutes:g}: {said}", file=sys.stderr)
    print(config.to_json(), end="")
    print(network_table(build_method(config)))


def main():
    """Trains; returns the exit code."""
    overrides = flags.config_overrides(FLAGS)
    config = resolve(FLAGS["preset"].value, overrides)
    if find_source(config.data.source).labelled:
        quiet.prefer_onednn()
    if FLAGS["dry_run"].value:
        dry_run(config)
        return 0
    flags.require(FLAGS, "workdir")
    workdir = FLAGS["workdir"].value
    from unit_tf.data.checks.first_look import summarise
    from unit_tf.evaluation.checkpoint_scores import scorer_for
    from unit_tf.report.write_report import report_writer
    from unit_tf.training import run as training  # numpy and Pillow take their time, too

    hooks = report_writer(workdir), quiet.start_tensorflow, scorer_for, summarise
    try:
        trainer = training.train(config, workdir, *hooks, given=tuple(overrides))
    except training.Diverged as error:
        print(f"unit-train: {printable(error)}", file=sys.stderr)
        return 1
    except training.Stopped as stop:
        print("unit-train: stopped; run the same command again to go on", file=sys.stderr)
        return 128 + stop.signal_number
    # Also where there was nothing left to do, which would otherwise look like a failure.
    print(f"{printable(workdir)}: trained to step {int(trainer.step.numpy())}")
    return 0


def run():
    """Console entry point."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
