"""Every kind of layer passes a probe's deviation on; expected numbers are worked out by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.adain import AdaptiveResidualBlock
from unit_tf.layers.blocks import BlurHalve, ConvBlock, ResidualBlock, UpBlock
from unit_tf.layers.chain import Chain
from unit_tf.layers.digit_layers import GrowBlock
from unit_tf.layers.unit_variance import BEFORE_TANH, branch_scale, deviation, factor, rescale

STEP = 2 ** (1 / 8)  # twice half a step of factor: a chain of two may be off by both


def noise(shape, seed=0, deviation=0.5):
    return tf.constant(np.random.default_rng(seed).normal(0, deviation, shape), tf.float32)


def built(layer, shape):
    layer.build(shape)
    return layer


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        (1.0, 1.0, 1.0), (0.25, 1.0, 4.0), (8.0, 1.0, 1 / 8), (1.0, 1.05, 2 ** (1 / 8)),
        (1.0, 1.02, 1.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (float("nan"), 1.0, 1.0),
        (float("inf"), 1.0, 1.0),
    ],
)  # fmt: skip
def test_factors_are_eighths_of_an_octave(found, wanted, expected):
    """1.05 is nearer to 2^(1/8) = 1.09 than to 1; a flat or broken layer is left alone."""
    assert factor(found, wanted) == expected


def test_rounding_hides_the_order_of_sums():
    """A deviation that differs in its last bits gives the same factor."""
    assert factor(0.3, 1) == factor(0.3 * (1 + 1e-6), 1)


@pytest.mark.parametrize(("blocks", "scale"), [(0, 1), (1, 1), (4, 0.5), (16, 0.25)])
def test_branch_scale(blocks, scale):
    assert branch_scale(blocks) == scale


LAYERS = {
    "conv": (lambda: ConvBlock(8, 3, 2, activation="relu"), (4, 16, 16, 3)),
    "conv/leaky": (lambda: ConvBlock(4, 7, activation="leaky_relu"), (4, 16, 16, 3)),
    "conv/linear": (lambda: ConvBlock(4, 1), (4, 16, 16, 6)),
    "up/transpose": (lambda: UpBlock(4), (4, 8, 8, 8)),
    "up/even": (lambda: UpBlock(4, 4), (4, 8, 8, 8)),
    "up/nearest": (lambda: UpBlock(4, 5, "nearest", "reflect", activation="relu"), (4, 8, 8, 8)),
    "grow": (lambda: GrowBlock(8, activation="leaky_relu"), (16, 1, 1, 12)),
    "dense": (lambda: keras.layers.Dense(16, "relu"), (32, 8)),
    "chain": (lambda: Chain([ConvBlock(4, 3, activation="relu"), UpBlock(4)]), (4, 8, 8, 3)),
}


@pytest.mark.parametrize("wanted", [None, 2.0])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_gives_the_deviation_that_is_wanted(name, wanted):
    """The default is the input's deviation. The result is the rescaled layer's own output."""
    construct, shape = LAYERS[name]
    layer, x = built(construct(), shape), 3 * noise(shape)
    y = rescale(layer, x, wanted)
    ratio = deviation(y) / (wanted or deviation(x))
    assert 1 / STEP <= ratio <= STEP
    np.testing.assert_allclose(layer(x), y, rtol=1e-4, atol=1e-5)


def test_tanh_starts_small():
    layer, x = built(ConvBlock(3, 7, activation="tanh"), (4, 16, 16, 8)), noise((4, 16, 16, 8))
    rescale(layer, x)
    before = deviation(layer.convolve(x))
    assert BEFORE_TANH / STEP <= before <= BEFORE_TANH * STEP


@pytest.mark.parametrize("norm", [None, "instance"])
@pytest.mark.parametrize("filters", [6, 12], ids=["same", "widening"])
def test_a_branch_has_its_share(norm, filters):
    """A quarter of what it is added to: in its gain behind a norm, else in the second kernel."""
    block = built(ResidualBlock(filters, norm=norm, branch_scale=0.25), (4, 8, 8, 6))
    x = 3 * noise((4, 8, 8, 6))
    np.testing.assert_allclose(rescale(block, x), block(x), rtol=1e-4, atol=1e-4)
    share = deviation(block.branch(x)) / deviation(x)
    assert 0.25 / STEP <= share <= 0.25 * STEP
    assert 1 / STEP <= deviation(block.skip(x)) / deviation(x) <= STEP
    assert (block.gain is None) == (norm is None)


def test_an_adaptive_branch_has_its_share():
    """Whatever the style's parameters are."""
    block = AdaptiveResidualBlock(6, branch_scale=0.5)
    inputs = (noise((4, 8, 8, 6)), noise((4, block.num_parameters), 1, deviation=5))
    block.build(((4, 8, 8, 6), (4, block.num_parameters)))
    np.testing.assert_allclose(rescale(block, inputs)[0], block(inputs)[0], rtol=1e-4, atol=1e-4)
    share = deviation(block.branch(inputs)) / deviation(inputs[0])
    assert 0.5 / STEP <= share <= 0.5 * STEP


@pytest.mark.parametrize("norm", [None, "instance"])
def test_without_a_share_a_block_is_a_plain_sum(norm):
    """The released start: no variable is added, so old checkpoints fit."""
    plain = built(ResidualBlock(6, norm=norm), (1, 8, 8, 6))
    assert not any("gain" in w.path for w in plain.weights)
    x = noise((1, 8, 8, 6))
    np.testing.assert_allclose(plain(x), x + plain.second(plain.first(x)), atol=1e-6)


def test_the_gain_is_learned():
    block = built(ResidualBlock(6, norm="instance", branch_scale=0.5), (1, 8, 8, 6))
    gains = [w for w in block.trainable_weights if w.name == "gain"]
    assert len(gains) == 1 and float(gains[0]) == 0.5


def test_layers_without_kernels_are_called():
    x = noise((1, 8, 8, 3))
    np.testing.assert_array_equal(rescale(BlurHalve(), x), BlurHalve()(x))


def test_a_dead_layer_stays_finite():
    """A probe for which no ReLU opens says nothing about the kernel's scale."""
    layer = built(ConvBlock(4, 3, activation="relu"), (1, 8, 8, 3))
    layer.conv.kernel.assign(-tf.abs(layer.conv.kernel))
    before = layer.conv.kernel.numpy()
    rescale(layer, tf.ones((1, 8, 8, 3)))
    np.testing.assert_array_equal(layer.conv.kernel, before)
