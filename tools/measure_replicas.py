"""Measures how far N replicas are from one device: at equal weights, and on their own way.

  python tools/measure_replicas.py [--replicas=2] [--steps=20] [--SECTION.FIELD=VALUE ...]

Both see the same images (noise of seed ``run.seed``) and the same latent noise. At every step it
compares the gradients of two trainers that start the step from the same weights, by the change of
Adam's first moment, and beside them the weights of two trainers that have gone their own way since
step 0. Prints a Markdown table. Needs no images and no GPU.
"""

import sys
import tempfile

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("preset", "", "preset to measure; a small UNIT", flag_values=FLAGS)
absl_flags.DEFINE_integer("replicas", 2, "CPU devices", lower_bound=2, flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 20, "steps", lower_bound=1, flag_values=FLAGS)
flags.define_config_flags(FLAGS)

SMALL = {
    "model.width": 1 / 16, "model.num_blocks": 1, "model.discriminator_depth": 2,
    "data.image_size": 32, "optim.batch_size": 4, "optim.learning_rate": 1e-3,
}  # fmt: skip
SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


class Noise:
    """A Domain of seeded noise, eight images.

    Args:
      seed: of the images.
      shape: [H, W, C] of each.
    """

    def __init__(self, seed, shape):
        import numpy as np

        self._images = np.random.default_rng(seed).integers(0, 256, (8, *shape), np.uint8)

    def __len__(self):
        return len(self._images)

    def crop(self, index, rng):
        del rng
        return self._images[index]


def noise_data(config):
    """Data of two such domains, as large as the experiment's crops."""
    from unit_tf.data.base import Data

    sides = config.data.image_size
    shapes = [(*sides, config.data.domain_channels(d)) for d in "ab"]
    return Data(*(Noise(i, shape) for i, shape in enumerate(shapes)), [], [])


class Run:
    """A trainer on its devices, with the batches that it reads.

    Args:
      config: ExperimentConfig.
      data: Data.
      strategy: tf.distribute.Strategy.
    """

    def __init__(self, config, data, strategy):
        from unit_tf.data.pipeline import training_dataset
        from unit_tf.training import loop
        from unit_tf.training.strategy import distribute

        self.trainer = loop.build_trainer(config, strategy)
        self._batches = iter(distribute(strategy, training_dataset(data, config)))
        self._step = loop.make_step(self.trainer, strategy)

    def step(self):
        """One step; returns {"family/domain": float}."""
        return {name: float(value) for name, value in self._step(self._batches).items()}

    def variables(self):
        """Everything that a step changes, in one order."""
        trainer = self.trainer
        owners = (trainer.method, trainer.generator_optimizer, trainer.discriminator_optimizer)
        return [v for owner in owners if owner is not None for v in owner.variables]

    def copy(self, other):
        """Takes over another run's state."""
        for mine, its in zip(self.variables(), other.variables(), strict=True):
            mine.assign(its.numpy())

    def weights(self):
        """All trainable weights, arrays."""
        return [v.numpy() for v in self.trainer.method.trainable_variables]

    def momentums(self):
        """Adam's first moments, arrays; {player: list}."""
        from unit_tf.training.optimizers import inner_optimizer

        optimizers = {
            "generator": self.trainer.generator_optimizer,
            "discriminator": self.trainer.discriminator_optimizer,
        }
        return {
            player: [m.numpy() for m in inner_optimizer(optimizer)._momentums]
            for player, optimizer in optimizers.items()
            if optimizer is not None
        }


def largest(arrays):
    """The largest magnitude in several arrays."""
    return max(float(abs(array).max()) for array in arrays)


def gradient_difference(before, one, two, beta):
    """How far two gradients are apart, in units of the largest of them all.

    Args:
      before: list of first moments before a step, of both.
      one, two: the same after it.
      beta: Adam's first momentum, below 1.
    """
    gradients = [(m - beta * b) / (1 - beta) for m, b in zip(one, before, strict=True)]
    apart = [(x - y) / (1 - beta) for x, y in zip(one, two, strict=True)]
    return largest(apart) / largest(gradients)


def compare(config, strategies, steps):
    """Yields what is apart at each step.

    Args:
      config: ExperimentConfig.
      strategies: (tf.distribute.Strategy of one device, that of several).
      steps: how many.

    Yields:
      (step, {"generator": relative difference of gradients at equal weights, "discriminator",
      "losses": largest relative difference on their own way, "weights": largest difference}).
    """
    data, beta = noise_data(config), config.optim.beta_1
    one, several = (Run(config, data, strategy) for strategy in strategies)
    equal = Run(config, data, strategies[1])
    for step in range(1, steps + 1):
        equal.copy(one)
        before = one.momentums()
        losses, own_losses = one.step(), several.step()
        equal.step()
        after, after_equal = one.momentums(), equal.momentums()
        found = {
            player: gradient_difference(before[player], after[player], after_equal[player], beta)
            for player in before
        }
        found["losses"] = max(
            abs(own_losses[name] - value) / max(abs(value), 1e-6) for name, value in losses.items()
        )
        pairs = zip(one.weights(), several.weights(), strict=True)
        found["weights"] = largest([x - y for x, y in pairs])
        yield step, found


def main():
    """Prints the table."""
    overrides = flags.config_overrides(FLAGS)
    replicas = FLAGS.replicas
    with tempfile.TemporaryDirectory() as folder:
        small = {} if FLAGS.preset else SMALL
        folders = {"data.dir_a": folder, "data.dir_b": folder}
        config = resolve(FLAGS.preset, {**folders, **small, **overrides})
    if config.optim.batch_size % replicas:
        raise UserError(f"--replicas={replicas}: must divide --optim.batch_size")
    quiet.start_tensorflow()
    import tensorflow as tf

    from unit_tf.training.strategy import build_strategy

    run = config.replace({"run.cpu_replicas": replicas, "run.strategy": "mirrored"}).run
    several = build_strategy(run)  # before any op runs
    tf.config.experimental.enable_op_determinism()
    print("| step | G's gradient | D's gradient | losses | weights |")
    print("| --- | --- | --- | --- | --- |")
    columns, worst = ("generator", "discriminator", "losses", "weights"), {}
    strategies = (tf.distribute.get_strategy(), several)
    for step, found in compare(config, strategies, FLAGS.steps):
        worst = {name: max(value, worst.get(name, 0)) for name, value in found.items()}
        if step in SHOWN or step == FLAGS.steps:
            shown = [f"{found[name]:.1e}" if name in found else "" for name in columns]
            print(f"| {step} | {' | '.join(shown)} |", flush=True)
    print("largest of all steps: " + ", ".join(f"{n} {v:.1e}" for n, v in worst.items()))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
