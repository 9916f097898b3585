"""Gradient reversal (Ganin, Lempitsky 2015, Eq. 9-10)."""

import tensorflow as tf


@tf.custom_gradient
def reverse_gradient(x):
    """``x`` itself; its gradient comes back with the other sign.

    Args:
      x: any float tensor.

    Returns:
      the same tensor.
    """
    return tf.identity(x), tf.negative
