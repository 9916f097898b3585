"""Discriminators of 32x32 pixels that classify (Tables 5 and 6, Appendix B of the paper).

Both domains share all layers of their features but the first. Two heads read the features: real or
fake, and which class.
"""

import dataclasses
import typing

import keras

from unit_tf.layers.blocks import ConvBlock, clone_initializer
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy, in_float32
from unit_tf.layers.unit_variance import rescale
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import CoupledStack
from unit_tf.models.digit_networks import SIDE
from unit_tf.models.sized import SizedNetwork, image_shapes

CLASSES = 10


@dataclasses.dataclass(frozen=True)
class DigitArchitecture:
    """Sizes of a discriminator at width 1.

    Attributes:
      convs: filters of each 5x5 convolution; 2x2 max pooling follows each, the first is private.
      padding: of the convolutions, as ConvBlock.
      activation: behind the convolutions.
      features: filters of a fully connected layer (ReLU) behind them; 0 for none.
      dropout: behind each layer, as shares of the rate behind the highest.
    """

    convs: tuple[int, ...]
    padding: str
    activation: str | None
    features: int
    dropout: tuple[float, ...]


ARCHITECTURES = {
    # No activation follows the convolutions, as printed (and as in Caffe's LeNet, its origin).
    "table5": DigitArchitecture((20, 50), "valid", None, 500, (0, 0, 1)),
    "table5_relu": DigitArchitecture((20, 50), "valid", "relu", 500, (0, 0, 1)),
    "table6": DigitArchitecture((64, 128, 256, 512), "zero", "relu", 0, (0.2, 0.6, 1, 1)),
}


class Predictions(typing.NamedTuple):
    """What a discriminator predicts of images.

    Attributes:
      features: [N, F], the heads' input, before its dropout.
      real: [N, 1, 1, 1] logits of being real; None without that head.
      classes: [N, 10] logits of the classes.
    """

    features: keras.KerasTensor
    real: keras.KerasTensor | None
    classes: keras.KerasTensor


@keras.saving.register_keras_serializable("unit_tf")
class DigitDiscriminator(SizedNetwork):
    """Tables 5 and 6: coupled features, a real/fake head and a class head.

    Args:
      architecture: key of ARCHITECTURES.
      width: multiplier of all filters.
      dropout: rate behind the highest layer; those below keep their proportion to it.
      coupled: whether each domain has a first layer of its own. Without, images of both must have
        as many channels.
      real_head: whether there is a real/fake head.
    """

    def __init__(
        self, architecture="table5", width=1.0, dropout=0.0, coupled=True, real_head=True, **kwargs
    ):
        sizes = dict(
            architecture=architecture, width=width, dropout=dropout, coupled=coupled,
            real_head=real_head,
        )  # fmt: skip
        super().__init__(sizes, **kwargs)
        shape = ARCHITECTURES[architecture]
        with dtype_policy(self.dtype_policy):
            self.trunk = _trunk(shape, width, dropout, coupled)
            self.dropout = keras.layers.Dropout(dropout, name="dropout")
            self.real = keras.layers.Dense(1, name="real") if real_head else None
            self.classes = keras.layers.Dense(CLASSES, name="classes")
        # Whether the features come out the same in training as out of it.
        self.is_steady = not any(shape.dropout[:-1]) or not dropout

    def build_both(self, channels):
        """Creates every variable now, from {"a": channels, "b": channels}."""
        self.remember_build(channels=channels)
        shape = self.trunk.build_both(image_shapes(channels, (SIDE, SIDE)))
        for head in (self.real, self.classes):
            if head is not None:
                head.build(shape)

    @in_float32
    def rescale(self, images):
        """Scales every kernel by a probe {"a": images, "b": images}: logits of deviation 1."""
        features = keras.ops.concatenate([*self.trunk.rescale(images).values()], axis=0)
        for head in (self.real, self.classes):
            if head is not None:
                rescale(head, features, wanted=1)

    def features(self, x, domain, training=False):
        """The highest layer, before its dropout.

        Args:
          x: [N, 32, 32, C] in [-1, 1].
          domain: ``"a"`` or ``"b"``.
          training: for the dropout of the layers below.

        Returns:
          [N, F].
        """
        return self.trunk(x, domain=domain, training=training)

    def call(self, x, domain, training=False):
        """Predicts from images.

        Args:
          x, domain, training: as ``features``.

        Returns:
          Predictions.
        """
        return self.predict(self.features(x, domain, training), training)

    def predict(self, features, training=False):
        """The heads' Predictions from ``features``' result."""
        kept = self.dropout(features, training=training)
        # Losses on logits take patches; these are of the whole image.
        real = self.real(kept)[:, None, None] if self.real is not None else None
        return Predictions(features, real, self.classes(kept))


def _trunk(shape, width, dropout, coupled):
    """The coupled features of a DigitArchitecture."""
    first = {"a": Chain(_pooled(shape, 0, width, dropout), name="digits_a")}
    first["b"] = first["a"]
    if coupled:
        first["b"] = Chain(_pooled(shape, 0, width, dropout), name="digits_b")
    rest = []
    for i in range(1, len(shape.convs)):
        rest += _pooled(shape, i, width, dropout)
    rest.append(keras.layers.Flatten(name="flatten"))
    if shape.features:
        kernel = clone_initializer("he_normal")
        size = scaled(shape.features, width)
        rest.append(keras.layers.Dense(size, "relu", kernel_initializer=kernel, name="features"))
    return CoupledStack(first, Chain(rest, name="digits_shared"), name="trunk")


def _pooled(shape, index, width, dropout):
    """A convolution, its pooling and its dropout, numbered ``index``."""
    filters, rate = shape.convs[index], shape.dropout[index] * dropout
    conv = ConvBlock(
        scaled(filters, width), 5, padding=shape.padding, activation=shape.activation,
        name=f"conv{filters}",
    )  # fmt: skip
    parts = [conv, keras.layers.MaxPooling2D(2, name=f"conv{filters}_pool")]
    if rate and (shape.features or index < len(shape.convs) - 1):
        parts.append(keras.layers.Dropout(rate, name=f"conv{filters}_dropout"))
    return parts


def build_digit_discriminator(
    channels, architecture="table5", width=1.0, dropout=0.0, *, coupled=True, real_head=True,
    same_start=False,
):  # fmt: skip
    """Makes a DigitDiscriminator with all its variables.

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      architecture, width, dropout, coupled, real_head: as DigitDiscriminator's.
      same_start: whether b's first layer starts with the weights of a's.

    Returns:
      DigitDiscriminator.

    Example:
      >>> discriminator = build_digit_discriminator({"a": 1, "b": 1}, "table6", width=0.25)
      >>> discriminator(keras.random.normal((2, 32, 32, 1)), domain="a").classes.shape
      TensorShape([2, 10])
    """
    discriminator = DigitDiscriminator(
        architecture, width, dropout, coupled, real_head, name="discriminator"
    )
    discriminator.build_both(channels)
    if same_start:
        # Or what the labels teach would reach the target through a first layer of another kind.
        discriminator.trunk.copy_private()
    return discriminator
