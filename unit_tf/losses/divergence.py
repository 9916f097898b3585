"""The divergence of a code from the prior."""

import tensorflow as tf


def kl_unit_gaussian(mu, reduction="mean"):
    """KL(N(mu, I) || N(0, I)) = sum(mu^2) / 2, of Eq. 3, 4, 7 and 8.

    Args:
      mu: [N, h, w, c] mean of the code.
      reduction: ``sum`` over the code's elements, as in the formula, or their ``mean``, as in the
        released code: its weight 0.1 beside an L1 mean only makes sense with a mean. Both take the
        mean over the batch.

    Returns:
      float32 scalar.

    Example:
      >>> mu = tf.fill([2, 1, 1, 8], 2.0)
      >>> float(kl_unit_gaussian(mu)), float(kl_unit_gaussian(mu, "sum"))
      (2.0, 16.0)
    """
    half_square = 0.5 * tf.square(tf.cast(mu, tf.float32))
    if reduction == "mean":
        return tf.reduce_mean(half_square)
    return tf.reduce_mean(tf.reduce_sum(half_square, axis=tuple(range(1, mu.shape.rank))))
