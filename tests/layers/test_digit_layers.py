"""What the networks of digits add: a pixel grown, places told, even kernels; by hand."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.blocks import UpBlock
from unit_tf.layers.digit_layers import Coordinates, GrowBlock
from unit_tf.layers.reversal import reverse_gradient


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


@pytest.mark.parametrize("kernel", [1, 3, 4])
def test_growing_is_a_transposed_convolution_of_one_pixel(kernel):
    """Of stride 1, unpadded, whose kernel is the matrix, tap by tap."""
    layer, x = GrowBlock(5, kernel), noise((2, 1, 1, 3))
    layer.build(x.shape)
    layer.dense.bias.assign(noise(layer.dense.bias.shape, 1))
    taps = tf.reshape(layer.dense.kernel, (3, kernel, kernel, 5))
    wanted = tf.nn.conv2d_transpose(
        x, tf.transpose(taps, (1, 2, 3, 0)), (2, kernel, kernel, 5), 1, "VALID"
    )
    wanted += tf.reshape(layer.dense.bias, (kernel, kernel, 5))
    np.testing.assert_allclose(layer(x), wanted, atol=1e-5)


def test_growing_by_hand():
    """Code 2 times taps 1 2 3 4, row by row, through a LeakyReLU."""
    layer = GrowBlock(1, 2, activation="leaky_relu", slope=0.1)
    layer.build((None, 1, 1, 1))
    layer.dense.kernel.assign([[1, 2, -3, 4]])
    y = layer(tf.fill((1, 1, 1, 1), 2.0))
    np.testing.assert_allclose(y[0, :, :, 0], [[2, 4], [-0.6, 8]], rtol=1e-6)


def test_growing_normalises_over_pixels_and_batch():
    layer = GrowBlock(3, 4, "batch")
    y = layer(noise((8, 1, 1, 6)), training=True).numpy()
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(y.var((0, 1, 2)), 1, atol=1e-3)


def test_coordinates_are_column_and_row():
    """From -1 at the first pixel, in steps of 2 / S, behind the channels that were there."""
    x = noise((2, 2, 4, 3))
    y = Coordinates()(x).numpy()
    np.testing.assert_array_equal(y[..., :3], x)
    for image in y:
        np.testing.assert_array_equal(image[..., 3], [[-1, -0.5, 0, 0.5]] * 2)
        np.testing.assert_array_equal(image[..., 4], [[-1] * 4, [0] * 4])


@pytest.mark.parametrize("sides", [(4, 4), (3, 5), (1, 1)])
@pytest.mark.parametrize("kernel", [2, 4, 6])
def test_even_kernels_are_cut_out_of_the_full_result(kernel, sides):
    """From (k - 1) // 2 on, 2H x 2W of the unpadded 2H + k - 2 rows."""
    layer, x = UpBlock(5, kernel, activation=None), noise((2, *sides, 3))
    layer.build(x.shape)
    layer.conv.bias.assign(noise((5,), 1))
    full = [2 * side + kernel - 2 for side in sides]
    wanted = tf.nn.conv2d_transpose(x, layer.conv.kernel, (2, *full, 5), 2, "VALID")
    first, (height, width) = (kernel - 1) // 2, sides
    wanted = wanted[:, first : first + 2 * height, first : first + 2 * width] + layer.conv.bias
    np.testing.assert_allclose(layer(x), wanted, atol=1e-5)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_reversal_turns_the_gradient_and_nothing_else(compiled):
    x = tf.Variable([1.0, -2.0, 3.0])

    def both():
        with tf.GradientTape() as tape:
            y = reverse_gradient(x)
            loss = tf.reduce_sum(y * [1.0, 10.0, 100.0])
        return y, tape.gradient(loss, x)

    y, gradient = (tf.function(both, autograph=False) if compiled else both)()
    np.testing.assert_array_equal(y, [1, -2, 3])
    np.testing.assert_array_equal(gradient, [-1, -10, -100])
