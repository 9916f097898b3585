"""What a check of a training's health costs, beside a train step in the same process.

  python tools/overhead/measure_health.py --preset=blue_marble
  python tools/overhead/measure_health.py --preset=maps --rounds=5 --data.image_size=128

Prints the medians of a step and of a check, in wall and CPU seconds, each after it was compiled,
and the share of the training that a check every --run.health_every steps takes. Steps and checks
take turns, so that a busy machine slows both. The images are noise.
"""

import itertools
import pathlib
import sys
import tempfile
import types

import numpy as np
from absl import flags as absl_flags

from in_turns import medians_in_turns
from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.data.registry import find_source
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "blue_marble", "preset to measure", flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 5, "checks, and steps", lower_bound=1, flag_values=FLAGS)
flags.define_config_flags(FLAGS)


class Noise:
    """A Domain of random crops.

    Args:
      shape: of a crop.
    """

    def __init__(self, shape):
        self.shape = shape

    def __len__(self):
        return 64

    def crop(self, index, rng):
        """Returns uint8 of ``shape``."""
        del index
        return rng.integers(0, 256, self.shape, np.uint8)


def measure(config, rounds, workdir):
    """Returns ((wall, CPU) seconds of a step, the same of a check), medians.

    Args:
      config: ExperimentConfig.
      rounds: how many of each.
      workdir: empty folder, for health.jsonl.
    """
    import tensorflow as tf

    from unit_tf.data.base import Data
    from unit_tf.data.pipeline import training_dataset
    from unit_tf.training import loop
    from unit_tf.training.health.health_watch import HealthWatch

    shapes = [(*config.data.image_size, config.data.domain_channels(d)) for d in "ab"]
    data = Data(*map(Noise, shapes), [], [])
    strategy = tf.distribute.get_strategy()
    trainer = loop.build_trainer(config, strategy)
    step, batches = loop.make_step(trainer, strategy), iter(training_dataset(data, config))
    watch = HealthWatch(trainer, data, workdir)
    log = types.SimpleNamespace(scalars=lambda step, values: None)
    steps = itertools.count(config.run.health_every, config.run.health_every)
    return medians_in_turns(
        lambda: float(step(batches)["total/generator"]),
        lambda: watch.check(next(steps), log, print),
        rounds,
    )


def main():
    """Prints the table."""
    config = resolve(FLAGS.preset, flags.config_overrides(FLAGS))
    if find_source(config.data.source).labelled or config.data.paired:
        raise UserError(f"--preset={FLAGS.preset}: measures unpaired images without labels alone")
    every = config.run.health_every
    if not 0 < every <= config.run.steps:
        raise UserError(f"--run.health_every={every}: no checks in {config.run.steps} steps")
    quiet.start_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        step, check = measure(config, FLAGS.rounds, pathlib.Path(folder))
    size = "x".join(map(str, config.data.image_size))
    print(f"{FLAGS.preset}, {size}, batch {config.optim.batch_size}, a check every {every} steps")
    print("| | s a step | s a check | share of the training |\n| --- | --- | --- | --- |")
    for kind, one, other in zip(("wall", "CPU"), step, check, strict=True):
        share = other / (every * one + other)
        print(f"| {kind} | {one:.3f} | {other:.3f} | {100 * share:.2f} % |")
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
