"""Depthwise-separable blocks, of which students of large translators are built.

A 3x3 convolution of C channels takes 9 C^2 multiply-adds a pixel; a depthwise one and a pointwise
one behind it take 9 C + C^2 (Howard et al., MobileNets, 2017, section 3.1).
"""

import keras
import tensorflow as tf

from unit_tf.layers.blocks import ConvBlock, clone_initializer


@keras.saving.register_keras_serializable("unit_tf")
class SeparableConv(keras.layers.Layer):
    """A 3x3 convolution of each channel alone, then one across channels, with an activation.

    Args:
      filters: output channels.
      activation, slope, initializer: as ConvBlock's; the depthwise kernel starts alike.
    """

    def __init__(self, filters, activation=None, slope=0.01, initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.depthwise = keras.layers.DepthwiseConv2D(
            3, padding="same", use_bias=False, name="depthwise", dtype=self.dtype_policy,
            depthwise_initializer=clone_initializer(initializer),
        )  # fmt: skip
        self.pointwise = ConvBlock(
            filters, 1, activation=activation, slope=slope, initializer=initializer,
            name="pointwise", dtype=self.dtype_policy,
        )  # fmt: skip

    def build(self, input_shape):
        self.depthwise.build((None, None, None, input_shape[-1]))
        self.pointwise.build(input_shape)

    def call(self, x, training=False):
        return self.pointwise(self.depthwise(x), training=training)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class SeparableBlock(keras.layers.Layer):
    """x + conv(relu(conv(x))) of separable convolutions, without a norm.

    Args:
      filters: channels of input and output.
      branch_scale: as ResidualBlock's.
      initializer: as ConvBlock's.
    """

    def __init__(self, filters, branch_scale=None, initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.branch_scale = filters, branch_scale
        shape = dict(initializer=initializer, dtype=self.dtype_policy)
        self.first = SeparableConv(filters, "relu", name="first", **shape)
        self.second = SeparableConv(filters, name="second", **shape)

    def build(self, input_shape):
        self.first.build(input_shape)
        self.second.build(input_shape)

    def call(self, x, training=False):
        return x + self.second(self.first(x, training=training), training=training)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("unit_tf")
class SeparableUp(keras.layers.Layer):
    """Doubles height and width: across channels, each pixel becomes four, then 3x3 depthwise.

    The order costs least: the pointwise convolution sees the small image.

    Args:
      filters: output channels.
      slope, initializer: as ConvBlock's.
    """

    def __init__(self, filters, slope=0.01, initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.filters, self.slope = filters, slope
        self.pointwise = ConvBlock(
            filters, 1, initializer=initializer, name="pointwise", dtype=self.dtype_policy
        )
        self.double = keras.layers.UpSampling2D(2, name="double", dtype=self.dtype_policy)
        self.depthwise = keras.layers.DepthwiseConv2D(
            3, padding="same", name="depthwise", dtype=self.dtype_policy,
            depthwise_initializer=clone_initializer(initializer),
        )  # fmt: skip

    def build(self, input_shape):
        self.pointwise.build(input_shape)
        self.depthwise.build((None, None, None, self.filters))

    def call(self, x, training=False):
        y = self.depthwise(self.double(self.pointwise(x, training=training)))
        return keras.ops.leaky_relu(y, negative_slope=self.slope)

    def compute_output_shape(self, input_shape):
        sides = [None if s is None else 2 * s for s in input_shape[1:3]]
        return (input_shape[0], *sides, self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class SubpixelImage(keras.layers.Layer):
    """The last layer: a 3x3 convolution with four numbers a channel, which become 2x2 pixels.

    Shi et al. (CVPR 2016), section 3.2. Nothing is computed at the full size but tanh.

    Args:
      channels: 1 or 3, of the image.
      initializer: as ConvBlock's.
    """

    def __init__(self, channels, initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.conv = ConvBlock(
            4 * channels, 3, activation="tanh", initializer=initializer, name="conv",
            dtype=self.dtype_policy,
        )  # fmt: skip

    def build(self, input_shape):
        self.conv.build(input_shape)

    def call(self, x, training=False):
        return self.arranged(self.conv(x, training=training))

    def arranged(self, y):
        """[N, h, w, 4 C] -> [N, 2h, 2w, C]."""
        return tf.nn.depth_to_space(y, 2)

    def compute_output_shape(self, input_shape):
        sides = [None if s is None else 2 * s for s in input_shape[1:3]]
        return (input_shape[0], *sides, self.channels)
