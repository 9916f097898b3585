"""Layers that are new in a grown network: what they compute before they are trained."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.blocks import ConvBlock, UpBlock
from unit_tf.layers.norm import ImageLayerNormalization
from unit_tf.methods.growth import Growth, passing


def passed(layer, name, x):
    """What a layer of that name gives for an image, with its variables as ``passing`` has them."""
    layer.build(x.shape)
    for variable in layer.weights:
        path = f"{name}/{variable.path.partition('/')[2]}"
        variable.assign(passing(path, variable.shape))
    return np.asarray(layer(x))


@pytest.fixture
def x():
    """Positive numbers, which activations leave as they are."""
    values = np.random.default_rng(0).uniform(0.1, 1, (2, 8, 12, 4))
    return tf.constant(values.astype(np.float32))


@pytest.mark.parametrize("padding", ["zero", "reflect"])
@pytest.mark.parametrize("kernel", [3, 4])
def test_a_new_convolution_gives_the_mean_of_four_pixels(x, kernel, padding):
    layer = ConvBlock(4, kernel, 2, padding=padding, activation="relu", name="conv1")
    expected = tf.nn.avg_pool2d(x, 2, 2, "VALID")
    np.testing.assert_allclose(passed(layer, "encoder_a/conv1", x), expected, atol=1e-6)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("mode", ["nearest", "transpose"])
def test_a_new_doubling_gives_each_pixel_four_times(x, mode, kernel):
    layer = UpBlock(4, kernel, mode, activation="relu", name="up2")
    expected = np.asarray(x).repeat(2, 1).repeat(2, 2)
    found = passed(layer, "generator_b/up2", x)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_new_norm_gives_back_the_statistics_of_what_a_relu_left():
    norm = ImageLayerNormalization(name="norm")
    x = np.maximum(np.random.default_rng(0).normal(size=(1, 64, 64, 8)), 0).astype(np.float32)
    found = passed(norm, "generator_a/up2/norm", tf.constant(x))
    np.testing.assert_allclose(found, x, atol=0.02)


def test_an_instance_norm_lets_a_new_convolution_pass_what_is_above_the_mean(x):
    """The docs say so: the rest is zero, and scales are each channel's own."""
    layer = ConvBlock(4, 3, 2, norm="instance", activation="relu", name="conv1")
    found = passed(layer, "encoder_a/conv1", x)
    mean = np.asarray(tf.nn.avg_pool2d(x, 2, 2, "VALID"))
    above = mean > mean.mean((1, 2), keepdims=True)
    np.testing.assert_array_equal(found > 0, above)


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("encoder_a/conv0/conv/kernel", "encoder_a/conv0/conv/kernel"),
        ("encoder_b/conv1/conv/bias", None),
        ("encoder_b/conv2/conv/bias", None),
        ("encoder_a/conv3/conv/kernel", "encoder_a/conv1/conv/kernel"),
        ("encoder_a/conv12/conv/kernel", "encoder_a/conv10/conv/kernel"),
        ("encoder_a/block1/first/conv/kernel", "encoder_a/block1/first/conv/kernel"),
        ("style_encoder_a/conv1/conv/kernel", "style_encoder_a/conv1/conv/kernel"),
        ("discriminator0_a/conv1/conv/kernel", "discriminator0_a/conv1/conv/kernel"),
        ("generator_a/up1/conv/kernel", "generator_a/up1/conv/kernel"),
        ("generator_a/up2/conv/kernel", None),
        ("generator_b/up3/norm/gamma", None),
        ("generator_b/last/conv/kernel", "generator_b/last/conv/kernel"),
    ],
)
def test_layers_within_keep_their_place_relative_to_the_code(name, before):
    assert Growth(before=2, more=2).name_before(name) == before
