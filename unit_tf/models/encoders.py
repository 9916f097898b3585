"""E_a, E_b: image -> mean of the code. Private convolutions and blocks, then shared blocks."""

import keras

from unit_tf.layers.blocks import ConvBlock, ResidualBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.layers.unit_variance import branch_scale
from unit_tf.models.architectures import as_architecture, scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.sized import image_shapes


def residual_blocks(architecture, width, indices, dropout=0.0, depth=1):
    """The residual blocks numbered ``indices``, fresh.

    Args:
      architecture: an Architecture.
      width: multiplier of all filters.
      indices: iterable of int.
      dropout: rate inside them.
      depth: residual blocks between an image and its translation.

    Returns:
      list of ResidualBlock.
    """
    filters, kernel = architecture.block
    return [
        ResidualBlock(
            scaled(filters, width),
            kernel,
            padding=architecture.padding,
            norm=architecture.block_norm,
            activation=architecture.block_activation,
            slope=architecture.slope,
            dropout=dropout,
            branch_scale=branch_scale(depth) if architecture.unit_variance else None,
            initializer=architecture.initializer,
            name=f"block{i}",
        )
        for i in indices
    ]


def front_layers(architecture, width):
    """The convolutions that an encoder begins with, fresh.

    Args:
      architecture: an Architecture.
      width: multiplier of all filters.

    Returns:
      list of ConvBlock.
    """
    return [
        ConvBlock(
            scaled(filters, width),
            kernel,
            stride,
            padding=architecture.padding,
            norm=architecture.front_norm,
            activation=architecture.activation,
            slope=architecture.slope,
            initializer=architecture.initializer,
            name=f"conv{i}",
        )
        for i, (filters, kernel, stride) in enumerate(architecture.front)
    ]


@keras.saving.register_keras_serializable("unit_tf")
class Encoder(CoupledStack):
    """The coupled encoders (Table 3, upper part, for ``table3``).

    [N, H, W, C] in [-1, 1] -> mean of the code, [N, H/stride, W/stride, filters].

    Args:
      architecture: an Architecture, or its name: "table3", "resnet2017" or "munit2018".
      width: multiplier of all filters.
      num_blocks: residual blocks of each encoder.
      num_shared: how many of the last ones both encoders share.
      dropout: rate inside residual blocks.
      domains: the domains that have an encoder.
    """

    def __init__(
        self, architecture, width=1.0, num_blocks=4, num_shared=1, dropout=0.0, domains=DOMAINS,
        name="encoder", **kwargs,
    ):  # fmt: skip
        architecture, split = as_architecture(architecture), num_blocks - num_shared

        def blocks(indices):
            return residual_blocks(architecture, width, indices, dropout, 2 * num_blocks)

        with dtype_policy(kwargs.get("dtype")):
            private = {
                d: Chain(
                    front_layers(architecture, width) + blocks(range(split)), name=f"{name}_{d}"
                )
                for d in domains
            }
            last = blocks(range(split, num_blocks))
            shared = Chain(last, name=f"{name}_shared") if last else None
        sizes = dict(
            architecture=architecture, width=width, num_blocks=num_blocks, num_shared=num_shared,
            dropout=dropout, domains=domains,
        )  # fmt: skip
        super().__init__(private, shared, sizes=sizes, name=name, **kwargs)


def build_encoder(
    architecture, width=1.0, num_blocks=4, num_shared=1, dropout=0.0, *, domains=DOMAINS,
    channels=None, image_size=(None, None),
):  # fmt: skip
    """Makes an Encoder, with all its variables where the channels are known.

    Args:
      architecture, width, num_blocks, num_shared, dropout, domains: as Encoder's.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images; None leaves ``build_both`` to the caller.
      image_size: (height, width) in pixels; None for any.

    Returns:
      Encoder.

    Example:
      >>> sizes = dict(channels={"a": 3, "b": 3}, image_size=(64, 64))
      >>> encoder = build_encoder("table3", width=0.25, **sizes)
      >>> encoder(keras.random.normal((1, 64, 64, 3)), domain="a").shape
      TensorShape([1, 8, 8, 128])
    """
    encoder = Encoder(architecture, width, num_blocks, num_shared, dropout, domains)
    if channels:
        encoder.build_both(image_shapes({d: channels[d] for d in domains}, image_size))
    return encoder
