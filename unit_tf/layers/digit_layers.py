"""Layers that only the networks of digits have (Appendix B of the paper)."""

import keras
from keras import ops

from unit_tf.layers.blocks import activate, clone_initializer
from unit_tf.layers.norm import build_norm


@keras.saving.register_keras_serializable("unit_tf")
class GrowBlock(keras.layers.Layer):
    """One pixel becomes k x k of them: a transposed convolution of stride 1, unpadded.

    Args:
      filters: output channels.
      kernel: side k.
      norm, activation, slope, initializer: as ConvBlock.
    """

    def __init__(
        self, filters, kernel=4, norm=None, activation=None, slope=0.01, initializer="he_normal",
        **kwargs,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.filters, self.kernel, self.activation, self.slope = filters, kernel, activation, slope
        # On a single pixel it is a matrix product, which every runtime does fast.
        self.dense = keras.layers.Dense(
            kernel * kernel * filters, kernel_initializer=clone_initializer(initializer),
            name="dense", dtype=self.dtype_policy,
        )  # fmt: skip
        self.norm = build_norm(norm, self.dtype_policy)

    def build(self, input_shape):
        self.dense.build((input_shape[0], input_shape[-1]))
        if self.norm:
            self.norm.build(self.compute_output_shape(input_shape))

    def convolve(self, x):
        """The convolution alone, before normalisation and activation."""
        return ops.reshape(self.dense(x[:, 0, 0]), (-1, self.kernel, self.kernel, self.filters))

    def call(self, x, training=False):
        x = self.convolve(x)
        if self.norm:
            x = self.norm(x, training=training)
        return activate(x, self.activation, self.slope)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.kernel, self.kernel, self.filters)


@keras.saving.register_keras_serializable("unit_tf")
class Coordinates(keras.layers.Layer):
    """Appends two channels: each pixel's column and row, from -1 at the first towards 1.

    (i - S/2) / (S/2) for pixel i of S: "spatial context information" of Appendix B.
    """

    def call(self, x, training=False):
        rows, columns = ops.meshgrid(*map(_places, ops.shape(x)[1:3]), indexing="ij")
        maps = ops.cast(ops.stack([columns, rows], axis=-1)[None], x.dtype)
        maps = ops.broadcast_to(maps, (*ops.shape(x)[:3], 2))
        return ops.concatenate([x, maps], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + 2)


def _places(side):
    """float32 [side]: the place of each pixel along one side, in [-1, 1)."""
    half = ops.cast(side, "float32") / 2
    return (ops.cast(ops.arange(side), "float32") - half) / half
