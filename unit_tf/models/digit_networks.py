"""Table 4's encoders and generators of 32x32 pixels (Appendix B of the paper), and CoGAN's."""

import keras

from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.digit_layers import Coordinates, GrowBlock
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.sized import image_shapes

SIDE = 32
CODE = 1024  # Table 4's mu at width 1
NOISE = 100  # CoGAN's z
_STYLE = dict(norm="batch", activation="leaky_relu")  # of Table 4's layers


@keras.saving.register_keras_serializable("unit_tf")
class DigitEncoder(CoupledStack):
    """Table 4's encoders: 32x32 pixels -> one pixel of 1024 filters, the mean of the code.

    [N, 32, 32, C] in [-1, 1] -> [N, 1, 1, filters].

    Args:
      width: multiplier of all filters.
      coordinates: append each pixel's place to the images (SVHN -> MNIST).
    """

    def __init__(self, width=1.0, coordinates=False, name="encoder", **kwargs):
        def conv(filters, kernel, stride=1, padding="zero"):
            return ConvBlock(
                scaled(filters, width), kernel, stride, padding=padding, name=f"conv{filters}",
                **_STYLE,
            )  # fmt: skip

        with dtype_policy(kwargs.get("dtype")):
            private = {
                d: Chain(
                    [Coordinates(name="coordinates")] * coordinates + [conv(64, 5, 2)],
                    name=f"{name}_{d}",
                )
                for d in DOMAINS
            }
            shared = [conv(128, 5, 2), conv(256, 8, padding="valid"), conv(512, 1)]
            shared.append(ConvBlock(scaled(CODE, width), 1, name="mu"))
            shared = Chain(shared, name=f"{name}_shared")
        sizes = dict(width=width, coordinates=coordinates)
        super().__init__(private, shared, sizes=sizes, name=name, **kwargs)


@keras.saving.register_keras_serializable("unit_tf")
class DigitGenerator(CoupledStack):
    """Table 4's generators: one pixel of code -> 32x32 pixels.

    [N, 1, 1, filters] -> [N, 32, 32, channels] float32 in [-1, 1].

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.
    """

    def __init__(self, channels, width=1.0, name="generator", **kwargs):
        def up(filters):
            return UpBlock(scaled(filters, width), 4, name=f"up{filters}", **_STYLE)

        with dtype_policy(kwargs.get("dtype")):
            private = {
                d: Chain(
                    [up(64), ConvBlock(channels[d], 1, activation="tanh", name="last")],
                    name=f"{name}_{d}",
                )
                for d in DOMAINS
            }
            shared = [GrowBlock(scaled(512, width), 4, name="grow512", **_STYLE), up(256), up(128)]
            shared = Chain(shared, name=f"{name}_shared")
        sizes = dict(channels=channels, width=width)
        super().__init__(private, shared, True, sizes=sizes, name=name, **kwargs)


@keras.saving.register_keras_serializable("unit_tf")
class CoGanGenerator(CoupledStack):
    """CoGAN's generators of digits: noise -> a pair of images, all but the last layer shared.

    [N, 1, 1, NOISE] -> [N, 32, 32, channels] float32 in [-1, 1].

    Args:
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.
    """

    def __init__(self, channels, width=1.0, name="generator", **kwargs):
        with dtype_policy(kwargs.get("dtype")):
            shared = [
                GrowBlock(scaled(1024, width), 4, norm="batch", name="grow1024"), _prelu(1024),
            ]  # fmt: skip
            for filters in (512, 256, 128):
                up = UpBlock(
                    scaled(filters, width), 4, norm="batch", activation=None, name=f"up{filters}"
                )
                shared += [up, _prelu(filters)]
            private = {
                d: Chain(
                    [ConvBlock(channels[d], 5, activation="tanh", name="last")], name=f"{name}_{d}"
                )
                for d in DOMAINS
            }
            shared = Chain(shared, name=f"{name}_shared")
        sizes = dict(channels=channels, width=width)
        super().__init__(private, shared, True, sizes=sizes, name=name, **kwargs)


def _prelu(filters):
    """A leaky ReLU whose slope each channel learns, from 0.25 on."""
    start = keras.initializers.Constant(0.25)
    return keras.layers.PReLU(alpha_initializer=start, shared_axes=[1, 2], name=f"prelu{filters}")


def build_digit_encoder(width=1.0, coordinates=False, *, channels=None):
    """Makes a DigitEncoder, with all its variables where the channels are known.

    Args:
      width, coordinates: as DigitEncoder's.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images; None leaves ``build_both`` to the caller.

    Returns:
      DigitEncoder.
    """
    encoder = DigitEncoder(width, coordinates)
    if channels:
        encoder.build_both(image_shapes(channels, (SIDE, SIDE)))
    return encoder


def build_digit_generator(channels, width=1.0):
    """Makes a DigitGenerator with all its variables; arguments as DigitGenerator's."""
    generator = DigitGenerator(channels, width)
    generator.build_both({d: (None, 1, 1, scaled(CODE, width)) for d in DOMAINS})
    return generator


def build_cogan_generator(channels, width=1.0):
    """Makes a CoGanGenerator with all its variables; arguments as CoGanGenerator's."""
    generator = CoGanGenerator(channels, width)
    generator.build_both({d: (None, 1, 1, NOISE) for d in DOMAINS})
    return generator
