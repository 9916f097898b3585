"""How far a student's code is from its teacher's."""

import tensorflow as tf


def relative_l1(target, x):
    """Mean over images of mean |x - target|, divided by mean |target|, each over an image.

    Codes of different teachers have different scales, and this has none: a guess of zero costs 1.
    Each image is divided by its own scale, so that the parts of a batch cost what the batch does.

    Args:
      target: [N, h, w, c], any range; no gradient reaches it.
      x: the same shape.

    Returns:
      float32 scalar.

    Example:
      >>> float(relative_l1(tf.fill([1, 2, 2, 3], 4.0), tf.fill([1, 2, 2, 3], 3.0)))
      0.25
    """
    target, x = (tf.cast(value, tf.float32) for value in (tf.stop_gradient(target), x))
    distance, scale = (tf.reduce_mean(tf.abs(y), (1, 2, 3)) for y in (x - target, target))
    return tf.reduce_mean(tf.math.divide_no_nan(distance, scale))
