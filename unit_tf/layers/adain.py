"""Adaptive instance normalisation: contrast and brightness of each channel come from a style.

MUNIT's decoder decodes a content with a style in this way. Each block takes and returns a pair: the
features, and the parameters that no block has used yet. It takes its own parameters from the front,
so that no two layers share one.
"""

import keras
from keras import ops

from unit_tf.layers.blocks import ConvBlock, activate, add_gain
from unit_tf.layers.norm import InstanceNormalization


@keras.saving.register_keras_serializable("unit_tf")
class AdaptiveInstanceNormalization(InstanceNormalization):
    """gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta (Huang, Belongie 2017, Eq. 8).

    Mean and variance are each image's own, over its pixels; gamma and beta are given, and used as
    they are: a gamma of 0 erases the channel.

    Args:
      epsilon: added to the variance, > 0.

    Example:
      >>> x, beta, gamma = tf.random.normal([2, 8, 8, 4]), tf.zeros([2, 4]), tf.ones([2, 4])
      >>> AdaptiveInstanceNormalization()((x, tf.concat([beta, gamma], -1))).shape
      TensorShape([2, 8, 8, 4])
    """

    def __init__(self, epsilon=1e-5, **kwargs):
        kwargs.pop("affine", None)  # from get_config
        super().__init__(epsilon=epsilon, affine=False, **kwargs)

    def call(self, inputs, training=False):
        """Normalises ``x`` [N, H, W, C]; ``parameters`` [N, 2C] are C betas, then C gammas."""
        x, parameters = inputs
        parameters = ops.cast(parameters, "float32")[:, None, None]
        # Slices, which LiteRT's GPU delegate has; it has no split.
        half = parameters.shape[-1] // 2
        beta, gamma = parameters[..., :half], parameters[..., half:]
        normalised = ops.cast(super().call(x, training=training), "float32")
        return ops.cast(gamma * normalised + beta, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]


@keras.saving.register_keras_serializable("unit_tf")
class AdaptiveResidualBlock(keras.layers.Layer):
    """x + norm(conv(activation(norm(conv(x))))), both normalisations adaptive.

    Args:
      filters: channels of the input and of the output.
      kernel: side of both convolutions.
      branch_scale: as ResidualBlock; the branch always has a ``gain`` then.
      padding, activation, slope, initializer: as ConvBlock.
    """

    def __init__(
        self, filters, kernel=3, padding="zero", activation="relu", slope=0.01,
        branch_scale=None, initializer="he_normal", **kwargs,
    ):  # fmt: skip
        super().__init__(**kwargs)
        self.filters, self.activation, self.slope = filters, activation, slope
        self.branch_scale, self.gain = branch_scale, None
        shape = dict(padding=padding, initializer=initializer, dtype=self.dtype_policy)
        self.first = ConvBlock(filters, kernel, name="first", **shape)
        self.second = ConvBlock(filters, kernel, name="second", **shape)
        self.norm = AdaptiveInstanceNormalization(name="norm", dtype=self.dtype_policy)

    @property
    def num_parameters(self):
        """Number of the style's parameters that the block takes."""
        return 4 * self.filters

    def build(self, input_shape):
        self.first.build(input_shape[0])
        self.second.build(input_shape[0])
        if self.branch_scale is not None:
            self.gain = add_gain(self)

    def activate(self, x):
        """Applies the activation between the two convolutions."""
        return activate(x, self.activation, self.slope)

    def branch(self, inputs, training=False):
        """Returns the block's change of its features; arguments as ``call``."""
        x, parameters = inputs
        half, end = self.num_parameters // 2, self.num_parameters
        y = self.norm((self.first(x), parameters[:, :half]), training=training)
        y = self.norm((self.second(self.activate(y)), parameters[:, half:end]), training=training)
        return y if self.gain is None else y * ops.cast(self.gain, y.dtype)

    def call(self, inputs, training=False):
        """One block.

        Args:
          inputs: (x [N, H, W, filters], parameters [N, at least 4 * filters]).
          training: for the gradients of flat maps (norm.py).

        Returns:
          ([N, H, W, filters], the parameters that are left).
        """
        x, parameters = inputs
        return x + self.branch(inputs, training), parameters[:, self.num_parameters :]

    def compute_output_shape(self, input_shape):
        (features, (rows, count)) = input_shape
        return features, (rows, count - self.num_parameters)


@keras.saving.register_keras_serializable("unit_tf")
class StyleSpent(keras.layers.Layer):
    """Returns the features alone, behind the last adaptive block. No parameter may be left over."""

    def build(self, input_shape):
        if input_shape[1][-1]:
            raise ValueError(f"{input_shape[1][-1]} parameters of the style are used by no block")

    def call(self, inputs, training=False):
        return inputs[0]

    def compute_output_shape(self, input_shape):
        return input_shape[0]
