"""What a check of a training's health looks at: networks on a few images, weights and gradients."""

import typing

import numpy as np
import tensorflow as tf

from unit_tf.data.pipeline import training_dataset
from unit_tf.losses.adversarial import discriminator_loss
from unit_tf.methods.base import other
from unit_tf.training.optimizers import inner_optimizer

IMAGES = 8  # of each domain
# The logit of a discriminator that knows nothing, by objective.
UNKNOWING = {"bce": 0.0, "lsgan": 0.5, "hinge": 0.0}


class Observation(typing.NamedTuple):
    """What one check saw. Images are float32 [N, H, W, C] in [-1, 1].

    Attributes:
      images: {"a": images, "b": images}, the same at each check.
      translated: {"a2b": images, ...}, for the method's directions.
      reconstructed: {"a": images, ...} decoded from their own codes; empty where nothing learns it.
      logits: {"b": [(of real images, of translations), ...], ...}, float32 arrays, a pair for each
        resolution; by the domain translated into. Empty without a discriminator.
      discriminator_losses: {"b": its loss on them / that of the best constant answer, ...}.
      weights: {"generator": root mean square, ...}.
      gradients: {"generator": norm of Adam's first moment, ...}.
    """

    images: dict
    translated: dict
    reconstructed: dict
    logits: dict
    discriminator_losses: dict
    weights: dict
    gradients: dict


def fixed_batch(data, config, rows):
    """Returns the training's first crops, the same every time; no position of its stream moves.

    Args:
      data: Data.
      config: ExperimentConfig.
      rows: images of each domain, at most; fewer where there are fewer.

    Returns:
      as a batch of ``training_dataset``.
    """
    rows = min(rows, len(data.train_a), len(data.train_b))
    one = config.replace({"optim.batch_size": rows, "optim.accumulate": 1})
    return next(iter(training_dataset(data, one)))


def watched_images(config, data):
    """Returns (images of each domain, how many of them at a time).

    No more at a time than a training step takes, so that they fit the memory. Of a batch of 1 only
    4 are watched, which keeps the cost of a check at about 1.3 steps.
    """
    batch = config.optim.batch_size
    most = min(IMAGES, 4 * batch, len(data.train_a), len(data.train_b))
    chunk = min(batch, most)
    return most // chunk * chunk, chunk


class Observer:
    """Looks at a trainer without changing it: no random state, no data position, no variable.

    Args:
      trainer: Trainer.
      data: Data.
    """

    def __init__(self, trainer, data):
        self.trainer, self.data = trainer, data
        self._batch = self._compiled = None

    def look(self):
        """Returns the Observation of now."""
        networks = dict.fromkeys(("images", "translated", "reconstructed", "logits"), {})
        if self.trainer.method.directions:
            networks = self._networks_on_images()
        return Observation(
            **networks,
            discriminator_losses=self._losses(networks["logits"]),
            weights=self.weights(),
            gradients=self._gradients(),
        )

    def weights(self):
        """Returns {"generator": root mean square of its weights, "discriminator": ...}."""
        method, found = self.trainer.method, {}
        parts = {
            "generator": method.generator_variables,
            "discriminator": method.discriminator_variables,
        }
        for part, variables in parts.items():
            if count := sum(int(np.prod(v.shape)) for v in variables):
                found[part] = global_norm(variables) / count**0.5
        return found

    def _gradients(self):
        found = {}
        for part in ("generator", "discriminator"):
            optimizer = getattr(self.trainer, f"{part}_optimizer")
            moments = getattr(inner_optimizer(optimizer), "_momentums", None)
            if moments:
                found[part] = global_norm(moments)
        return found

    def _losses(self, logits):
        objective, found = self.trainer.config.weights.gan_objective, {}
        for domain, scales in logits.items():
            real, fake = zip(*scales, strict=True)
            constant = [np.full_like(r, UNKNOWING[objective]) for r in real]
            chance = float(discriminator_loss(constant, constant, objective))
            found[domain] = float(discriminator_loss(real, fake, objective)) / chance
        return found

    def _networks_on_images(self):
        """Returns {field of Observation: its value} of what networks make of the images."""
        if self._batch is None:
            rows, self._chunk = watched_images(self.trainer.config, self.data)
            self._batch = [x.numpy() for x in fixed_batch(self.data, self.trainer.config, rows)[:2]]
            self._compiled = tf.function(self._run, autograph=False)
        parts = []
        for start in range(0, len(self._batch[0]), self._chunk):
            chunk = [tf.constant(x[start : start + self._chunk]) for x in self._batch]
            parts.append(tf.nest.map_structure(np.asarray, self._compiled(*chunk)))
        joined = tf.nest.map_structure(lambda *p: np.concatenate(p), *parts)
        return {"images": dict(zip("ab", self._batch, strict=True)), **joined}

    def _run(self, x_a, x_b):
        """One chunk through the networks, as ``_networks_on_images`` returns it, in tensors."""
        method, images = self.trainer.method, {"a": x_a, "b": x_b}
        found = {"translated": {}, "reconstructed": {}, "logits": {}}
        for domain, x in images.items():
            decoded = method.reconstruct(x, domain)
            if decoded is not None:
                found["reconstructed"][domain] = tf.cast(decoded, tf.float32)
        for target in method.targets:
            source = other(target)
            y = method.translate(images[source], f"{source}2{target}")
            found["translated"][f"{source}2{target}"] = tf.cast(y, tf.float32)
            real, fake = (method.real_logits(x, target) for x in (images[target], y))
            if real is not None:
                found["logits"][target] = [
                    tuple(tf.cast(scale, tf.float32) for scale in pair)
                    for pair in zip(real, fake, strict=True)
                ]
        return found


def global_norm(variables):
    """Returns the root of the sum of all squares of Keras variables, as a float."""
    return float(tf.linalg.global_norm([tf.cast(v.value, tf.float32) for v in variables]))
