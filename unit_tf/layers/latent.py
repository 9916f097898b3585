"""The stochastic code of a VAE with unit variance, and noise that does not depend on replicas."""

import tensorflow as tf


def replica_normal(shape, seed):
    """Standard normal noise for this replica's share of the global batch.

    The noise of the whole global batch is sampled with ``seed``, and this replica's rows are cut
    out. So N replicas see exactly the numbers that one device would see.

    Args:
      shape: (batch of this replica, ...); any entry may be a scalar tensor.
      seed: int32 tensor [2].

    Returns:
      float32 tensor of ``shape``.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    if replicas == 1:
        return tf.random.stateless_normal(shape, seed, alg="philox")
    rows = shape[0]
    noise = tf.random.stateless_normal((rows * replicas, *shape[1:]), seed, alg="philox")
    first = context.replica_id_in_sync_group * rows
    return noise[first : first + rows]


def sample_code(mu, eta, noise=1.0):
    """z = mu + noise * eta, the reparameterised sample of q(z|x) = N(mu, I) (section 3, "VAE").

    Args:
      mu: [N, h, w, c] mean of the code.
      eta: standard normal tensor of the same shape, or None for the mean itself.
      noise: standard deviation; 1 in the paper, 0 makes the code deterministic.

    Returns:
      tensor shaped and typed like ``mu``.
    """
    if eta is None or not noise:
        return mu
    return mu + tf.cast(noise * eta, mu.dtype)
