"""Networks for images of 32x32 pixels in ten classes (Appendix B of the paper).

The discriminators are the classifiers: features that both domains share all but the first layer of,
and two heads on them, real or fake and which class.
"""

import dataclasses
import typing

import keras

from unit_tf.layers.blocks import Chain, ConvBlock, UpBlock, clone_initializer
from unit_tf.layers.digit_layers import Coordinates, GrowBlock
from unit_tf.layers.unit_variance import rescale
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack

CLASSES = 10
SIDE = 32
CODE = 1024  # Table 4's mu at width 1
NOISE = 100  # CoGAN's z


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


class Reading(typing.NamedTuple):
    """What a discriminator says of images.

    Attributes:
      features: [N, F], what the heads read, before its dropout.
      real: [N, 1, 1, 1] logits of being real; None without that head.
      classes: [N, 10] logits of the classes.
    """

    features: keras.KerasTensor
    real: keras.KerasTensor | None
    classes: keras.KerasTensor


class DigitDiscriminator(keras.layers.Layer):
    """Tables 5 and 6: coupled features, a real/fake head and a class head.

    Args:
      architecture: key of ARCHITECTURES.
      width: multiplier of all filters.
      dropout: rate behind the highest layer; those below keep their proportion to it.
      coupled: whether each domain has a first layer of its own. Without, images of both must have
        as many channels.
      judges: whether there is a real/fake head.
    """

    def __init__(
        self, architecture="table5", width=1.0, dropout=0.0, coupled=True, judges=True, **kwargs
    ):
        super().__init__(**kwargs)
        shape = ARCHITECTURES[architecture]
        first = {"a": Chain(_pooled(shape, 0, width, dropout), name="digits_a")}
        first["b"] = first["a"]
        if coupled:
            first["b"] = Chain(_pooled(shape, 0, width, dropout), name="digits_b")
        rest = []
        for i in range(1, len(shape.convs)):
            rest += _pooled(shape, i, width, dropout)
        rest.append(keras.layers.Flatten(name="flatten"))
        if shape.features:
            size = scaled(shape.features, width)
            rest.append(
                keras.layers.Dense(
                    size, "relu", kernel_initializer=clone_initializer("he_normal"), name="features"
                )
            )
        self.trunk = CoupledStack(first, Chain(rest, name="digits_shared"), name="trunk")
        # Whether the features come out the same in training as out of it.
        self.is_steady = not any(shape.dropout[:-1]) or not dropout
        self.dropout = keras.layers.Dropout(dropout, name="dropout")
        self.real = keras.layers.Dense(1, name="real") if judges else None
        self.classes = keras.layers.Dense(CLASSES, name="classes")

    def build_both(self, channels):
        """Creates every variable now, from {"a": channels, "b": channels}."""
        images = {d: (None, SIDE, SIDE, channels[d]) for d in DOMAINS}
        shape = self.trunk.build_both(images)
        for head in (self.real, self.classes):
            if head is not None:
                head.build(shape)
        self.built = True

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
        """What is said of images.

        Args: as ``features``.

        Returns:
          Reading.
        """
        return self.read(self.features(x, domain, training), training)

    def read(self, features, training=False):
        """The heads' Reading of ``features``' result."""
        kept = self.dropout(features, training=training)
        # Losses on logits take patches; these are of the whole image.
        real = self.real(kept)[:, None, None] if self.real is not None else None
        return Reading(features, real, self.classes(kept))


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


def build_digit_encoder(width=1.0, coordinates=False):
    """Table 4's encoders: 32x32 pixels -> one pixel of 1024 filters, the mean of the code.

    Args:
      width: multiplier of all filters.
      coordinates: append each pixel's place to the images (SVHN -> MNIST).

    Returns:
      CoupledStack: [N, 32, 32, C] in [-1, 1] -> [N, 1, 1, filters].
    """

    def conv(filters, kernel, stride=1, padding="zero"):
        return ConvBlock(
            scaled(filters, width), kernel, stride, padding=padding, norm="batch",
            activation="leaky_relu", name=f"conv{filters}",
        )  # fmt: skip

    private = {
        d: Chain(
            [Coordinates(name="coordinates")] * coordinates + [conv(64, 5, 2)], name=f"encoder_{d}"
        )
        for d in DOMAINS
    }
    shared = [conv(128, 5, 2), conv(256, 8, padding="valid"), conv(512, 1)]
    shared.append(ConvBlock(scaled(CODE, width), 1, name="mu"))
    return CoupledStack(private, Chain(shared, name="encoder_shared"), name="encoder")


def build_digit_generator(channels, width=1.0):
    """Table 4's generators: one pixel of code -> 32x32 pixels.

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.

    Returns:
      CoupledStack: [N, 1, 1, filters] -> [N, 32, 32, channels] float32 in [-1, 1].
    """
    style = dict(norm="batch", activation="leaky_relu")

    def up(filters):
        return UpBlock(scaled(filters, width), 4, name=f"up{filters}", **style)

    private = {
        d: Chain(
            [up(64), ConvBlock(channels[d], 1, activation="tanh", name="last")],
            name=f"generator_{d}",
        )
        for d in DOMAINS
    }
    shared = [GrowBlock(scaled(512, width), 4, name="grow512", **style), up(256), up(128)]
    shared = Chain(shared, name="generator_shared")
    return CoupledStack(private, shared, shared_first=True, name="generator")


def build_cogan_generator(channels, width=1.0):
    """CoGAN's generators of digits: noise -> a pair of images, all but the last layer shared.

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.

    Returns:
      CoupledStack: [N, 1, 1, NOISE] -> [N, 32, 32, channels] float32 in [-1, 1].
    """

    def prelu(filters):
        return keras.layers.PReLU(
            alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2],
            name=f"prelu{filters}",
        )  # fmt: skip

    shared = [GrowBlock(scaled(1024, width), 4, norm="batch", name="grow1024"), prelu(1024)]
    for filters in (512, 256, 128):
        style = dict(norm="batch", activation=None)
        shared += [UpBlock(scaled(filters, width), 4, name=f"up{filters}", **style), prelu(filters)]
    private = {
        d: Chain([ConvBlock(channels[d], 5, activation="tanh", name="last")], name=f"generator_{d}")
        for d in DOMAINS
    }
    shared = Chain(shared, name="generator_shared")
    return CoupledStack(private, shared, shared_first=True, name="generator")
