"""Adaptive instance normalisation and its blocks, by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import adain
from unit_tf.layers.adain import (
    AdaptiveInstanceNormalization,
    AdaptiveResidualBlock,
    StyleSpent,
)
from unit_tf.layers.norm import InstanceNormalization

# name -> (constructor, shapes of the features and of the style's parameters).
LAYERS = {
    "AdaptiveInstanceNormalization": (
        lambda: AdaptiveInstanceNormalization(epsilon=1e-3), [(2, 6, 5, 3), (2, 6)],
    ),
    "AdaptiveResidualBlock": (
        lambda: AdaptiveResidualBlock(2, padding="reflect"), [(2, 6, 5, 2), (2, 11)],
    ),
    "StyleSpent": (StyleSpent, [(2, 6, 5, 3), (2, 0)]),
}  # fmt: skip
every_layer = pytest.mark.parametrize("name", LAYERS)


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def test_by_hand():
    """Channel of 1 and 3: mean 2, deviation 1; beta 10, gamma 5 give 5 and 15."""
    x = tf.constant([1.0, 3.0], shape=(1, 1, 2, 1))
    y = AdaptiveInstanceNormalization(epsilon=1e-9)((x, tf.constant([[10.0, 5.0]])))
    np.testing.assert_allclose(y[0, 0, :, 0], [5, 15], rtol=1e-6)


def test_the_output_has_the_styles_statistics():
    """Mean beta and deviation |gamma|, of each image and channel on its own."""
    x, style = noise((2, 8, 8, 3)), noise((2, 6), 1)
    y = AdaptiveInstanceNormalization()((x, style)).numpy()
    np.testing.assert_allclose(y.mean((1, 2)), style[:, :3], atol=1e-5)
    np.testing.assert_allclose(y.std((1, 2)), np.abs(style[:, 3:]), atol=1e-4)


def test_neutral_parameters_are_instance_normalisation():
    x = noise((2, 4, 4, 3))
    y = AdaptiveInstanceNormalization()((x, tf.repeat([[0.0, 1.0]], [3, 3], axis=1)))
    np.testing.assert_allclose(y, InstanceNormalization()(x), atol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_a_flat_image_has_finite_gradients(policy):
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


@every_layer
def test_output_shapes_are_as_computed(name):
    """Also at another size and batch, through the same weights."""
    construct, shapes = LAYERS[name]
    layer = construct()
    for sides in ((6, 5), (9, 4)):
        pair = [(3, *sides, shapes[0][-1]), (3, shapes[1][-1])]
        found = layer([noise(shape) for shape in pair])
        assert tf.nest.map_structure(lambda y: tuple(y.shape), found) == (
            layer.compute_output_shape(pair)
        )


@every_layer
def test_graphs_take_any_size_and_gradients_reach_every_weight(name):
    construct, shapes = LAYERS[name]
    layer = construct()
    layer.build(shapes)
    signature = [
        tf.TensorSpec((None, None, None, shapes[0][-1])), tf.TensorSpec((None, shapes[1][-1])),
    ]  # fmt: skip
    graph = tf.function(lambda x, p: layer((x, p)), input_signature=signature, autograph=False)
    pair = [noise(shape, i) for i, shape in enumerate(shapes)]
    with tf.GradientTape() as tape:
        found = tf.nest.flatten(layer(pair))
        total = tf.reduce_sum(found[0] * noise(found[0].shape, 2))
    for one, other in zip(found, tf.nest.flatten(graph(*pair)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    for gradient in tape.gradient(total, layer.trainable_weights):
        assert gradient is not None and np.isfinite(gradient).all()


@every_layer
def test_mixed_bfloat16(name):
    """Near float32's result, with weights in float32."""
    construct, shapes = LAYERS[name]
    exact, pair = construct(), [noise(shape, i) for i, shape in enumerate(shapes)]
    expected = tf.nest.flatten(exact(pair))[0]
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    layer = construct()
    keras.config.set_dtype_policy(before)
    layer.build(shapes)
    layer.set_weights(exact.get_weights())
    found = tf.nest.flatten(layer(pair))[0]
    assert found.dtype == "bfloat16" and {w.dtype for w in layer.weights} <= {"float32"}
    np.testing.assert_allclose(tf.cast(found, tf.float32), expected, rtol=0.1, atol=0.1)


@every_layer
def test_a_layer_of_its_config_computes_the_same(name):
    construct, shapes = LAYERS[name]
    layer, pair = construct(), [noise(shape, i) for i, shape in enumerate(shapes)]
    expected = tf.nest.flatten(layer(pair))
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    again(pair)
    again.set_weights(layer.get_weights())
    assert again.get_config() == layer.get_config()
    for one, other in zip(tf.nest.flatten(again(pair)), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_layer_of_the_module_is_in_the_registry():
    public = {
        name for name, value in vars(adain).items()
        if isinstance(value, type) and value.__module__ == adain.__name__
    }  # fmt: skip
    assert public == set(LAYERS)
