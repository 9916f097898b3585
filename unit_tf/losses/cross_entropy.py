"""The classification loss."""

import tensorflow as tf


def cross_entropy(labels, logits):
    """-log softmax(logits)[label], the mean over the batch.

    The classifiers' loss of section 4, "Domain Adaptation"; the paper gives it no equation.

    Args:
      labels: int32 [N], each in 0 … K - 1.
      logits: [N, K].

    Returns:
      float32 scalar.

    Example:
      >>> round(float(cross_entropy(tf.constant([1]), tf.constant([[0.0, 0.0]]))), 3)  # log 2
      0.693
    """
    logits = tf.cast(logits, tf.float32)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
