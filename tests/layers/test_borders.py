"""Mirrored and cut borders are TensorFlow's, to the last bit, and so are their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import borders
from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.subpixel import faster_doubling

# (height, width), border: wide images, and such that show a row at both ends.
SIZES = [((8, 9), 1), ((9, 8), 3), ((4, 8), 2), ((3, 7), 2), ((4, 4), 3), ((2, 5), 1)]


def images(shape, dtype="float32", seed=1):
    return tf.cast(np.random.default_rng(seed).normal(size=shape), dtype)


def with_gradient(function, x):
    """(function(x), the gradient that a random upstream has there)."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y, tape.gradient(y, x, images(y.shape, y.dtype, seed=2))


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("edge", [False, True])
@pytest.mark.parametrize(("size", "border"), SIZES)
def test_mirrored_borders_are_those_of_pad(size, border, edge, dtype):
    x = images((2, *size, 3), dtype)
    width = [[0, 0], [border, border], [border, border], [0, 0]]
    expected = with_gradient(lambda x: tf.pad(x, width, "SYMMETRIC" if edge else "REFLECT"), x)
    assert_same(with_gradient(lambda x: borders.mirror_pad(x, border, edge), x), expected)


@pytest.mark.parametrize("edge", [False, True])
def test_mirrored_borders_of_unknown_sides(edge):
    x = images((2, 5, 6, 3))
    pad = tf.function(
        lambda x: borders.mirror_pad(x, 2, edge),
        input_signature=[tf.TensorSpec((None, None, None, 3))],
    )
    assert_same(with_gradient(pad, x), with_gradient(lambda x: borders.mirror_pad(x, 2, edge), x))


@pytest.mark.parametrize("sides", [(6, 5), (None, 5), (None, None)])
def test_a_crop_is_the_slice(sides):
    x = images((2, 6, 5, 3))
    signature = [tf.TensorSpec((None, *sides, 3))]
    crop = tf.function(lambda x: borders.crop(x, 2), input_signature=signature)
    assert_same(with_gradient(crop, x), with_gradient(lambda x: x[:, 2:-2, 2:-2], x))


def test_a_window_is_the_slice():
    x = images((2, 6, 7, 3))
    expected = with_gradient(lambda x: x[:, 1:5, 1:4], x)
    assert_same(with_gradient(lambda x: borders.window(x, 1, 4, 3), x), expected)


@pytest.mark.parametrize(
    "block",
    [
        ConvBlock(2, 7, padding="reflect"),
        ConvBlock(2, 4, stride=2, padding="reflect"),
        UpBlock(2, 3, mode="transpose"),
        UpBlock(2, 3, mode="nearest"),
        UpBlock(2, 5, mode="nearest", padding="reflect"),
    ],
    ids=["conv", "strided conv", "transposed conv", "doubling 3x3", "doubling 5x5"],
)
def test_no_block_has_a_gradient_that_goes_pixel_by_pixel(block):
    """Rows and columns of a border may be slices; what is as large as the image may not."""

    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape, faster_doubling():
            tape.watch(x)
            y = block(x)
        return tape.gradient(y, x)

    operations = gradient.get_concrete_function(
        tf.TensorSpec((2, 16, 16, 3))
    ).graph.get_operations()
    assert "MirrorPad" not in {op.type for op in operations}
    for op in operations:
        if op.type == "StridedSliceGrad":
            upstream = op.inputs[4].shape
            assert min(upstream[1:3]) <= 4, f"{op.name}: {upstream}"
