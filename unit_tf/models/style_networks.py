"""MUNIT's style encoders, and decoders that draw a content in a style.

The content encoders are UNIT's (models/encoders.py): image -> code, with ``num_shared`` residual
blocks in common if wanted.
"""

import keras
from keras import ops

from unit_tf.layers.adain import AdaptiveResidualBlock, StyleSpent
from unit_tf.layers.blocks import Chain, ConvBlock, clone_initializer
from unit_tf.layers.unit_variance import branch_scale, rescale
from unit_tf.models.architectures import STYLE_FILTERS, STYLE_KERNEL, scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.generators import image_layers

MLP_UNITS = 256


class PooledStyle(keras.layers.Layer):
    """Mean over the pixels, then a linear map to the style, in float32.

    Args:
      size: length of a style.
      initializer: of the map.
    """

    def __init__(self, size, initializer="he_normal", **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.size = size
        self.dense = keras.layers.Dense(
            size, kernel_initializer=clone_initializer(initializer), dtype="float32", name="dense"
        )

    def build(self, input_shape):
        self.dense.build((input_shape[0], input_shape[-1]))

    def call(self, x, training=False):
        return self.dense(ops.mean(x, axis=(1, 2)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size)


def build_style_encoder(architecture, style_size, width=1.0):
    """The style encoders: nothing is shared, and nothing normalised, which would erase the style.

    Args:
      architecture: an Architecture.
      style_size: length of a style.
      width: multiplier of all filters.

    Returns:
      CoupledStack: [N, H, W, C] in [-1, 1], sides at least ``smallest_styled`` -> [N, style_size].
    """
    filters, kernel, stride = architecture.front[0]
    convs = [(filters, kernel, stride), *((f, STYLE_KERNEL, 2) for f in STYLE_FILTERS)]

    def layers():
        front = [
            ConvBlock(
                scaled(f, width), k, s, padding=architecture.padding,
                activation=architecture.activation, slope=architecture.slope,
                initializer=architecture.initializer, name=f"conv{i}",
            )
            for i, (f, k, s) in enumerate(convs)
        ]  # fmt: skip
        return [*front, PooledStyle(style_size, architecture.initializer, name="style")]

    private = {d: Chain(layers(), name=f"style_encoder_{d}") for d in DOMAINS}
    return CoupledStack(private, name="style_encoder")


@rescale.register
def _(layer: PooledStyle, x, wanted=None):
    rescale(layer.dense, ops.mean(ops.cast(x, "float32"), axis=(1, 2)), wanted)
    return layer(x)


class StyledGenerator(keras.layers.Layer):
    """The decoders: a perceptron turns the style into the parameters of every adaptive block.

    Args:
      stack: CoupledStack of (code, parameters).
      mlps: {"a": Chain, "b": Chain}, style -> parameters.
    """

    def __init__(self, stack, mlps, **kwargs):
        super().__init__(**kwargs)
        self.stack = stack
        self.mlp_a, self.mlp_b = mlps["a"], mlps["b"]

    def call(self, code, style, domain, training=False):
        """A content in a style.

        Args:
          code: [N, h, w, filters], from a content encoder of either domain.
          style: [N, style_size], of ``domain``.
          domain: ``"a"`` or ``"b"``, which to draw in.
          training: changes nothing.

        Returns:
          [N, h*stride, w*stride, channels] float32 in [-1, 1].
        """
        parameters = getattr(self, f"mlp_{domain}")(style, training=training)
        return self.stack((code, parameters), domain=domain, training=training)

    def rescale(self, code, style):
        """Scales every kernel by a probe, in place; see layers/unit_variance.py.

        Args:
          code: {"a": [N, h, w, filters], "b": the same}.
          style: {"a": [N, style_size], "b": the same}, which the codes are drawn with.
        """
        parameters = {d: rescale(getattr(self, f"mlp_{d}"), style[d]) for d in DOMAINS}
        self.stack.rescale({d: (code[d], parameters[d]) for d in DOMAINS})

    def build_both(self, code_shape, style_size):
        """Creates every variable now, from the shapes of a code and a style."""
        for mlp in (self.mlp_a, self.mlp_b):
            mlp.build((None, style_size))
        parameters = self.mlp_a.compute_output_shape((None, style_size))
        self.stack.build_both({d: (code_shape, parameters) for d in DOMAINS})
        self.built = True


def build_styled_generator(architecture, channels, width=1.0, num_blocks=4, num_shared=0):
    """The decoders: adaptive residual blocks, the first of them shared, then doublings.

    Args:
      architecture: an Architecture; its ``block_norm`` does not count.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.
      num_blocks: residual blocks of each decoder.
      num_shared: how many of the first ones both share; each still takes its domain's style.

    Returns:
      StyledGenerator.
    """
    filters, kernel = scaled(architecture.block[0], width), architecture.block[1]

    def blocks(indices):
        return [
            AdaptiveResidualBlock(
                filters, kernel, padding=architecture.padding,
                activation=architecture.block_activation, slope=architecture.slope,
                branch_scale=branch_scale(2 * num_blocks) if architecture.unit_variance else None,
                initializer=architecture.initializer, name=f"block{i}",
            )
            for i in indices
        ]  # fmt: skip

    private = {
        d: Chain(
            [
                *blocks(range(num_shared, num_blocks)),
                StyleSpent(name="spent"),
                *image_layers(architecture, channels[d], width),
            ],
            name=f"generator_{d}",
        )
        for d in DOMAINS
    }
    first = blocks(range(num_shared))
    shared = Chain(first, name="generator_shared") if first else None
    count = num_blocks * AdaptiveResidualBlock(filters).num_parameters
    mlps = {d: _perceptron(scaled(MLP_UNITS, width), count, d) for d in DOMAINS}
    stack = CoupledStack(private, shared, shared_first=True, name="stack")
    return StyledGenerator(stack, mlps, name="generator")


def _perceptron(units, count, domain):
    """Two hidden layers, style -> ``count`` parameters."""

    def dense(size, activation, name):
        # In every architecture: small kernels would start with gammas of 0 and draw nothing.
        kernel = clone_initializer("he_normal")
        return keras.layers.Dense(size, activation, kernel_initializer=kernel, name=name)

    hidden = [dense(units, "relu", f"hidden{i}") for i in range(2)]
    return Chain([*hidden, dense(count, None, "parameters")], name=f"mlp_{domain}")
