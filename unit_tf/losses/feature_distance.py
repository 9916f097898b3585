"""The distance between two discriminators' features of corresponding images."""

import tensorflow as tf


def feature_distance(first, second, kind="l1"):
    """sum |f - g| or sum (f - g)^2 over the features, the mean over the batch.

    Section 4 of the paper, "Domain Adaptation": "the L1 distance between the features extracted by
    the highest layer of the discriminators", without an equation. The released code takes the
    square.

    Args:
      first: [N, F] features of images.
      second: [N, F] features of their counterparts.
      kind: ``l1`` or ``squared``.

    Returns:
      float32 scalar.

    Example:
      >>> first, second = tf.constant([[1.0, 2.0]]), tf.constant([[3.0, 2.0]])
      >>> float(feature_distance(first, second)), float(feature_distance(first, second, "squared"))
      (2.0, 4.0)
    """
    difference = tf.cast(first, tf.float32) - tf.cast(second, tf.float32)
    size = tf.abs(difference) if kind == "l1" else tf.square(difference)
    return tf.reduce_mean(tf.reduce_sum(size, axis=-1))
