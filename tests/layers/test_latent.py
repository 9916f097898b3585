"""The sampled code, and noise that does not depend on the number of replicas."""

import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.latent import replica_normal, sample_code

SEED = tf.constant([3, 4], tf.int32)
MU = tf.reshape(tf.range(8, dtype=tf.float32), (2, 2, 1, 2))


def test_sample_is_mean_plus_scaled_noise():
    eta = tf.reverse(MU, [0])
    np.testing.assert_allclose(sample_code(MU, eta, 0.5), MU + 0.5 * eta)
    np.testing.assert_allclose(sample_code(MU, eta), MU + eta)


@pytest.mark.parametrize(("eta", "noise"), [(None, 1.0), (MU, 0.0)])
def test_without_noise_the_code_is_its_mean(eta, noise):
    """The very tensor: nothing is added to the graph."""
    assert sample_code(MU, eta, noise) is MU


def test_sample_has_the_means_type():
    """Noise is sampled in float32, codes may be half."""
    code = sample_code(tf.cast(MU, tf.bfloat16), MU, 2.0)
    assert code.dtype == tf.bfloat16
    np.testing.assert_array_equal(tf.cast(code, tf.float32), 3 * MU)


def test_gradient_passes_to_the_mean_unchanged():
    """The reparameterisation: dz/dmu = 1."""
    mu = tf.Variable(MU)
    with tf.GradientTape() as tape:
        z = sample_code(mu, MU, 0.5)
    np.testing.assert_array_equal(tape.gradient(z, mu), np.ones(MU.shape))


def test_noise_is_standard_normal_and_a_function_of_the_seed():
    shape = (4, 16, 16, 8)
    eta = replica_normal(shape, SEED)
    assert (eta.shape, eta.dtype) == (shape, tf.float32)
    np.testing.assert_allclose([np.mean(eta), np.std(eta)], [0, 1], atol=0.05)
    np.testing.assert_array_equal(eta, replica_normal(shape, SEED))
    assert np.mean(eta.numpy() == replica_normal(shape, SEED + 1).numpy()) < 0.01


def test_rows_differ():
    """Two equal images get different noise."""
    eta = replica_normal((2, 4, 4, 1), SEED).numpy()
    assert not np.isclose(eta[0], eta[1]).any()


def test_shape_may_be_a_tensor():
    graph = tf.function(lambda x: replica_normal((tf.shape(x)[0], 4, 4, 2), SEED))
    np.testing.assert_array_equal(graph(tf.zeros((3, 1))), replica_normal((3, 4, 4, 2), SEED))


@pytest.mark.parametrize("replicas", [2, 3])
def test_replicas_see_the_rows_of_one_devices_batch(monkeypatch, replicas):
    """Side by side, the shares of N replicas are the noise of the global batch on one device."""
    whole = replica_normal((2 * replicas, 4, 4, 2), SEED)
    shares = []
    for replica in range(replicas):
        context = types.SimpleNamespace(
            num_replicas_in_sync=replicas, replica_id_in_sync_group=tf.constant(replica)
        )
        monkeypatch.setattr(tf.distribute, "get_replica_context", lambda c=context: c)
        shares.append(replica_normal((2, 4, 4, 2), SEED))
    np.testing.assert_array_equal(tf.concat(shares, 0), whole)


def test_outside_a_replica_context():
    """In a strategy's cross-replica context there is one batch."""
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    with strategy.scope():
        eta = replica_normal((2, 4, 4, 2), SEED)
    np.testing.assert_array_equal(eta, replica_normal((2, 4, 4, 2), SEED))
