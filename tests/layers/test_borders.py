"""Mirrored and cut borders are TensorFlow's, to the last bit, and so are their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import borders
from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.subpixel import faster_doubling

# ((height, width), border). The small images show the same rows at both ends.
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


def test_a_graph_knows_what_a_window_of_unknown_sides_holds():
    """Else Keras takes a convolution behind it for a grouped one, which it compiles by XLA."""
    block = UpBlock(4, 3, mode="transpose")
    block.build((None, None, None, 3))

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 3))])
    def doubled(x):
        y = block(x)
        assert y.shape.as_list() == [1, None, None, 4]
        return y

    x = images((1, 5, 6, 3))
    np.testing.assert_allclose(doubled(x), block(x), atol=1e-6)


@pytest.mark.parametrize("edge", [False, True])
def test_too_wide_a_border_is_refused_as_by_pad(edge):
    with pytest.raises(tf.errors.InvalidArgumentError, match="paddings must be"):
        borders.mirror_pad(images((1, 3, 5, 1)), 4, edge)


def test_gpus_mirror_by_their_own_kernel(monkeypatch):
    def operations(x):
        run = tf.function(lambda x: borders.mirror_pad(x, 1, edge=False))
        graph = run.get_concrete_function(x).graph
        return {op.type for op in graph.get_operations()}

    x = images((1, 4, 4, 1))
    assert "MirrorPad" not in operations(x)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    assert "MirrorPad" in operations(x)


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
def test_no_block_mirrors_or_cuts_pixel_by_pixel(block):
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
