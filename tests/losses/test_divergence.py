"""KL(N(mu, I) || N(0, I)) = mu^2 / 2, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.divergence import kl_unit_gaussian

# Two codes of 2 x 1 x 2 elements: squares 1 4 9 0 and 0 0 0 16.
MU = np.array([[1, -2, 3, 0], [0, 0, 0, 4]], "float32").reshape(2, 2, 1, 2)


@pytest.mark.parametrize(("reduction", "value"), [("mean", 30 / 2 / 8), ("sum", (7 + 8) / 2)])
def test_value(reduction, value):
    """``sum`` adds a code's elements and averages the batch; ``mean`` averages all."""
    assert kl_unit_gaussian(tf.constant(MU), reduction).numpy() == pytest.approx(value)


@pytest.mark.parametrize(("reduction", "share"), [("mean", 1 / 8), ("sum", 1 / 2)])
def test_gradient_is_mu(reduction, share):
    """d/dmu mu^2/2 = mu, times the share that one element has."""
    mu = tf.Variable(MU)
    with tf.GradientTape() as tape:
        loss = kl_unit_gaussian(mu, reduction)
    np.testing.assert_allclose(tape.gradient(loss, mu), MU * share, rtol=1e-6)


def test_mean_is_the_default():
    assert kl_unit_gaussian(tf.constant(MU)).numpy() == pytest.approx(30 / 16)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_unknown_sides_and_half_precision(reduction):
    """Inside a tf.function that any size may enter, and in float32 whatever comes in."""
    signature = [tf.TensorSpec((None, None, None, 2), tf.bfloat16)]
    graph = tf.function(lambda mu: kl_unit_gaussian(mu, reduction), input_signature=signature)
    result = graph(tf.cast(MU, "bfloat16"))
    assert result.dtype == tf.float32
    assert result.numpy() == kl_unit_gaussian(tf.constant(MU), reduction).numpy()
