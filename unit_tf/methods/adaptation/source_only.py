"""A classifier that learns on the source alone: what adaptation has to be better than."""

import typing

import tensorflow as tf

from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.adaptation.coupled_classifiers import build_judge
from unit_tf.methods.base import Method, unique_variables
from unit_tf.models.digit_networks import SIDE


class Outputs(typing.NamedTuple):
    """One forward pass.

    Attributes:
      labels: int32 [N], of A's images.
      logits: [N, 10], of the same.
    """

    labels: tf.Tensor
    logits: tf.Tensor


class SourceOnly(Method):
    """The classifier of Table 5 or 6, trained on A's images and labels; B's are not looked at.

    Both domains are read through the same layers, the first one too.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.
    """

    directions = ()
    classifies = True
    stride = smallest_side = largest_side = SIDE
    asks_for_the_domain = False

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        kind = dict(coupled=False, judges=self.asks_for_the_domain)
        self.classifier = build_judge(config, self.channels, **kind)
        self.built = True

    def forward(self, batch, seed, training=True):
        x_a, _, y_a = batch
        return Outputs(y_a, self.classifier(x_a, domain="a", training=training).classes)

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
        return self.classifier(x, domain="a").classes

    def preview(self, batch):
        return {"a": batch[0], "b": batch[1]}
