"""Trains a pair of translators from two unpaired sets of images, or adapts a classifier.

  unit-train --preset=blue_marble_quick --workdir=runs/quick
  unit-train --preset=maps --workdir=runs/mine --data.dir_a=summer --data.dir_b=winter

Run the same command again to go on after a stop. Presets are listed in docs/presets.md.
"""

import sys

from absl import flags as absl_flags

from unit_tf import presets
from unit_tf.cli import experiment, flags, quiet

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
    from unit_tf.cli.summary import network_table

    quiet.start_tensorflow()
    from unit_tf.methods.registry import build_method

    print(config.to_json(), end="")
    print(network_table(build_method(config)))


def main():
    """Trains; returns the exit code."""
    config = experiment.resolve(FLAGS["preset"].value, flags.config_overrides(FLAGS))
    if config.data.source == "labelled":
        quiet.prefer_onednn()
    if FLAGS["dry_run"].value:
        dry_run(config)
        return 0
    flags.require(FLAGS, "workdir")
    quiet.start_tensorflow()
    from unit_tf.training import loop

    # Devices first: logical CPU devices cannot be made once TensorFlow has run an op.
    strategy = loop.build_strategy(config.run)
    from unit_tf.data.datasets import open_data

    data = open_data(config.data)
    for note in data.notes:
        print(note, file=sys.stderr)
    try:
        trainer = loop.train(config, data, FLAGS["workdir"].value, strategy)
    except loop.Diverged as error:
        print(f"unit-train: {error}", file=sys.stderr)
        return 1
    except loop.Stopped as stop:
        print("unit-train: stopped; run the same command again to go on", file=sys.stderr)
        return 128 + stop.signal_number
    # Also where there was nothing left to do, which would otherwise look like a failure.
    print(f"{FLAGS['workdir'].value}: trained to step {int(trainer.step.numpy())}")
    return 0


def run():
    """Console entry point."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
