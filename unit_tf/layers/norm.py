"""Normalisation layers over NHWC pictures, computed in float32 whatever the compute type."""

import keras
from keras import ops


@ops.custom_gradient
def fade_gradient(y, variance):
    """Returns ``y`` itself; its gradient fades to zero on maps that are flat.

    Where a map's variance is far below epsilon, a normalisation multiplies gradients by up to
    epsilon^-1/2, 316, and so does each before it, since what it gives is flat too: over twenty
    layers 1e19 and more. Nothing can be learned of such a map. The factor min(1, variance / epsilon)
    bounds a layer's own by (2 epsilon)^-1/2 and a row of flat layers by zero. At a variance above
    epsilon the gradient is the exact one.

    Args:
      y: float32 [N, H, W, C], normalised.
      variance: float32, broadcasts against ``y``: of the maps, in units of epsilon.
    """
    factor = ops.minimum(variance, 1.0)

    def grad(*upstream):
        # TensorFlow hands over one argument, for both inputs alike.
        return upstream[-1] * factor, ops.zeros_like(variance)

    return y, grad


class _PictureNormalization(keras.layers.Layer):
    """Shared body: subtract the mean, divide by sqrt(variance + epsilon), optionally scale.

    Args:
      epsilon: added to the variance under the root, so a flat picture gives zeros and finite
        gradients.
      affine: learn a per-channel ``gamma`` (from 1) and ``beta`` (from 0).
    """

    axes: tuple[int, ...] = ()

    def __init__(self, epsilon=1e-5, affine=False, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape):
        if self.affine:
            shape = (input_shape[-1],)
            self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
            self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")

    def call(self, inputs, training=False):
        # Half-precision sums over a whole picture lose the mean: compute in float32.
        x = ops.cast(inputs, "float32")
        mean = ops.mean(x, axis=self.axes, keepdims=True)
        centred = x - mean
        variance = ops.mean(ops.square(centred), axis=self.axes, keepdims=True)
        y = centred * ops.rsqrt(variance + self.epsilon)
        if training:
            y = fade_gradient(y, variance / self.epsilon)
        if self.affine:
            y = y * ops.cast(self.gamma, "float32") + ops.cast(self.beta, "float32")
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon, "affine": self.affine}


@keras.saving.register_keras_serializable("unit_tf")
class InstanceNormalization(_PictureNormalization):
    """Normalises each channel of each picture over its pixels (Ulyanov et al. 2016).

    Held to tensorflow-addons 0.23's layer of the same name (tests/goldens). Not affine by default,
    as in UNIT's released networks; epsilon 1e-5 as theirs, where Keras and addons use 1e-3.

    Args:
      epsilon: added to the variance, > 0.
      affine: learn a scale and an offset per channel.

    Example:
      >>> InstanceNormalization()(keras.random.normal((2, 8, 8, 4))).shape
      TensorShape([2, 8, 8, 4])
    """

    axes = (1, 2)


@keras.saving.register_keras_serializable("unit_tf")
class PictureLayerNormalization(_PictureNormalization):
    """Normalises each picture over height, width and channels; MUNIT's decoder uses it affine.

    The released code divides by the standard deviation plus epsilon, whose gradient is not finite
    on a flat picture; here epsilon stands under the root.

    Args:
      epsilon: added to the variance, > 0.
      affine: learn a scale and an offset per channel.
    """

    axes = (1, 2, 3)

    def __init__(self, epsilon=1e-5, affine=True, **kwargs):
        super().__init__(epsilon=epsilon, affine=affine, **kwargs)


@keras.saving.register_keras_serializable("unit_tf")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer with the papers' numbers: momentum 0.9 and epsilon 1e-5, over all replicas.

    Where both domains share the layer it must see both in one call: the statistics are the joined
    batch's, in training, and their moving average everywhere else.

    Args:
      momentum: of the moving average; Keras' default is 0.99.
      epsilon: added to the variance; Keras' default is 1e-3.
    """

    def __init__(self, momentum=0.9, epsilon=1e-5, **kwargs):
        kwargs.pop("synchronized", None)  # from get_config
        super().__init__(momentum=momentum, epsilon=epsilon, synchronized=True, **kwargs)


NORMALIZATIONS = {
    "batch": BatchNormalization,
    "instance": InstanceNormalization,
    "layer": PictureLayerNormalization,
}
