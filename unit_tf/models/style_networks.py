"""MUNIT's style encoders, and decoders that decode a content with a style.

The content encoders are UNIT's (models/encoders.py): image -> code, with ``num_shared`` residual
blocks in common if wanted.
"""

import keras
from keras import ops

from unit_tf.layers.adain import AdaptiveResidualBlock, StyleSpent
from unit_tf.layers.blocks import ConvBlock, clone_initializer
from unit_tf.layers.chain import Chain
from unit_tf.layers.dtypes import dtype_policy, in_float32
from unit_tf.layers.norm import image_mean
from unit_tf.layers.unit_variance import branch_scale, rescale
from unit_tf.models.architectures import STYLE_FILTERS, STYLE_KERNEL, as_architecture, scaled
from unit_tf.models.coupled import DOMAINS, CoupledStack
from unit_tf.models.generators import image_layers
from unit_tf.models.sized import SizedNetwork, image_shapes

MLP_UNITS = 256


@keras.saving.register_keras_serializable("unit_tf")
class PooledStyle(keras.layers.Layer):
    """Mean over the pixels, then a linear map to the style, in float32.

    Args:
      size: length of a style.
      initializer: of the map.
    """

    def __init__(self, size, initializer="he_normal", **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.size = size
        self.dense = keras.layers.Dense(
            size, kernel_initializer=clone_initializer(initializer), dtype="float32", name="dense"
        )

    def build(self, input_shape):
        self.dense.build((input_shape[0], input_shape[-1]))

    def call(self, x, training=False):
        return self.dense(image_mean(x, (1, 2)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.size)


@keras.saving.register_keras_serializable("unit_tf")
class StyleEncoder(CoupledStack):
    """The style encoders: nothing is shared, and nothing normalised, which would erase the style.

    [N, H, W, C] in [-1, 1], sides at least ``Architecture.smallest_styled`` -> [N, style_size].

    Args:
      architecture: an Architecture, or its name.
      style_size: length of a style.
      width: multiplier of all filters.
    """

    def __init__(self, architecture, style_size, width=1.0, name="style_encoder", **kwargs):
        architecture = as_architecture(architecture)
        with dtype_policy(kwargs.get("dtype")):
            private = {
                d: Chain(_style_layers(architecture, style_size, width), name=f"{name}_{d}")
                for d in DOMAINS
            }
        sizes = dict(architecture=architecture, style_size=style_size, width=width)
        super().__init__(private, sizes=sizes, name=name, **kwargs)


def _style_layers(architecture, style_size, width):
    """The layers of one style encoder, fresh."""
    filters, kernel, stride = architecture.front[0]
    sizes = [(filters, kernel, stride), *((f, STYLE_KERNEL, 2) for f in STYLE_FILTERS)]
    convolutions = [
        ConvBlock(
            scaled(f, width), k, s, padding=architecture.padding,
            activation=architecture.activation, slope=architecture.slope,
            initializer=architecture.initializer, name=f"conv{i}",
        )
        for i, (f, k, s) in enumerate(sizes)
    ]  # fmt: skip
    return [*convolutions, PooledStyle(style_size, architecture.initializer, name="style")]


def build_style_encoder(
    architecture, style_size, width=1.0, *, channels=None, image_size=(None, None)
):
    """Makes a StyleEncoder, with all its variables where the channels are known.

    Args:
      architecture, style_size, width: as StyleEncoder's.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images; None leaves ``build_both`` to the caller.
      image_size: (height, width) in pixels; None for any.

    Returns:
      StyleEncoder.
    """
    encoder = StyleEncoder(architecture, style_size, width)
    if channels:
        encoder.build_both(image_shapes(channels, image_size))
    return encoder


@rescale.register
def _(layer: PooledStyle, x, wanted=None):
    rescale(layer.dense, ops.mean(ops.cast(x, "float32"), axis=(1, 2)), wanted)
    return layer(x)


@keras.saving.register_keras_serializable("unit_tf")
class StyledGenerator(SizedNetwork):
    """The decoders: adaptive residual blocks, the first of them shared, then doublings.

    A perceptron for each domain turns the style into the parameters of every adaptive block.

    Args:
      architecture: an Architecture, or its name; its ``block_norm`` does not count.
      channels: {"a": 1 or 3, "b": 1 or 3} of the images.
      width: multiplier of all filters but the last.
      num_blocks: residual blocks of each decoder.
      num_shared: how many of the first ones both share; each still takes its domain's style.
    """

    def __init__(
        self, architecture, channels, width=1.0, num_blocks=4, num_shared=0, name="generator",
        **kwargs,
    ):  # fmt: skip
        architecture = as_architecture(architecture)
        sizes = dict(
            architecture=architecture, channels=channels, width=width, num_blocks=num_blocks,
            num_shared=num_shared,
        )  # fmt: skip
        super().__init__(sizes, name=name, **kwargs)
        filters = scaled(architecture.block[0], width)
        with dtype_policy(self.dtype_policy):
            private, shared = _styled_layers(**sizes, name=name)
            count = num_blocks * AdaptiveResidualBlock(filters).num_parameters
            mlps = {d: _perceptron(scaled(MLP_UNITS, width), count, d) for d in DOMAINS}
            self.stack = CoupledStack(private, shared, shared_first=True, name="stack")
            self.mlp_a, self.mlp_b = mlps["a"], mlps["b"]

    def call(self, code, style, domain, training=False):
        """Decodes a content with a style.

        Args:
          code: [N, h, w, filters], from a content encoder of either domain.
          style: [N, style_size], of ``domain``.
          domain: ``"a"`` or ``"b"``, the domain of the image.
          training: changes nothing.

        Returns:
          [N, h*stride, w*stride, channels] float32 in [-1, 1].
        """
        parameters = getattr(self, f"mlp_{domain}")(style, training=training)
        return self.stack((code, parameters), domain=domain, training=training)

    @in_float32
    def rescale(self, code, style):
        """Scales every kernel by a probe, in place; see layers/unit_variance.py.

        Args:
          code: {"a": [N, h, w, filters], "b": the same}.
          style: {"a": [N, style_size], "b": the same}, of the domain that is decoded.
        """
        parameters = {d: rescale(getattr(self, f"mlp_{d}"), style[d]) for d in DOMAINS}
        self.stack.rescale({d: (code[d], parameters[d]) for d in DOMAINS})

    def build_both(self, code_shape, style_size):
        """Creates every variable now, from the shapes of a code and a style."""
        self.remember_build(code_shape=code_shape, style_size=style_size)
        for mlp in (self.mlp_a, self.mlp_b):
            mlp.build((None, style_size))
        parameters = self.mlp_a.compute_output_shape((None, style_size))
        self.stack.build_both({d: (tuple(code_shape), parameters) for d in DOMAINS})


def _styled_layers(architecture, channels, width, num_blocks, num_shared, name):
    """({domain: private layers}, shared layers or None) of the decoders, fresh."""
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

    private = {}
    for d in DOMAINS:
        layers = [*blocks(range(num_shared, num_blocks)), StyleSpent(name="spent")]
        layers += image_layers(architecture, channels[d], width)
        private[d] = Chain(layers, name=f"{name}_{d}")
    first = blocks(range(num_shared))
    return private, Chain(first, name=f"{name}_shared") if first else None


def _perceptron(units, count, domain):
    """Two hidden layers, style -> ``count`` parameters."""

    def dense(size, activation, name):
        # In every architecture: small kernels would start with gammas of 0, which erase everything.
        kernel = clone_initializer("he_normal")
        return keras.layers.Dense(size, activation, kernel_initializer=kernel, name=name)

    hidden = [dense(units, "relu", f"hidden{i}") for i in range(2)]
    return Chain([*hidden, dense(count, None, "parameters")], name=f"mlp_{domain}")


def build_styled_generator(
    architecture, channels, width=1.0, num_blocks=4, num_shared=0, *, style_size=0
):
    """Makes a StyledGenerator, with all its variables where the length of a style is known.

    Args:
      architecture, channels, width, num_blocks, num_shared: as StyledGenerator's.
      style_size: length of a style; 0 leaves ``build_both`` to the caller.

    Returns:
      StyledGenerator.

    Example:
      >>> generator = build_styled_generator("munit2018", {"a": 3, "b": 3}, 0.25, style_size=8)
      >>> code, style = keras.random.normal((1, 16, 16, 64)), keras.random.normal((1, 8))
      >>> generator(code, style, domain="b").shape
      TensorShape([1, 64, 64, 3])
    """
    generator = StyledGenerator(architecture, channels, width, num_blocks, num_shared)
    if style_size:
        generator.build_both(as_architecture(architecture).code_shape(width), style_size)
    return generator
