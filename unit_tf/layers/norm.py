"""Normalisation layers over NHWC images, computed in float32 whatever the compute type."""

import contextlib
import contextvars

import keras
from keras import ops

from unit_tf.layers import litert_forms

_MOMENTS = contextvars.ContextVar("moments_from", default=None)


@contextlib.contextmanager
def moments_from(moments):
    """Has normalisations take their statistics from a function, in graphs that are traced inside.

    So a part of an image is normalised as the whole image is.

    Args:
      moments: (x [N, H, W, C] float32, axes) -> (mean, variance), each of a shape that broadcasts
        against ``x``. It is called once for each normalisation over an image, in their order.
    """
    token = _MOMENTS.set(moments)
    try:
        yield
    finally:
        _MOMENTS.reset(token)


@ops.custom_gradient
def scale_gradient(y, factor):
    """Returns ``y`` itself; its gradient is multiplied by ``factor``, a constant."""

    def grad(upstream):
        return upstream * factor, ops.zeros_like(factor)

    return y, grad


def image_mean(x, axes, keepdims=False):
    """The mean of [N, H, W, C] over some of its axes; in stages in a graph that is exported."""
    mean = litert_forms.mean if litert_forms.has_staged_means() else ops.mean
    return mean(x, axes, keepdims=keepdims)


def mean_square(x, axes):
    """The mean of squares over some axes of [N, H, W, C], which stay with one entry each."""
    if not litert_forms.has_scaled_squares():
        return image_mean(ops.square(x), axes, keepdims=True)
    scale = litert_forms.SQUARES_SCALE
    x = x * (1 / scale)
    return image_mean(x * x, axes, keepdims=True) * scale**2


def normalize(x, axes, epsilon, bounded):
    """Returns (x - mean) / sqrt(variance + epsilon), float32 in the shape of ``x``.

    On a flat map the exact gradient is epsilon^-1/2 = 316 times the incoming one. The output of a
    flat map is flat too, so the next norm multiplies again: by 1e18 and more over twenty norms,
    although a flat map has nothing to teach. A bounded gradient is multiplied by
    min(1, variance / epsilon). One norm then multiplies by no more than (2 epsilon)^-1/2, and a
    row of flat maps passes no gradient. Maps with a variance above epsilon keep the exact one.

    Args:
      x: [N, H, W, C], of any float type.
      axes: over which mean and variance are taken.
      epsilon: float above 0.
      bounded: whether gradients of flat maps are bounded; the result is the same either way.
    """
    # Half-precision sums over a whole image lose the mean: compute in float32.
    x = ops.cast(x, "float32")
    if moments := _MOMENTS.get():
        mean, variance = moments(x, axes)
        centred = x - mean
    else:
        centred = x - image_mean(x, axes, keepdims=True)
        variance = mean_square(centred, axes)
    y = centred * ops.rsqrt(variance + epsilon)
    if bounded:
        y = scale_gradient(y, ops.minimum(variance / epsilon, 1.0))
    return y


class _ImageNormalization(keras.layers.Layer):
    """Shared body: subtract the mean, divide by sqrt(variance + epsilon), optionally scale.

    In training the gradient of flat maps is bounded, as ``normalize`` says.

    Args:
      epsilon: added to the variance under the root, so a flat image gives zeros and finite
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
        y = normalize(inputs, self.axes, self.epsilon, bounded=training)
        if self.affine:
            y = y * ops.cast(self.gamma, "float32") + ops.cast(self.beta, "float32")
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon, "affine": self.affine}


@keras.saving.register_keras_serializable("unit_tf")
class InstanceNormalization(_ImageNormalization):
    """Normalises each channel of each image over its pixels (Ulyanov et al. 2016).

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
class ImageLayerNormalization(_ImageNormalization):
    """Normalises each image over height, width and channels; MUNIT's decoder uses it affine.

    The released code divides by the standard deviation plus epsilon, whose gradient is not finite
    on a flat image; here epsilon stands under the root.

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
    "layer": ImageLayerNormalization,
}


def build_norm(name, dtype):
    """A normalisation layer called ``norm``, or None.

    Args:
      name: key of NORMALIZATIONS, or None for no layer.
      dtype: dtype policy of the layer.
    """
    return NORMALIZATIONS[name](name="norm", dtype=dtype) if name else None
