"""DANN (Ganin, Lempitsky 2015): features that do not tell the domains apart, for context."""

import typing

import tensorflow as tf

from unit_tf.layers.reversal import reverse_gradient
from unit_tf.layers.rows import split_rows
from unit_tf.losses.adversarial import discriminator_loss
from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.adaptation.source_only import SourceOnly


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      labels: int32 [N], of A's images.
      classes: [N, 10] logits, of the same.
      domains: ([N, 1, 1, 1] logits of coming from A, of A's images; of B's), gradients reversed.
    """

    labels: tf.Tensor
    classes: tf.Tensor
    domains: tuple


class Dann(SourceOnly):
    """The classifier of SourceOnly, with a second head that predicts the domain of an image.

    That head learns to tell the domains apart. Its gradient changes sign on the way to the
    features, which so learn to hide the domain. Its weight rises as 2 / (1 + exp(-10 p)) - 1 over
    the share p of ``weights.domain_steps``.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.
    """

    predicts_domain = True

    def forward(self, batch, seed, training=True):
        x_a, x_b, labels = batch
        classifier = self.classifier
        features = classifier.features(tf.concat([x_a, x_b], 0), domain="a", training=training)
        of_a = classifier.predict(split_rows(features, [x_a, x_b])[0], training)
        domains = classifier.predict(reverse_gradient(features), training).real
        return Outputs(labels, of_a.classes, tuple(split_rows(domains, [x_a, x_b])))

    @property
    def generator_weights(self):
        return {**super().generator_weights, **self.weights_of("domain")}

    def generator_weights_at(self, step):
        weights, steps = self.generator_weights, self.config.weights.domain_steps
        if weights["domain"]:
            share = tf.minimum(tf.cast(step, tf.float32) / steps, 1.0)
            weights["domain"] *= 2 / (1 + tf.exp(-10 * share)) - 1
        return weights

    def generator_terms(self, outputs):
        terms = {}
        if self.config.weights.classification:
            terms["classification/a"] = cross_entropy(outputs.labels, outputs.classes)
        if self.config.weights.domain:
            of_a, of_b = outputs.domains
            terms["domain/ab"] = discriminator_loss([of_a], [of_b])
        return terms
