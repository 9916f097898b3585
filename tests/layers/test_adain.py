"""Adaptive instance normalisation and its blocks, by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.adain import (
    AdaptiveInstanceNormalization,
    AdaptiveResidualBlock,
    StyleSpent,
)
from unit_tf.layers.norm import InstanceNormalization


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def test_by_hand():
    """Channel of 1 and 3: mean 2, deviation 1; beta 10, gamma 5 give 5 and 15."""
    x = tf.constant([1.0, 3.0], shape=(1, 1, 2, 1))
    y = AdaptiveInstanceNormalization(epsilon=1e-9)((x, tf.constant([[10.0, 5.0]])))
    np.testing.assert_allclose(y[0, 0, :, 0], [5, 15], rtol=1e-6)


def test_the_output_has_the_styles_statistics():
    """Mean beta and deviation |gamma|, of each picture and channel on its own."""
    x, style = noise((2, 8, 8, 3)), noise((2, 6), 1)
    y = AdaptiveInstanceNormalization()((x, style)).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), style[:, :3], atol=1e-5)
    np.testing.assert_allclose(y.std((1, 2)), np.abs(style[:, 3:]), atol=1e-4)


def test_neutral_parameters_are_instance_normalisation():
    x = noise((2, 4, 4, 3))
    y = AdaptiveInstanceNormalization()((x, tf.repeat([[0.0, 1.0]], [3, 3], axis=1)))
    np.testing.assert_allclose(y, InstanceNormalization()(x), atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_a_flat_picture_has_finite_gradients(policy):
    """It becomes beta."""
    x, style = tf.fill((1, 4, 4, 2), 0.5), tf.constant([[1.0, 2.0, 3.0, 4.0]])
    layer = AdaptiveInstanceNormalization(dtype=policy)
    with tf.GradientTape() as tape:
        tape.watch([x, style])
        y = layer((x, style))
        total = tf.reduce_sum(tf.cast(y, tf.float32) ** 2)
    assert y.dtype == layer.compute_dtype
    np.testing.assert_allclose(y[0, 0, 0], [1, 2], atol=1e-3)
    assert all(np.isfinite(g).all() for g in tape.gradient(total, [x, style]))


def test_each_block_takes_its_own_parameters():
    """From the front, what is behind is handed on untouched; its four parts all count."""
    block, x, parameters = AdaptiveResidualBlock(2), noise((1, 4, 4, 2)), noise((1, 11), 1)
    y, rest = block((x, parameters))
    assert block.num_parameters == 8
    np.testing.assert_array_equal(rest, parameters[:, 8:])
    other, _ = block((x, parameters + tf.one_hot([9], 11)))
    np.testing.assert_array_equal(other, y)
    for part in range(0, 8, 2):
        other, _ = block((x, parameters + tf.one_hot([part], 11)))
        assert not np.allclose(other, y), part


def test_a_block_is_two_convolutions_normalised():
    """In the order that the released networks have them, with the input added."""
    block, x = AdaptiveResidualBlock(3, padding="reflect"), noise((2, 6, 6, 3))
    first, second = noise((2, 6), 1), noise((2, 6), 2)
    y, _ = block((x, tf.concat([first, second], 1)))
    norm = AdaptiveInstanceNormalization()
    wanted = norm((block.second(tf.nn.relu(norm((block.first(x), first)))), second))
    np.testing.assert_allclose(y, x + wanted, atol=1e-5)


def test_a_block_without_contrast_is_the_identity():
    """Gamma and beta of 0 erase it."""
    x = noise((1, 4, 4, 2))
    y, _ = AdaptiveResidualBlock(2)((x, tf.zeros((1, 8))))
    np.testing.assert_allclose(y, x, atol=1e-6)


def test_nothing_is_left_over():
    spent = StyleSpent()
    spent.build(((None, 4, 4, 2), (None, 0)))
    assert spent.compute_output_shape(((None, 4, 4, 2), (None, 0))) == (None, 4, 4, 2)
    with pytest.raises(ValueError, match="4 parameters of the style are used by no block"):
        StyleSpent().build(((None, 4, 4, 2), (None, 4)))


def test_layers_come_back_from_their_configuration():
    layer = AdaptiveInstanceNormalization(epsilon=1e-3)
    again = AdaptiveInstanceNormalization.from_config(layer.get_config())
    assert again.epsilon == 1e-3 and isinstance(again, keras.layers.Layer)
