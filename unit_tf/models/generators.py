"""G_a, G_b: code -> image. Shared residual blocks, then private blocks and doublings."""

from unit_tf.layers.blocks import Chain, ConvBlock, UpBlock
from unit_tf.models.architectures import scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.encoders import residual_blocks


def image_layers(architecture, channels, width=1.0):
    """The last layers of a generator: doublings, and the convolution that draws the image.

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


def build_generator(architecture, channels, width=1.0, num_blocks=4, num_shared=1, dropout=0.0):
    """The coupled generators (Table 3, middle part, for ``table3``).

    Args:
      architecture: an Architecture.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.
      num_blocks: residual blocks of each generator.
      num_shared: how many of the first ones both generators share.
      dropout: rate inside residual blocks.

    Returns:
      CoupledStack: code [N, h, w, filters] -> [N, h*stride, w*stride, channels] float32 in [-1, 1].
    """

    def blocks(indices):
        return residual_blocks(architecture, width, indices, dropout, 2 * num_blocks)

    private = {
        d: Chain(
            blocks(range(num_shared, num_blocks)) + image_layers(architecture, channels[d], width),
            name=f"generator_{d}",
        )
        for d in DOMAINS
    }
    first = blocks(range(num_shared))
    shared = Chain(first, name="generator_shared") if first else None
    return CoupledStack(private, shared, shared_first=True, name="generator")
