"""How well class logits agree with labels, or how sure they are without any."""

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


def entropy(logits):
    """-sum_k p_k log p_k of p = softmax(logits), the mean over the batch.

    Low where a classifier is sure of itself; needs no label (Grandvalet, Bengio 2004).

    Args:
      logits: [N, K].

    Returns:
      float32 scalar.
    """
    log_p = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    return -tf.reduce_mean(tf.reduce_sum(tf.exp(log_p) * log_p, axis=-1))
