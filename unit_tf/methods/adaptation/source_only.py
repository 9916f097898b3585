"""A classifier that learns on the source alone: the baseline of domain adaptation."""

import typing

import tensorflow as tf

from unit_tf.losses.cross_entropy import cross_entropy
from unit_tf.methods.base import Method, unique_variables
from unit_tf.methods.sizes import digit_discriminator_sizes
from unit_tf.models.digit_discriminators import build_digit_discriminator
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
    """The classifier of Table 5 or 6, trained on A's images and labels; B's are not used.

    Both domains pass through the same layers, the first one too.

    Args:
      config: ExperimentConfig of ``--data.source=labelled``.
    """

    directions = ()
    classifies = True
    stride = smallest_side = largest_side = SIDE
    predicts_domain = False

    def __init__(self, config, **kwargs):
        super().__init__(config, **kwargs)
        self.classifier = build_digit_discriminator(
            self.channels,
            **digit_discriminator_sizes(config.model),
            coupled=False,
            real_head=self.predicts_domain,
        )

    def forward(self, batch, seed, training=True):
        x_a, _, y_a = batch
        return Outputs(y_a, self.classifier(x_a, domain="a", training=training).classes)

    @property
    def generator_weights(self):
        return self.weights_of("classification")

    def generator_terms(self, outputs):
        return {"classification/a": cross_entropy(outputs.labels, outputs.logits)}

    @property
    def generator_variables(self):
        return unique_variables(self.classifier)

    def classify(self, x, domain):
        del domain
        return self.classifier(x, domain="a").classes
