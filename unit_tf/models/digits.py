"""Networks for digits of 32x32 pixels (Appendix B of the paper)."""

import keras

from unit_tf.layers.blocks import Chain, ConvBlock
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack

CLASSES = 10
SIDE = 32


class DigitClassifier(keras.layers.Layer):
    """Table 5's layers 1-3 and 4b: features that both domains share all but the first layer of.

    Convolutions of 20 and 50 filters, 5x5 and unpadded, each followed by 2x2 max pooling; 500
    features, ReLU, dropout; 10 classes. No activation follows the convolutions, as printed.

    Args:
      width: multiplier of all filters.
      dropout: rate behind the features.
    """

    def __init__(self, width=1.0, dropout=0.5, **kwargs):
        super().__init__(**kwargs)
        private = {d: Chain(_pooled(20, width), name=f"digits_{d}") for d in DOMAINS}
        features = ConvBlock(
            scaled(500, width), 5, padding="valid", activation="relu", name="features"
        )
        shared = [*_pooled(50, width), features, keras.layers.Dropout(dropout, name="dropout")]
        self.trunk = CoupledStack(private, Chain(shared, name="digits_shared"), name="trunk")
        self.classes = keras.layers.Dense(CLASSES, name="classes")

    def build_both(self, channels):
        """Creates every variable now, from {"a": channels, "b": channels}."""
        pictures = {d: (None, SIDE, SIDE, channels[d]) for d in DOMAINS}
        self.classes.build((None, self.trunk.build_both(pictures)[-1]))
        self.built = True

    def call(self, x, domain, training=False):
        """Class logits.

        Args:
          x: [N, 32, 32, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``.
          training: for dropout.

        Returns:
          [N, 10].
        """
        return self.classes(self.trunk(x, domain=domain, training=training)[:, 0, 0])


def _pooled(filters, width):
    """A convolution and its pooling."""
    name = f"conv{filters}"
    conv = ConvBlock(scaled(filters, width), 5, padding="valid", name=name)
    return [conv, keras.layers.MaxPooling2D(2, name=f"{name}_pool")]
