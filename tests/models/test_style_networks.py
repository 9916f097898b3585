"""MUNIT's style encoders and decoders: sizes, sharing, and what a style reaches."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.architectures import ARCHITECTURES, scaled
from unit_tf.models.coupled import DOMAINS
from unit_tf.models.style_networks import build_style_encoder, build_styled_generator

WIDTH = 1 / 16
CHANNELS = {"a": 1, "b": 3}


def noise(shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def make_generator(name="munit2018", style_size=5, **size):
    architecture = ARCHITECTURES[name]
    generator = build_styled_generator(architecture, CHANNELS, WIDTH, **size)
    filters = scaled(architecture.block[0], WIDTH)
    generator.build_both((None, None, None, filters), style_size)
    return generator, filters


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_style_of_the_smallest_image(name):
    architecture = ARCHITECTURES[name]
    side = architecture.smallest_styled
    encoder = build_style_encoder(architecture, 5, WIDTH)
    encoder.build_both({d: (None, side, side, CHANNELS[d]) for d in DOMAINS})
    for domain in DOMAINS:
        x = noise((2, side, side, CHANNELS[domain]))
        styles = encoder(x, domain=domain)
        assert styles.shape == (2, 5) and not np.allclose(styles[0], styles[1])
    assert architecture.smallest_styled == {"table3": 32}.get(name, 16)


def test_released_style_encoder():
    """Convolutions of 64 to 256 filters, a map to 8; contrast is not normalised away."""
    encoder = build_style_encoder(ARCHITECTURES["munit2018"], 8)
    encoder.build_both({d: (None, 32, 32, 3) for d in DOMAINS})
    shapes = [v.shape for v in encoder.private_a.trainable_variables if len(v.shape) > 1]
    later = [(4, 4, 64, 128), (4, 4, 128, 256), (4, 4, 256, 256), (4, 4, 256, 256)]
    assert shapes == [(7, 7, 3, 64), *later, (256, 8)]
    x = noise((1, 32, 32, 3))
    assert not np.allclose(encoder(x, domain="a"), encoder(0.5 * x, domain="a"), rtol=0.1)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("num_shared", [0, 1, 2])
def test_images(name, num_shared):
    generator, filters = make_generator(name, num_blocks=2, num_shared=num_shared)
    code, stride = noise((2, 4, 4, filters)), ARCHITECTURES[name].stride
    for domain in DOMAINS:
        x = generator(code, noise((2, 5), 1), domain=domain)
        assert x.shape == (2, 4 * stride, 4 * stride, CHANNELS[domain])
        assert np.abs(x).max() <= 1
        other = generator(code, noise((2, 5), 2), domain=domain)
        assert np.abs(x - other).max() > 0.1 * np.abs(x).max()


@pytest.mark.parametrize(("num_shared", "count"), [(0, 0), (1, 4), (2, 8)])
def test_shared_blocks_are_one_object(num_shared, count):
    """Two kernels and two biases a block; the perceptrons stay apart."""
    generator, _ = make_generator(num_blocks=2, num_shared=num_shared)
    paths = [v.path for v in generator.trainable_variables]
    assert len(paths) == len({id(v) for v in generator.trainable_variables})
    assert sum("shared" in path for path in paths) == count
    assert sum("mlp" in path for path in paths) == 2 * 6


def test_released_perceptron():
    """8 -> 256 -> 256 -> two pairs of gamma and beta for 256 channels of each of four blocks."""
    generator = build_styled_generator(ARCHITECTURES["munit2018"], CHANNELS)
    generator.build_both((None, None, None, 256), 8)
    kernels = [v.shape for v in generator.mlp_a.trainable_variables if len(v.shape) == 2]
    assert kernels == [(8, 256), (256, 256), (256, 4 * 4 * 256)]


def test_every_block_hears_the_style():
    """Each has its own slice: parameters of any one block alone change the image."""
    generator, filters = make_generator(num_blocks=2)
    code, style = noise((1, 4, 4, filters)), noise((1, 5), 1)
    before = generator(code, style, domain="a")
    bias = generator.mlp_a.parts[-1].bias
    for block in range(2):
        change = np.zeros(bias.shape, np.float32)
        change[4 * filters * block + 3 * filters] = 3  # its second gamma, of the first channel
        bias.assign_add(change)
        after = generator(code, style, domain="a")
        assert not np.allclose(before, after, atol=1e-4), block
        bias.assign_sub(change)
