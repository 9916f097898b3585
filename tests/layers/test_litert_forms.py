"""The LiteRT forms compute what the plain ones do."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import litert_forms
from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.norm import ImageLayerNormalization, InstanceNormalization, mean_square


def both(layer, x):
    """(plain form, LiteRT form) of a layer's output, the latter inside a graph as in an export."""

    @tf.function
    def lowered(x):
        with litert_forms.for_litert():
            return layer(x)

    return layer(x).numpy(), lowered(x).numpy()


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 5)])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6])
def test_transposed_convolution(kernel, size):
    layer = UpBlock(4, kernel, activation=None)
    x = tf.random.stateless_normal([2, *size, 3], (1, kernel))
    layer(x)
    layer.conv.bias.assign([1, 2, 3, 4])
    plain, lowered = both(layer, x)
    assert plain.shape == lowered.shape == (2, 2 * size[0], 2 * size[1], 4)
    np.testing.assert_allclose(lowered, plain, atol=1e-5)


def test_transposed_convolution_by_hand():
    """One pixel of 1 under taps 1 2 3: the middle tap falls on it, the last one beside it."""
    kernel = tf.reshape(tf.constant([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]), [3, 3, 1, 1])
    out = litert_forms.transposed_conv(tf.ones([1, 1, 1, 1]), kernel, tf.constant([0.5]), 1)
    np.testing.assert_allclose(out[0, :, :, 0], [[5.5, 6.5], [8.5, 9.5]])


@pytest.mark.parametrize("border", [1, 2, 3])
def test_reflect_padding(border):
    x = tf.random.stateless_normal([2, 4, 5, 3], (0, border))
    widths = [[0, 0], [border] * 2, [border] * 2, [0, 0]]
    assert np.array_equal(litert_forms.reflect_pad(x, border), np.pad(x, widths, mode="reflect"))


def test_reflected_blocks_use_it():
    layer = ConvBlock(2, 7, padding="reflect")
    x = tf.random.stateless_normal([1, 6, 6, 3], (3, 1))
    plain, lowered = both(layer, x)
    np.testing.assert_allclose(lowered, plain, atol=1e-6)
    with litert_forms.for_litert():
        graph = tf.function(layer).get_concrete_function(tf.TensorSpec([1, 6, 6, 3])).graph
    assert "MirrorPad" not in {op.type for op in graph.get_operations()}


@pytest.mark.parametrize("padding", ["zero", "reflect"])
def test_nearest_doubling(padding):
    layer = UpBlock(2, 5, mode="nearest", padding=padding)
    x = tf.random.stateless_normal([2, 3, 4, 3], (1, 1))
    plain, lowered = both(layer, x)
    np.testing.assert_allclose(lowered, plain, atol=1e-5)


def test_the_plain_form_comes_back_after_an_error():
    with pytest.raises(ValueError), litert_forms.for_litert():
        assert litert_forms.is_for_litert()
        raise ValueError
    assert not litert_forms.is_for_litert()


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axes", [(1, 2), (1, 2, 3)])
def test_means_in_stages_keep_the_digits_of_a_large_map(axes, keepdims):
    """Values of one sign, as a variance has: the sum of a million of them has few digits left."""
    x = np.random.default_rng(0).chisquare(1, (1, 700, 900, 2)).astype(np.float32)
    found = litert_forms.mean(tf.constant(x), axes, keepdims)
    expected = x.mean(axes, np.float64, keepdims=keepdims)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=2e-6)


@pytest.mark.parametrize("norm", [InstanceNormalization, ImageLayerNormalization])
def test_norms_take_them_in_a_graph_that_is_exported_and_in_no_other(norm):
    def means():
        run = tf.function(norm())
        graph = run.get_concrete_function(tf.TensorSpec([1, 6, 6, 3])).graph
        return [op.type for op in graph.get_operations()].count("Mean")

    assert means() == 2  # mean and variance
    with litert_forms.staged_means():
        assert means() == 2 * len(norm.axes) and not litert_forms.is_for_litert()
    with litert_forms.for_litert():
        assert means() == 2 * len(norm.axes)
        with litert_forms.staged_means():
            assert litert_forms.is_for_litert() and litert_forms.is_subpixel()
    assert means() == 2


@pytest.mark.parametrize("form", [litert_forms.for_litert, litert_forms.staged_means])
@pytest.mark.parametrize("norm", [InstanceNormalization, ImageLayerNormalization])
def test_scaled_squares_change_no_bit_of_float32(norm, form):
    x = tf.random.stateless_normal([2, 9, 7, 5], (1, 2)) * [1e-3, 0.1, 1.0, 50.0, 1e4]
    layer = norm()
    with form():
        plain = layer(x)
    with litert_forms.scaled_squares(), form():
        assert litert_forms.has_scaled_squares() and litert_forms.has_staged_means()
        np.testing.assert_array_equal(layer(x), plain)
    assert not litert_forms.has_scaled_squares()


def test_scaled_squares_fit_float16():
    """One value of 1000: its square is a million, and the mean of 1024 squares is 977."""
    x = np.zeros((1, 32, 32, 1), np.float16)
    x[0, 5, 5] = 1000
    with litert_forms.staged_means():
        assert np.isinf(mean_square(tf.constant(x), (1, 2)))
        with litert_forms.scaled_squares():
            found = mean_square(tf.constant(x), (1, 2))
    assert found.dtype == tf.float16
    np.testing.assert_allclose(found, 1e6 / 1024, rtol=2e-3)
