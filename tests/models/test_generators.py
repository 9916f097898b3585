"""G_a and G_b: codes of every architecture become images of each domain."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.architectures import ARCHITECTURES
from unit_tf.models.generators import build_generator

STRIDES = {"table3": 8, "resnet2017": 4, "munit2018": 4, "cyclegan2017": 4}


def codes(name, *shape):
    filters = ARCHITECTURES[name].block[0] // 16
    return tf.constant(np.random.default_rng(0).normal(0, 1, (*shape, filters)), tf.float32)


@pytest.mark.parametrize(
    ("name", "channels", "size"),
    [(n, *rest) for n in STRIDES for rest in itertools.product(((1, 3), (3, 1)), ((2, 2), (2, 3)))],
)
def test_image_shape(name, channels, size):
    """Each domain has its own channels; images are float32 within [-1, 1]."""
    channels = dict(zip("ab", channels, strict=True))
    generator = build_generator(ARCHITECTURES[name], channels, 1 / 16, num_blocks=2)
    z = codes(name, 2, *size)
    generator.build_both({d: z.shape for d in "ab"})
    for domain in "ab":
        image = generator(100 * z, domain=domain)
        assert image.shape == (2, *(STRIDES[name] * s for s in size), channels[domain])
        assert image.dtype == tf.float32
        assert np.max(np.abs(image)) <= 1 and np.std(image) > 0


@pytest.mark.parametrize("name", STRIDES)
def test_one_generator_takes_any_size(name):
    generator = build_generator(ARCHITECTURES[name], {"a": 3, "b": 3}, 1 / 16, num_blocks=1)
    z = codes(name, 1, 2, 2)
    generator.build_both({d: z.shape for d in "ab"})
    image = generator(codes(name, 1, 5, 3), domain="a")
    assert image.shape == (1, 5 * STRIDES[name], 3 * STRIDES[name], 3)


@pytest.mark.parametrize(("width", "filters"), [(1 / 64, [8, 4, 4, 4]), (1 / 8, [64, 32, 16, 8])])
def test_width_multiplies_all_but_the_image(width, filters):
    generator = build_generator(
        ARCHITECTURES["table3"], {"a": 3, "b": 1}, width, num_blocks=1, num_shared=0
    )
    assert [part.filters for part in generator.private_a.parts] == [*filters, 3]
    assert [part.filters for part in generator.private_b.parts] == [*filters, 1]


@pytest.mark.parametrize(("num_blocks", "num_shared"), [(0, 0), (1, 1), (3, 1), (3, 3)])
def test_number_of_blocks(num_blocks, num_shared):
    generator = build_generator(
        ARCHITECTURES["resnet2017"], {"a": 3, "b": 3}, 1 / 16, num_blocks, num_shared
    )
    shared = generator.shared.parts if generator.shared is not None else []
    assert len(generator.private_b.parts) == num_blocks - num_shared + 3
    assert len(shared) == num_shared
    generator.build_both({d: (1, 2, 2, 16) for d in "ab"})
    assert generator(codes("resnet2017", 1, 2, 2), domain="b").shape == (1, 8, 8, 3)


def test_dropout_only_in_training():
    generator = build_generator(
        ARCHITECTURES["resnet2017"], {"a": 3, "b": 3}, 1 / 16, 1, 0, dropout=0.9
    )
    z = codes("resnet2017", 1, 4, 4)
    generator.build_both({d: z.shape for d in "ab"})
    np.testing.assert_array_equal(generator(z, domain="a"), generator(z, domain="a"))
    assert np.any(generator(z, domain="a", training=True) != generator(z, domain="a"))
