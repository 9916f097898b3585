"""E_a and E_b: shapes for every architecture, channel count and side."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.encoders import build_encoder, residual_blocks

# architecture -> (stride, filters of the code at width 1/16)
CODES = {
    "table3": (8, 32), "resnet2017": (4, 16), "munit2018": (4, 16), "cyclegan2017": (4, 16),
}  # fmt: skip


def noise(*shape):
    return tf.constant(np.random.default_rng(0).normal(0, 1, shape), tf.float32)


@pytest.mark.parametrize(
    ("name", "channels", "size"),
    [
        (n, *rest)
        for n in CODES
        for rest in itertools.product((1, 3), ((16, 16), (16, 32), (24, 8)))
    ],
)
def test_code_shape(name, channels, size):
    """H and W over the stride, in fact as in build_both's computation."""
    stride, filters = CODES[name]
    encoder = build_encoder(ARCHITECTURES[name], 1 / 16, num_blocks=2)
    code = encoder.build_both({d: (None, *size, channels) for d in "ab"})
    wanted = (size[0] // stride, size[1] // stride, filters)
    assert code == (None, *wanted)
    for domain in "ab":
        assert encoder(noise(2, *size, channels), domain=domain).shape == (2, *wanted)


@pytest.mark.parametrize("name", CODES)
def test_one_encoder_takes_any_size(name):
    """Built for one size, called with another."""
    encoder = build_encoder(ARCHITECTURES[name], 1 / 16, num_blocks=1)
    encoder.build_both({d: (None, 16, 16, 3) for d in "ab"})
    stride, filters = CODES[name]
    code = encoder(noise(1, 40, 24, 3), domain="b")
    assert code.shape == (1, 40 // stride, 24 // stride, filters)


@pytest.mark.parametrize(("width", "filters"), [(1 / 64, [4, 4, 4, 8]), (1 / 8, [8, 16, 32, 64])])
def test_width_multiplies_every_layer(width, filters):
    encoder = build_encoder(ARCHITECTURES["table3"], width, num_blocks=2, num_shared=0)
    assert [part.filters for part in encoder.private_a.parts] == [*filters, filters[-1]]


@pytest.mark.parametrize(("num_blocks", "num_shared"), [(0, 0), (1, 1), (3, 1), (3, 3)])
def test_number_of_blocks(num_blocks, num_shared):
    encoder = build_encoder(ARCHITECTURES["resnet2017"], 1 / 16, num_blocks, num_shared)
    shared = encoder.shared.parts if encoder.shared is not None else []
    assert len(encoder.private_b.parts) == 3 + num_blocks - num_shared
    assert len(shared) == num_shared
    filters = 16 if num_blocks else ARCHITECTURES["resnet2017"].front[-1][0] // 16
    assert encoder.build_both({d: (1, 8, 8, 3) for d in "ab"}) == (1, 2, 2, filters)
    assert encoder(noise(1, 8, 8, 3), domain="a").shape == (1, 2, 2, filters)


def test_dropout_is_in_the_blocks_and_only_in_training():
    encoder = build_encoder(ARCHITECTURES["resnet2017"], 1 / 16, 1, 1, dropout=0.9)
    encoder.build_both({d: (None, 16, 16, 3) for d in "ab"})
    x = noise(1, 16, 16, 3)
    np.testing.assert_array_equal(encoder(x, domain="a"), encoder(x, domain="a"))
    assert np.any(encoder(x, domain="a", training=True) != encoder(x, domain="a"))
    assert [b.dropout.rate for b in residual_blocks(ARCHITECTURES["table3"], 1, [0], 0.9)] == [0.9]
    assert residual_blocks(ARCHITECTURES["table3"], 1, [0])[0].dropout is None


def test_domains_start_from_different_weights():
    encoder = build_encoder(ARCHITECTURES["table3"], 1 / 16, num_blocks=1)
    encoder.build_both({d: (None, 16, 16, 3) for d in "ab"})
    pair = zip(encoder.private_a.weights, encoder.private_b.weights, strict=True)
    assert not any(np.allclose(a, b) for a, b in pair if a.name == "kernel")
