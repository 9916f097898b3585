"""CoGAN (Liu, Tuzel 2016), domain adaptation: pairs of images from one noise, no encoder."""

import typing

import tensorflow as tf

from unit_tf.layers.latent import replica_normal
from unit_tf.losses import adversarial
from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.adaptation.coupled_classifiers import (
    pair_distance,
    predict_each,
    real_or_fake,
)
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.sizes import digit_discriminator_sizes
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.digit_discriminators import build_digit_discriminator
from unit_tf.models.digit_networks import NOISE, SIDE, build_cogan_generator
from unit_tf.models.probe import COUNT, probe_pair


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      x: {"a": images, "b": images}.
      sampled: the same for images sampled from one noise; a pair in each row.
      labels: int32 [N], of A's images.
    """

    x: dict
    sampled: dict
    labels: tf.Tensor


class CoGan(Method):
    """Coupled generators, all but the last layer shared, and the discriminators of UnitDa.

    It samples pairs and translates nothing: there is no way from an image to its noise.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.
    """

    directions = ()
    classifies = averages_all = True
    stride = smallest_side = largest_side = SIDE

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.generator = build_cogan_generator(self.channels, config.model.width)
        sizes = digit_discriminator_sizes(config.model)
        self.discriminator = build_digit_discriminator(self.channels, **sizes)

    def rescale(self):
        noise = replica_normal((COUNT, 1, 1, NOISE), tf.zeros([2], tf.int32))
        self.generator.rescale({d: noise for d in DOMAINS})
        self.discriminator.rescale(probe_pair((SIDE, SIDE), self.channels))

    def forward(self, batch, seed, training=True):
        x_a, x_b, labels = batch
        return Outputs({"a": x_a, "b": x_b}, self.sample(tf.shape(x_a)[0], seed, training), labels)

    def sample(self, count, seed, training=False):
        """Samples pairs of corresponding images.

        Args:
          count: how many, N.
          seed: int32 [2], the only source of the noise.
          training: for batch normalisation.

        Returns:
          {"a": [N, 32, 32, C], "b": [N, 32, 32, C']} in [-1, 1].
        """
        noise = replica_normal((count, 1, 1, NOISE), seed)
        features = self.generator.run_shared(noise, training)
        return {d: self.generator.run_private(features, d, training) for d in DOMAINS}

    @property
    def generator_weights(self):
        return self.weights_of("gan")

    def generator_terms(self, outputs):
        terms, objective = {}, self.config.weights.gan_objective
        for d in DOMAINS:
            predictions = self.discriminator(outputs.sampled[d], domain=d, training=True)
            terms[f"gan/{d}"] = adversarial.generator_loss([predictions.real], objective)
        return terms

    @property
    def discriminator_weights(self):
        own = self.weights_of("classification", "feature")
        return {"discriminator": self.config.weights.gan, **own}

    def discriminator_terms(self, outputs):
        weights, discriminator = self.config.weights, self.discriminator
        images = {d: {"x": outputs.x[d], "sampled": outputs.sampled[d]} for d in DOMAINS}
        predictions = {d: predict_each(discriminator, images[d], d) for d in DOMAINS}
        terms = {
            f"discriminator/{d}": real_or_fake(predictions[d], ["sampled"], weights.gan_objective)
            for d in DOMAINS
        }
        if weights.classification:
            classes = predictions["a"]["x"].classes
            terms["classification/a"] = cross_entropy(outputs.labels, classes)
        if weights.feature:
            pair = [(outputs.sampled[d], d, predictions[d]["sampled"]) for d in DOMAINS]
            terms["feature/ab"] = pair_distance(discriminator, *pair, weights.feature_distance)
        return terms

    @property
    def generator_variables(self):
        return unique_variables(self.generator)

    @property
    def discriminator_variables(self):
        return unique_variables(self.discriminator)

    def classify(self, x, domain):
        return self.discriminator(x, domain=domain).classes

    def preview(self, batch):
        rows = tf.shape(batch[0])[0]
        sampled = self.sample(rows, tf.constant([0, 0]))
        return {"sampled in a": sampled["a"], "the same in b": sampled["b"]}
