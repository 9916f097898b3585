"""Likelihood terms."""

import tensorflow as tf


def l1(x, reconstruction):
    """Mean |x - reconstruction| over every element.

    -log p_G(x|z) of Eq. 3, 4, 7 and 8 for a Laplacian p_G, up to constants; the paper does not say
    whether it sums over pixels, the released code takes the mean, and so does this.

    Args:
      x: [N, H, W, C] in [-1, 1].
      reconstruction: the same shape.

    Returns:
      float32 scalar.
    """
    return tf.reduce_mean(tf.abs(tf.cast(x, tf.float32) - tf.cast(reconstruction, tf.float32)))


def squared_sum(x, reconstruction):
    """(x - reconstruction)^2, summed over an image's elements, the mean over the batch.

    -log p_G(x|z) for a Gaussian p_G, up to factor and constant: what the released code of the
    SVHN -> MNIST experiment takes, at weight 1e-3.

    Args:
      x: [N, H, W, C] in [-1, 1].
      reconstruction: the same shape.

    Returns:
      float32 scalar.
    """
    difference = tf.cast(x, tf.float32) - tf.cast(reconstruction, tf.float32)
    return tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=tuple(range(1, x.shape.rank))))


LIKELIHOODS = {"l1": l1, "squared_sum": squared_sum}
