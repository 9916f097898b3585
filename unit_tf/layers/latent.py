"""The stochastic code of a VAE with unit variance, and noise that does not depend on replicas."""

import contextlib
import threading

import tensorflow as tf

_PART = threading.local()  # replicas are traced in threads of their own


@contextlib.contextmanager
def part_of_batch(index, count):
    """Makes the noise inside the block one part of this replica's share.

    Args:
      index: which part, from 0; may be a tensor.
      count: number of parts, all of one size.
    """
    _PART.index, _PART.count = index, count
    try:
        yield
    finally:
        _PART.index, _PART.count = 0, 1


def replica_normal(shape, seed):
    """Standard normal noise for this replica's share of the global batch.

    The noise of the whole global batch is sampled with ``seed``, and this replica's rows are cut
    out; inside ``part_of_batch`` only the rows of that part. So N replicas see exactly the numbers
    that one device would see, and the parts of a batch those that the whole would see.

    Args:
      shape: (batch of this replica, or its part, ...); any entry may be a scalar tensor.
      seed: int32 tensor [2].

    Returns:
      float32 tensor of ``shape``.
    """
    context = tf.distribute.get_replica_context()
    replicas = context.num_replicas_in_sync if context else 1
    index, parts = getattr(_PART, "index", 0), getattr(_PART, "count", 1)
    if replicas == parts == 1:
        return tf.random.stateless_normal(shape, seed, alg="philox")
    rows = shape[0]
    total = rows * replicas * parts
    noise = tf.random.stateless_normal((total, *shape[1:]), seed, alg="philox")
    replica = context.replica_id_in_sync_group if context else 0
    # By a number, as XLA cuts out nothing whose size it does not know.
    return tf.reshape(noise, (replicas * parts, *shape))[replica * parts + index]


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
