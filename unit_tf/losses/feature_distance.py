"""How far apart two discriminators read a pair of corresponding images."""

import tensorflow as tf


def feature_distance(first, second, kind="l1"):
    """|f - g|, or its square, summed over the features, the mean over the batch.

    Section 4 of the paper, "Domain Adaptation": "the L1 distance between the features extracted by
    the highest layer of the discriminators"; the released code takes the square.

    Args:
      first: [N, F] features of images.
      second: [N, F] features of their counterparts.
      kind: ``l1`` or ``squared``.

    Returns:
      float32 scalar.
    """
    difference = tf.cast(first, tf.float32) - tf.cast(second, tf.float32)
    size = tf.abs(difference) if kind == "l1" else tf.square(difference)
    return tf.reduce_mean(tf.reduce_sum(size, axis=-1))
