"""Which maps of an encoder are compared, at which places, and what a head makes of them."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.encoders import build_encoder
from unit_tf.models.patch_features import (
    PATCHES,
    UNITS,
    PatchHead,
    compared_layers,
    encode_with_maps,
    map_channels,
    patches_at,
    sample_places,
)

# architecture -> (numbers of layers with four blocks, their sides at 32 pixels, filters at 1/16)
COMPARED = {
    "table3": ([0, 1, 2, 3, 4, 7], [32, 16, 8, 4, 4, 4], [3, 4, 8, 16, 32, 32]),
    "resnet2017": ([0, 2, 3, 4, 7], [32, 16, 8, 8, 8], [3, 8, 16, 16, 16]),
    "munit2018": ([0, 2, 3, 4, 7], [32, 16, 8, 8, 8], [3, 8, 16, 16, 16]),
    "cyclegan2017": ([0, 2, 3, 4, 7], [32, 16, 8, 8, 8], [3, 8, 16, 16, 16]),
}


def noise(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, 1, shape), tf.float32)


def make_encoder(name, num_blocks=4, num_shared=0):
    channels = dict(channels={"a": 3, "b": 3}, domains=("a",))
    return build_encoder(ARCHITECTURES[name], 1 / 16, num_blocks, num_shared, **channels)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_maps_of_every_architecture(name):
    """The image, every halving, the first and the last block; the code is the encoder's own."""
    layers, sides, filters = COMPARED[name]
    assert compared_layers(ARCHITECTURES[name], 4) == layers
    encoder = make_encoder(name)
    assert map_channels(encoder, "a", 3, layers) == filters
    x = noise(2, 32, 32, 3)
    code, maps = encode_with_maps(encoder, x, "a", layers)
    assert [m.shape for m in maps] == [(2, s, s, f) for s, f in zip(sides, filters, strict=True)]
    np.testing.assert_array_equal(maps[0], x)
    np.testing.assert_array_equal(code, encoder(x, domain="a"))
    np.testing.assert_array_equal(maps[-1], code)


@pytest.mark.parametrize(
    ("blocks", "layers"), [(0, [0, 2, 3]), (1, [0, 2, 3, 4]), (2, [0, 2, 3, 4, 5])]
)
def test_few_blocks(blocks, layers):
    assert compared_layers(ARCHITECTURES["resnet2017"], blocks) == layers


def test_shared_layers_are_on_the_way():
    encoder = make_encoder("resnet2017", 3, 2)
    code, maps = encode_with_maps(encoder, noise(1, 16, 16, 3), "a", [0, 4, 6])
    np.testing.assert_array_equal(code, encoder(noise(1, 16, 16, 3), domain="a"))
    assert map_channels(encoder, "a", 3, [0, 4, 6]) == [m.shape[-1] for m in maps]


def places_of(sides, step=0, count=PATCHES):
    maps = [tf.zeros((2, side, side, 1)) for side in sides]
    return [p.numpy() for p in sample_places(maps, lambda i: tf.constant([7, step + i]), count)]


def test_places_are_within_a_map_and_none_twice():
    large, small = places_of([32, 8])
    assert len(set(large)) == len(large) == PATCHES == 256
    assert large.min() >= 0 and large.max() < 32 * 32
    assert sorted(small) == list(range(64))


def test_places_follow_from_the_seed():
    """The same again; others at another step and in another map."""
    one, two = places_of([16, 16], count=20)
    np.testing.assert_array_equal(one, places_of([16, 16], count=20)[0])
    assert set(one) != set(two)
    assert set(one) != set(places_of([16, 16], step=5, count=20)[0])


def test_every_place_is_as_likely():
    """Within four standard deviations of the binomial count, over 400 draws of 4 in 16."""
    chosen = np.concatenate([places_of([4], step, 4)[0] for step in range(400)])
    counts = np.bincount(chosen, minlength=16)
    assert np.abs(counts - 100).max() < 4 * np.sqrt(400 * 0.25 * 0.75)


def test_patches_at_places():
    """Numbers of places go row by row, in every image alike."""
    x = noise(2, 3, 4, 5)
    (found,) = patches_at([x], [tf.constant([0, 5, 11])])
    expected = np.stack([x[:, 0, 0], x[:, 1, 1], x[:, 2, 3]], 1)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_head_gives_unit_vectors_in_float32(dtype):
    head = PatchHead()
    y = head(tf.cast(noise(2, 7, 5), dtype))
    assert y.shape == (2, 7, UNITS) and y.dtype == tf.float32
    np.testing.assert_allclose(tf.norm(y, axis=-1), 1, atol=1e-4)
    assert [tuple(v.shape) for v in head.weights] == [(5, 256), (256,), (256, 256), (256,)]
    assert PatchHead(dtype="mixed_bfloat16").hidden.compute_dtype == "float32"


def test_a_vector_of_zeros_does_no_harm():
    """As an instance norm makes of a flat map: it stays zero, with a gradient of zero."""
    head = PatchHead(8)
    x = tf.concat([tf.zeros((1, 1, 4)), noise(1, 1, 4)], 1)
    head(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = head(x)
        loss = tf.reduce_sum(y * noise(1, 2, 8, seed=1))
    gradient = tape.gradient(loss, x)
    np.testing.assert_array_equal(y[0, 0], np.zeros(8))
    np.testing.assert_array_equal(gradient[0, 0], np.zeros(4))
    assert 0 < np.abs(gradient[0, 1]).max() < 100


def test_a_heads_gradient_is_that_of_the_direction():
    """Nothing along the vector itself: (v - y (y v)) / |x|."""
    head = PatchHead(2)
    head.build((None, None, 2))
    for dense in (head.hidden, head.last):
        dense.kernel.assign(np.eye(2))
    x, wanted = tf.constant([[[3.0, 4.0]]]), tf.constant([1.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = head(x)
        loss = tf.reduce_sum(y * wanted)
    np.testing.assert_allclose(y[0, 0], [0.6, 0.8], atol=1e-6)
    np.testing.assert_allclose(tape.gradient(loss, x)[0, 0], [(1 - 0.36) / 5, -0.48 / 5], atol=1e-6)
