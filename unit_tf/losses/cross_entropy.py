"""How well class logits agree with labels."""

import tensorflow as tf


def cross_entropy(labels, logits):
    """-log softmax(logits)[label], the mean over the batch.

    Args:
      labels: int32 [N], each in 0 … K - 1.
      logits: [N, K].

    Returns:
      float32 scalar.
    """
    logits = tf.cast(logits, tf.float32)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
