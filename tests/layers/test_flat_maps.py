"""Gradients through normalisations of maps in which nothing varies, or next to nothing."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.adain import AdaptiveInstanceNormalization
from unit_tf.layers.dtypes import dtype_policy
from unit_tf.layers.norm import ImageLayerNormalization, InstanceNormalization
from unit_tf.losses.perceptual import perceptual_distance

EPSILON = 1e-5
BOUND = (2 * EPSILON) ** -0.5  # of one layer: where the variance is epsilon


def adaptive(x, training):
    gammas = tf.concat([tf.zeros([1, x.shape[-1]]), tf.ones([1, x.shape[-1]])], -1)
    return AdaptiveInstanceNormalization()((x, gammas), training=training)


LAYERS = {
    "instance": lambda x, training: InstanceNormalization()(x, training=training),
    "layer": lambda x, training: ImageLayerNormalization()(x, training=training),
    "adaptive": adaptive,
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def varied(deviation, shape=(1, 8, 8, 4), mean=0.9):
    values = np.random.default_rng(0).normal(0, 1, shape)
    values = (values - values.mean((1, 2), keepdims=True)) / values.std((1, 2), keepdims=True)
    return tf.constant(mean + deviation * values, tf.float32)


def gradient(call, x, training=True):
    """d sum(y * c) / dx for a random c of unit size."""
    cotangent = tf.constant(np.random.default_rng(1).normal(0, 1, x.shape), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = call(x, training)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) * cotangent)
    return tf.cast(tape.gradient(loss, x), tf.float32).numpy()


@every_layer
@pytest.mark.parametrize("deviation", [0.01, 0.1, 1])
def test_maps_that_vary_have_the_exact_gradient(name, deviation):
    """Bit for bit the gradient of the same layer outside of training."""
    x = varied(deviation)
    exact = gradient(LAYERS[name], x, training=False)
    np.testing.assert_array_equal(gradient(LAYERS[name], x), exact)


@every_layer
@pytest.mark.parametrize("share", [0.5, 0.1, 0.01])
def test_below_epsilon_it_fades_with_the_variance(name, share):
    x = varied((share * EPSILON) ** 0.5)
    exact = gradient(LAYERS[name], x, training=False)
    np.testing.assert_allclose(gradient(LAYERS[name], x), share * exact, rtol=0.02, atol=1e-4)


@every_layer
@pytest.mark.parametrize("deviation", [0, 1e-7, 1e-4, 1e-3, EPSILON**0.5, 0.01])
def test_no_layer_multiplies_by_more_than_the_bound(name, deviation):
    x = varied(deviation)
    found = np.linalg.norm(gradient(LAYERS[name], x))
    coming_in = np.linalg.norm(np.random.default_rng(1).normal(0, 1, x.shape))
    assert found <= 1.01 * BOUND * coming_in


@every_layer
@pytest.mark.parametrize("deviation", [0, 1e-3, 1])
def test_what_they_compute_is_the_same(name, deviation):
    x = varied(deviation)
    np.testing.assert_array_equal(LAYERS[name](x, True), LAYERS[name](x, False))


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
@every_layer
def test_a_row_of_flat_layers_passes_nothing_on(name, precision):
    """Twenty of them multiplied gradients by 1e18 before."""
    with dtype_policy(precision):

        def row(x, training):
            for _ in range(20):
                x = LAYERS[name](x, training)
            return x

        found = gradient(row, tf.ones((1, 8, 8, 4)))
    np.testing.assert_array_equal(found, np.zeros_like(found))


def test_without_the_factor_a_row_explodes():
    """The test above can fail: outside of training the exact gradient is still there."""

    def row(x, training):
        for _ in range(6):
            x = LAYERS["instance"](x, training)
        return x

    assert np.abs(gradient(row, tf.ones((1, 8, 8, 4)), training=False)).max() > 1e12


def test_the_perceptual_term_has_it_too():
    """The term normalises features, and a flat image has flat features."""
    x = varied(1e-4, (1, 4, 4, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        distance = perceptual_distance(x, varied(1.0, (1, 4, 4, 3)))
    # d sum((a - b)^2) = 2 (a - b) da, and da fades: below a hundredth of 316 times 2 (a - b).
    assert np.abs(tape.gradient(distance, x)).max() * x.shape.num_elements() < 2 * 4 * 3.16
