"""The domain-invariant perceptual distance, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.perceptual import perceptual_distance


def test_by_hand():
    """-1 1 against 1 -1: both normalised already, differences of 2, so 4."""
    x = tf.constant([-1.0, 1.0], shape=(1, 1, 2, 1))
    np.testing.assert_allclose(perceptual_distance(x, -x), 4, rtol=1e-4)


@pytest.mark.parametrize(("scale", "shift"), [(3, 0), (1, 5), (0.5, -2)])
def test_contrast_and_brightness_do_not_count(scale, shift):
    """Of each image and channel: what the domains differ in."""
    x = tf.constant(np.random.default_rng(0).normal(0, 1, (2, 4, 4, 3)), tf.float32)
    np.testing.assert_allclose(perceptual_distance(x, scale * x + shift), 0, atol=1e-6)


def test_flat_features_have_finite_gradients():
    x = tf.ones((1, 2, 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        distance = perceptual_distance(x, tf.zeros_like(x))
    assert distance == 0 and np.isfinite(tape.gradient(distance, x)).all()
