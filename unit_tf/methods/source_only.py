"""A classifier that learns on the source alone: what adaptation has to be better than."""

import typing

import tensorflow as tf

from unit_tf.losses.classification import cross_entropy
from unit_tf.methods.base import Method, unique_variables
from unit_tf.models.digits import SIDE, DigitClassifier


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      labels: int32 [N], of the source's pictures.
      logits: [N, 10], of the same.
    """

    labels: tf.Tensor
    logits: tf.Tensor


class SourceOnly(Method):
    """Table 5's classifier, trained on A's pictures and labels; B's are not looked at.

    There is no second first layer to learn: the target is read through the source's.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.
    """

    directions = ()
    stride = smallest_side = SIDE

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.classifier = DigitClassifier(config.model.width, config.model.dropout)
        self.classifier.build_both(self.channels)
        self.classifier.trunk.private_b.trainable = False
        self.built = True

    def forward(self, batch, seed, training=True):
        x_a, _, y_a = batch
        return Outputs(y_a, self.classifier(x_a, domain="a", training=training))

    @property
    def generator_weights(self):
        return {"classification": self.config.weights.classification}

    def generator_terms(self, outputs):
        return {"classification/a": cross_entropy(outputs.labels, outputs.logits)}

    @property
    def generator_variables(self):
        return unique_variables(self.classifier)

    @property
    def discriminator_weights(self):
        return {}

    def discriminator_terms(self, outputs):
        return {}

    @property
    def discriminator_variables(self):
        return []

    def classify(self, x, domain):
        del domain
        return self.classifier(x, domain="a")

    def preview(self, batch):
        return {"a": batch[0], "b": batch[1]}
