"""Convolution blocks that every network is built from. Images are NHWC.

Padding is written out and symmetric (Keras' ``same`` pads a strided convolution at the bottom and
right only); LeakyReLU's slope is always explicit (Keras' default 0.3 is nobody's).
"""

import keras
from keras import ops

from unit_tf.layers import borders, litert_forms, subpixel
from unit_tf.layers.norm import build_norm


def pad(x, before, after, mode):
    """Pads height and width of [N, H, W, C] at both ends; mode ``zero`` or ``reflect``."""
    if not before and not after:
        return x
    if mode == "reflect" and before == after:
        if litert_forms.is_for_litert():
            return litert_forms.reflect_pad(x, before)
        return borders.mirror_pad(x, before, edge=False)
    width = [[0, 0], [before, after], [before, after], [0, 0]]
    return ops.pad(x, width, mode="constant" if mode == "zero" else mode)


# Least derivative of tanh on the way back from saturation: the exact one's at |tanh| = 0.95.
_WAY_BACK = 0.1


@ops.custom_gradient
def returning_tanh(x):
    """Returns tanh(x); its gradient lets saturated values come back.

    On images with a white ground most pixels pull the outputs up, and Adam's first steps may take
    all outputs to where tanh is flat: in float32 its derivative is 0 from 9.1 on. The other
    pixels' gradient is then 0 as well, and training ends in plain white. So where the gradient asks
    for a smaller |tanh(x)|, the derivative is at least 0.1. Where it asks for a larger one, the
    derivative is exact and pushes no further into saturation. Hausknecht and Stone (ICLR 2016,
    inverting gradients) bound outputs in the same one-sided way.

    Args:
      x: float32, any shape.
    """
    y = ops.tanh(x)

    def grad(upstream):
        slope = 1.0 - ops.square(y)
        asks_back = upstream * y > 0
        return upstream * ops.where(asks_back, ops.maximum(slope, _WAY_BACK), slope)

    return y, grad


def activate(x, name, slope, training=False):
    """Applies ``relu``, ``leaky_relu``, ``tanh`` (in float32) or, for None, nothing."""
    if name is None:
        return x
    if name == "leaky_relu":
        return ops.leaky_relu(x, negative_slope=slope)
    if name == "tanh":
        return (returning_tanh if training else ops.tanh)(ops.cast(x, "float32"))
    return ops.relu(x)


@keras.saving.register_keras_serializable("unit_tf")
class ConvBlock(keras.layers.Layer):
    """Padding, convolution with bias, optional normalisation, optional activation.

    Args:
      filters: output channels.
      kernel: kernel side k.
      stride: 1 or 2.
      padding: ``zero`` or ``reflect`` by (k - 1) // 2 on each side, or ``valid`` for none.
      norm: None, or a key of norm.NORMALIZATIONS.
      activation: None, ``relu``, ``leaky_relu`` or ``tanh``.
      slope: LeakyReLU's negative slope.
      initializer: of the kernel; biases start at zero.
    """

    def __init__(
        self,
        filters,
        kernel,
        stride=1,
        padding="zero",
        norm=None,
        activation=None,
        slope=0.01,
        initializer="he_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.kernel, self.stride = filters, kernel, stride
        self.padding, self.activation, self.slope = padding, activation, slope
        # An odd kernel at stride 1 is what Keras' "same" does, without a padding op of its own.
        same = padding == "zero" and stride == 1 and kernel % 2 == 1
        self.border = 0 if same or padding == "valid" else (kernel - 1) // 2
        self.conv = keras.layers.Conv2D(
            filters,
            kernel,
            strides=stride,
            padding="same" if same else "valid",
            kernel_initializer=clone_initializer(initializer),
            name="conv",
            dtype=self.dtype_policy,
        )
        self.norm = build_norm(norm, self.dtype_policy)

    def build(self, input_shape):
        # Sides are left open: any image size may come, and the padding is not counted in here.
        self.conv.build((None, None, None, input_shape[-1]))
        if self.norm:
            self.norm.build((*input_shape[:-1], self.filters))

    @property
    def is_pointwise(self):
        """Whether each pixel of the output depends on one of the input."""
        return self.kernel == 1 and self.stride == 1 and not self.norm

    def convolve(self, x):
        """The padded convolution alone, before normalisation and activation."""
        return self.conv(pad(x, self.border, self.border, self.padding))

    def call(self, x, training=False):
        x = self.convolve(x)
        if self.norm:
            x = self.norm(x, training=training)
        return activate(x, self.activation, self.slope, training)

    def compute_output_shape(self, input_shape):
        border = self.kernel // 2 if self.conv.padding == "same" else self.border
        sides = [
            None if s is None else (s + 2 * border - self.kernel) // self.stride + 1
            for s in input_shape[1:3]
        ]
        return (input_shape[0], *sides, self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class ResidualBlock(keras.layers.Layer):
    """x + conv(activation(conv(x))), normalised inside; no activation after the sum.

    A 1x1 projection carries the input where the number of channels changes (Table 3's first block).

    Args:
      filters: output channels.
      kernel: side of both convolutions.
      dropout: rate after the second convolution; 0 for none.
      branch_scale: standard deviation of the branch at the start, as a share of the skip
        connection's (unit_variance.py); None for a plain sum. Behind a normalisation no kernel can
        hold this share, so the branch is multiplied by a learned scalar, ``gain`` (SkipInit).
      padding, norm, activation, slope, initializer: as ConvBlock.
    """

    def __init__(
        self,
        filters,
        kernel=3,
        padding="zero",
        norm=None,
        activation="relu",
        slope=0.01,
        dropout=0.0,
        branch_scale=None,
        initializer="he_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.branch_scale = filters, branch_scale
        shape = dict(
            padding=padding, norm=norm, slope=slope, initializer=initializer,
            dtype=self.dtype_policy,
        )  # fmt: skip
        self.first = ConvBlock(filters, kernel, activation=activation, name="first", **shape)
        self.second = ConvBlock(filters, kernel, name="second", **shape)
        self.dropout = None
        if dropout:
            self.dropout = keras.layers.Dropout(dropout, name="dropout", dtype=self.dtype_policy)
        self.project = ConvBlock(
            filters, 1, initializer=initializer, name="project", dtype=self.dtype_policy
        )
        self.needs_projection = False
        self.gain = None

    def build(self, input_shape):
        self.needs_projection = input_shape[-1] != self.filters
        self.first.build(input_shape)
        self.second.build((*input_shape[:-1], self.filters))
        if self.needs_projection:
            self.project.build(input_shape)
        if self.branch_scale is not None and self.second.norm:
            self.gain = add_gain(self)

    def skip(self, x):
        """Returns the input, projected where its channels do not fit; the branch is added to it."""
        return self.project(x) if self.needs_projection else x

    def branch(self, x, training=False):
        """Returns the block's change of its input, before dropout."""
        y = self.second(self.first(x, training=training), training=training)
        return y if self.gain is None else y * ops.cast(self.gain, y.dtype)

    def call(self, x, training=False):
        y = self.branch(x, training)
        if self.dropout:
            y = self.dropout(y, training=training)
        return self.skip(x) + y

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class UpBlock(keras.layers.Layer):
    """Doubles height and width.

    Args:
      filters: output channels.
      kernel: kernel side.
      mode: ``transpose``: a stride-2 transposed convolution whose taps are centred on the pixels
        that a symmetric stride-2 convolution read; ``nearest``: each pixel becomes four, then a
        convolution (no checkerboard).
      padding, norm, activation, slope, initializer: as ConvBlock.
    """

    def __init__(
        self,
        filters,
        kernel=3,
        mode="transpose",
        padding="zero",
        norm=None,
        activation="leaky_relu",
        slope=0.01,
        initializer="he_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.mode, self.activation, self.slope = filters, mode, activation, slope
        if mode == "transpose":
            # An even kernel centred so is Keras' "same", which computes no border to cut off.
            self.same = kernel % 2 == 0
            self.conv = keras.layers.Conv2DTranspose(
                filters,
                kernel,
                strides=2,
                padding="same" if self.same else "valid",
                kernel_initializer=clone_initializer(initializer),
                name="conv",
                dtype=self.dtype_policy,
            )
            self.crop = (kernel - 1) // 2
        else:
            self.conv = ConvBlock(
                filters, kernel, padding=padding, initializer=initializer, name="conv",
                dtype=self.dtype_policy,
            )  # fmt: skip
            self.double = keras.layers.UpSampling2D(2, name="double", dtype=self.dtype_policy)
        self.norm = build_norm(norm, self.dtype_policy)

    def build(self, input_shape):
        self.conv.build(input_shape)
        if self.norm:
            self.norm.build((*input_shape[:-1], self.filters))

    def convolve(self, x):
        """The doubling convolution alone, before normalisation and activation."""
        if self._is_faster():
            return self._doubled(x)
        if self.mode == "nearest":
            return self.conv(
                litert_forms.double(x) if litert_forms.is_for_litert() else self.double(x)
            )
        if litert_forms.is_subpixel():
            return litert_forms.transposed_conv(x, self.conv.kernel, self.conv.bias, self.crop)
        if self.same:
            return self.conv(x)
        # valid gives 2H + k - 2 rows; dropping (k-1)//2 at the start and the rest at the end
        # leaves 2H, centred like the encoder's strided convolution.
        height, width = ops.shape(x)[1:3]
        return borders.window(self.conv(x), self.crop, 2 * height, 2 * width)

    def _is_faster(self):
        """Whether the doubled image is never made: inside ``subpixel.faster_doubling``."""
        known = self.mode == "nearest" and self.conv.kernel in (3, 5)
        return known and subpixel.is_faster_doubling()

    def _doubled(self, x, activation=None, then=None):
        conv = self.conv.conv
        kernel, bias, padding = conv.kernel, conv.bias, self.conv.padding
        return subpixel.doubled_conv(x, kernel, bias, padding, activation, then)

    def joins(self, layer):
        """Whether ``call`` takes the layer that comes next as ``then``."""
        pointwise = isinstance(layer, ConvBlock) and layer.is_pointwise
        return pointwise and not self.norm and self._is_faster()

    def call(self, x, training=False, then=None):
        """The block; with ``then``, a layer that it joins, that layer's output."""
        if self._is_faster() and not self.norm:
            after = then and (lambda y: then(y, training=training))
            return self._doubled(x, lambda y: activate(y, self.activation, self.slope), after)
        x = self.convolve(x)
        if self.norm:
            x = self.norm(x, training=training)
        return activate(x, self.activation, self.slope)

    def compute_output_shape(self, input_shape):
        sides = [None if s is None else 2 * s for s in input_shape[1:3]]
        return (input_shape[0], *sides, self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class BlurHalve(keras.layers.Layer):
    """3x3 mean at stride 2, padding not counted: between the scales of a discriminator."""

    def call(self, x, training=False):
        ones = ops.ones_like(x[:1, :, :, :1])
        total = ops.average_pool(pad(x, 1, 1, "zero"), 3, 2, padding="valid")
        share = ops.average_pool(pad(ones, 1, 1, "zero"), 3, 2, padding="valid")
        return total / share

    def compute_output_shape(self, input_shape):
        sides = [None if s is None else (s - 1) // 2 + 1 for s in input_shape[1:3]]
        return (input_shape[0], *sides, input_shape[-1])


def add_gain(layer):
    """The scalar variable ``gain`` of a residual block, whose start is its ``branch_scale``."""
    start = keras.initializers.Constant(layer.branch_scale)
    return layer.add_weight(shape=(), initializer=start, name="gain")


def clone_initializer(initializer):
    """A fresh initializer: one unseeded Keras object gives every layer the same numbers."""
    if isinstance(initializer, float):
        return keras.initializers.RandomNormal(stddev=initializer)
    return keras.initializers.get(initializer)
