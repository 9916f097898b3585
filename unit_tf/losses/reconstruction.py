"""Distances between images and their reconstructions: negative log likelihoods of Eq. 3-8."""

import tensorflow as tf


def l1(x, reconstruction):
    """Mean |x - reconstruction| over every element.

    -log p_G(x|z) of Eq. 3, 4, 7 and 8 for a Laplacian p_G, up to constants. The paper does not say
    whether it sums over pixels. The released code takes the mean, and so does this.

    Args:
      x: [N, H, W, C] in [-1, 1].
      reconstruction: the same shape.

    Returns:
      float32 scalar.

    Example:
      >>> float(l1(tf.zeros([1, 2, 2, 3]), tf.fill([1, 2, 2, 3], 0.5)))
      0.5
    """
    return tf.reduce_mean(tf.abs(tf.cast(x, tf.float32) - tf.cast(reconstruction, tf.float32)))


def squared_sum(x, reconstruction):
    """sum (x - reconstruction)^2 over an image's elements, the mean over the batch.

    -log p_G(x|z) of Eq. 3, 4, 7 and 8 for a Gaussian p_G, up to factor and constant. The released
    code of the SVHN -> MNIST experiment has it, at weight 1e-3.

    Args:
      x: [N, H, W, C] in [-1, 1].
      reconstruction: the same shape.

    Returns:
      float32 scalar.

    Example:
      >>> float(squared_sum(tf.zeros([1, 2, 2, 3]), tf.fill([1, 2, 2, 3], 0.5)))
      3.0
    """
    difference = tf.cast(x, tf.float32) - tf.cast(reconstruction, tf.float32)
    return tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=tuple(range(1, x.shape.rank))))


LIKELIHOODS = {"l1": l1, "squared_sum": squared_sum}
