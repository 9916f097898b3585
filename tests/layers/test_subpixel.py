"""Doubling in the small image computes what doubling and a convolution do."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers import litert_forms, subpixel
from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.chain import Chain


@pytest.mark.parametrize("padding", ["zero", "reflect"])
@pytest.mark.parametrize("size", [(2, 2), (2, 5), (7, 4)])
@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_it_equals_the_plain_form(kernel, size, padding):
    if kernel == 7 and padding == "reflect" and min(size) < 3:
        size = (3, 5)  # three pixels are reflected
    layer = UpBlock(4, kernel, mode="nearest", padding=padding, activation=None)
    x = tf.random.stateless_normal([2, *size, 3], (1, kernel))
    layer(x)
    layer.conv.conv.bias.assign([1, 2, 3, 4])
    plain = layer(x)
    with subpixel.faster_doubling():
        faster = layer(x)
    assert faster.shape == plain.shape == (2, 2 * size[0], 2 * size[1], 4)
    np.testing.assert_allclose(faster, plain, atol=2e-6)


@pytest.mark.parametrize("padding", ["zero", "reflect"])
@pytest.mark.parametrize("kernel", [3, 5])
def test_as_litert_runs_it(kernel, padding):
    """With operations that XNNPACK knows; the numbers are the same."""
    layer = UpBlock(4, kernel, mode="nearest", padding=padding, activation="relu")
    x = tf.random.stateless_normal([1, 5, 4, 3], (1, kernel))
    plain = layer(x)

    @tf.function(autograph=False)
    def exported(x):
        with litert_forms.for_litert(), subpixel.faster_doubling():
            return layer(x)

    np.testing.assert_allclose(exported(x), plain, atol=2e-6)
    found = {op.type for op in exported.get_concrete_function(x).graph.get_operations()}
    assert not found & {"MirrorPad", "Transpose"}


def test_by_hand():
    """One pixel under taps of 1: each result sees as many of its copies as lie under its taps."""
    out = subpixel.doubled_conv(tf.ones([1, 1, 1, 1]), tf.ones([3, 3, 1, 1]), tf.constant([0.5]))
    np.testing.assert_array_equal(out[0, :, :, 0], np.full((2, 2), 4.5))
    x = tf.constant([[1.0, 10.0]])[None, :, :, None]
    out = subpixel.doubled_conv(x, tf.ones([5, 5, 1, 1]), tf.zeros([1]))
    np.testing.assert_array_equal(out[0, :, :, 0], [[24, 44, 44, 42]] * 2)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_doubled_image_is_never_made(kernel):
    layer = UpBlock(2, kernel, mode="nearest")
    layer.build([None, None, None, 3])

    @tf.function(autograph=False)
    def faster(x):
        with subpixel.faster_doubling():
            return layer(x)

    graph = faster.get_concrete_function(tf.TensorSpec([1, 6, 6, 3])).graph
    read = [op.inputs[0].shape[1] for op in graph.get_operations() if op.type == "Conv2D"]
    assert read == [8]  # the image and a border, where twice the image would be 12 or more


def test_any_size_of_image_in_one_graph():
    layer = UpBlock(2, 5, mode="nearest", padding="reflect")

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None, None, 3])])
    def faster(x):
        with subpixel.faster_doubling():
            return layer(x)

    layer.build([None, None, None, 3])
    for size in [(2, 3), (5, 4)]:
        x = tf.random.stateless_normal([1, *size, 3], (2, 2))
        np.testing.assert_allclose(faster(x), layer(x), atol=2e-6)


@pytest.fixture
def chain():
    """(doubling's kernel, norm, padding, last kernel) -> a Chain of both, biases at random."""

    def build(kernel, norm, padding, last):
        up = UpBlock(4, kernel, mode="nearest", padding=padding, norm=norm, slope=0.2)
        chain = Chain([up, ConvBlock(2, last, padding=padding, activation="tanh")])
        chain.build([None, None, None, 3])
        for k, variable in enumerate(chain.trainable_variables):
            if variable.path.endswith("bias"):
                variable.assign(tf.random.stateless_normal(variable.shape, (k, k)))
        return chain

    return build


@pytest.mark.parametrize("padding", ["zero", "reflect"])
@pytest.mark.parametrize(
    ("kernel", "norm", "last"),
    [(3, None, 1), (5, None, 1), (3, None, 3), (3, "instance", 1), (1, None, 1)],
)
def test_with_the_layer_behind_it_equals_the_plain_form(chain, kernel, norm, last, padding):
    layers = chain(kernel, norm, padding, last)
    x = tf.random.stateless_normal([2, 4, 5, 3], (3, kernel))
    plain = layers(x)
    with subpixel.faster_doubling():
        faster = layers(x)
    assert faster.shape == plain.shape == (2, 8, 10, 2)
    np.testing.assert_allclose(faster, plain, atol=5e-6)


@pytest.mark.parametrize(("last", "moved"), [(1, 4), (3, 8)])
def test_pixels_are_moved_behind_a_layer_of_single_pixels(chain, last, moved):
    """Its output has two channels where its input has four; two pixels are moved at a time."""
    layers = chain(3, None, "zero", last)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec([None, None, None, 3])])
    def faster(x):
        with subpixel.faster_doubling():
            return layers(x)

    operations = faster.get_concrete_function().graph.get_operations()
    assert [op.inputs[0].shape[-1] for op in operations if op.type == "Transpose"] == [moved]


def test_gradients_reach_the_same_kernel():
    layer = UpBlock(2, 3, mode="nearest")
    x = tf.random.stateless_normal([1, 4, 4, 3], (5, 5))

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        return tape.gradient(loss, layer.conv.conv.kernel)

    layer(x)
    plain = gradient()
    with subpixel.faster_doubling():
        np.testing.assert_allclose(gradient(), plain, rtol=1e-4, atol=1e-4)
