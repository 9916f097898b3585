"""Gradient reversal (Ganin, Lempitsky 2015, Eq. 9-10)."""

import tensorflow as tf


@tf.custom_gradient
def reverse_gradient(x):
    """Returns ``x`` itself; its gradient comes back with the other sign.

    Args:
      x: float tensor of any shape.

    Returns:
      the same tensor.

    Example:
      >>> x = tf.Variable(3.0)
      >>> with tf.GradientTape() as tape:
      ...     y = 2 * reverse_gradient(x)
      >>> float(tape.gradient(y, x))
      -2.0
    """
    return tf.identity(x), tf.negative
