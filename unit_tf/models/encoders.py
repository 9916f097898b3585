"""E_a, E_b: image -> mean of the code. Private convolutions and blocks, then shared blocks."""

from unit_tf.layers.blocks import Chain, ConvBlock, ResidualBlock
from unit_tf.layers.unit_variance import branch_scale
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack


def residual_blocks(architecture, width, indices, dropout=0.0, depth=1):
    """The residual blocks numbered ``indices``, fresh.

    Args:
      architecture: an Architecture.
      width: multiplier of all filters.
      indices: iterable of int.
      dropout: rate inside them.
      depth: residual blocks between an image and its translation.
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


def build_encoder(architecture, width=1.0, num_blocks=4, num_shared=1, dropout=0.0):
    """The coupled encoders (Table 3, upper part, for ``table3``).

    Args:
      architecture: an Architecture.
      width: multiplier of all filters.
      num_blocks: residual blocks of each encoder.
      num_shared: how many of the last ones both encoders share.
      dropout: rate inside residual blocks.

    Returns:
      CoupledStack: [N, H, W, C] in [-1, 1] -> mean of the code, [N, H/stride, W/stride, filters].
    """

    def front():
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

    def blocks(indices):
        return residual_blocks(architecture, width, indices, dropout, 2 * num_blocks)

    split = num_blocks - num_shared
    private = {
        d: Chain(
            front() + blocks(range(split)),
            name=f"encoder_{d}",
        )
        for d in DOMAINS
    }
    last = blocks(range(split, num_blocks))
    shared = Chain(last, name="encoder_shared") if last else None
    return CoupledStack(private, shared, name="encoder")
