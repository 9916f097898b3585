"""G_a, G_b: code -> image. Shared residual blocks, then private blocks and doublings."""

import keras

from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.models.architectures import as_architecture, scaled
from unit_tf.models.coupled import CoupledStack
from unit_tf.models.encoders import residual_blocks


def image_layers(architecture, channels, width=1.0):
    """The last layers of a generator: doublings, and the convolution that makes the image.

    Args:
      architecture: an Architecture.
      channels: 1 or 3, of the image.
      width: multiplier of all filters but the last.

    Returns:
      list of layers, fresh.
    """
    style = dict(padding=architecture.padding, initializer=architecture.initializer)
    doublings = [
        UpBlock(
            scaled(filters, width),
            kernel,
            mode=architecture.up,
            norm=architecture.back_norm,
            activation=architecture.activation,
            slope=architecture.slope,
            name=f"up{i}",
            **style,
        )
        for i, (filters, kernel) in enumerate(architecture.back)
    ]
    last = ConvBlock(channels, architecture.last_kernel, activation="tanh", name="last", **style)
    return [*doublings, last]


@keras.saving.register_keras_serializable("unit_tf")
class Generator(CoupledStack):
    """The coupled generators (Table 3, middle part, for ``table3``).

    Code [N, h, w, filters] -> [N, h*stride, w*stride, channels] float32 in [-1, 1].

    Args:
      architecture: an Architecture, or its name.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images; one domain alone has one generator.
      width: multiplier of all filters but the last.
      num_blocks: residual blocks of each generator.
      num_shared: how many of the first ones both generators share.
      dropout: rate inside residual blocks.
    """

    def __init__(
        self, architecture, channels, width=1.0, num_blocks=4, num_shared=1, dropout=0.0,
        name="generator", **kwargs,
    ):  # fmt: skip
        architecture = as_architecture(architecture)

        def blocks(indices):
            return residual_blocks(architecture, width, indices, dropout, 2 * num_blocks)

        def back(count):
            return blocks(range(num_shared, num_blocks)) + image_layers(architecture, count, width)

        with dtype_policy(kwargs.get("dtype")):
            private = {d: Chain(back(count), name=f"{name}_{d}") for d, count in channels.items()}
            first = blocks(range(num_shared))
            shared = Chain(first, name=f"{name}_shared") if first else None
        sizes = dict(
            architecture=architecture, channels=channels, width=width, num_blocks=num_blocks,
            num_shared=num_shared, dropout=dropout,
        )  # fmt: skip
        super().__init__(private, shared, True, sizes=sizes, name=name, **kwargs)


def build_generator(architecture, channels, width=1.0, num_blocks=4, num_shared=1, dropout=0.0):
    """Makes a Generator with all its variables.

    Args:
      architecture, channels, width, num_blocks, num_shared, dropout: as Generator's.

    Returns:
      Generator.

    Example:
      >>> generator = build_generator("table3", {"a": 3, "b": 3}, width=0.25)
      >>> generator(keras.random.normal((1, 8, 8, 128)), domain="b").shape
      TensorShape([1, 64, 64, 3])
    """
    generator = Generator(architecture, channels, width, num_blocks, num_shared, dropout)
    code = as_architecture(architecture).code_shape(width, num_blocks)
    generator.build_both({d: code for d in channels})
    return generator
