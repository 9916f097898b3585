"""Tables 4, 5 and 6 of the paper's Appendix B, as printed; what is shared and what is not."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.methods.adaptation.adaptation_specs import DIGIT_ARCHITECTURES
from unit_tf.models import architectures, digit_discriminators, digit_networks
from unit_tf.models.digit_discriminators import DigitDiscriminator
from unit_tf.models.digit_networks import (
    build_cogan_generator,
    build_digit_encoder,
    build_digit_generator,
)

CHANNELS = {"a": 1, "b": 3}
IMAGES = {d: (None, 32, 32, c) for d, c in CHANNELS.items()}


def images(channels, rows=2):
    return tf.random.stateless_uniform([rows, 32, 32, channels], (1, 2), -1, 1)


def kernels(layer):
    """Shapes of a layer's kernels, in order."""
    return [tuple(v.shape) for v in layer.trainable_variables if v.name == "kernel"]


def parts_of(stack):
    return {d: getattr(stack, f"private_{d}") for d in "ab"}, stack.shared


def build(architecture="table5", **settings):
    discriminator = DigitDiscriminator(architecture, **settings)
    discriminator.build_both(CHANNELS)
    return discriminator


def test_every_architecture_is_a_choice():
    choices = config_lib.lookup("model.architecture").metadata["choices"]
    own, others = set(digit_discriminators.ARCHITECTURES), set(architectures.ARCHITECTURES)
    assert own == set(DIGIT_ARCHITECTURES) and own | others == set(choices)


def test_encoder_is_table_4s():
    """One private layer, then shared ones; batch normalisation behind all but the last."""
    encoder = build_digit_encoder()
    shape = encoder.build_both(IMAGES)
    private, shared = parts_of(encoder)
    assert {d: kernels(private[d]) for d in "ab"} == {"a": [(5, 5, 1, 64)], "b": [(5, 5, 3, 64)]}
    assert kernels(shared) == [
        (5, 5, 64, 128), (8, 8, 128, 256), (1, 1, 256, 512), (1, 1, 512, 1024),
    ]  # fmt: skip
    assert [part.stride for part in (*private["a"].parts, *shared.parts)] == [2, 2, 1, 1, 1]
    *blocks, mu = [*private["b"].parts, *shared.parts]
    assert all(type(b.norm).__name__ == "BatchNormalization" for b in blocks) and mu.norm is None
    assert all(b.activation == "leaky_relu" for b in blocks) and mu.activation is None
    assert tuple(shape[1:]) == (1, 1, 1024)


def test_generator_is_table_4s():
    """The first three layers shared; the last one's 1x1 transposed convolution is a plain one."""
    generator = build_digit_generator(CHANNELS)
    generator.build_both({d: (None, 1, 1, 1024) for d in "ab"})
    private, shared = parts_of(generator)
    assert kernels(shared) == [(1024, 4 * 4 * 512), (4, 4, 256, 512), (4, 4, 128, 256)]
    assert {d: kernels(private[d]) for d in "ab"} == {
        "a": [(4, 4, 64, 128), (1, 1, 64, 1)], "b": [(4, 4, 64, 128), (1, 1, 64, 3)],
    }  # fmt: skip
    *blocks, last = [*shared.parts, *private["a"].parts]
    assert all(type(b.norm).__name__ == "BatchNormalization" for b in blocks) and last.norm is None
    assert all(b.activation == "leaky_relu" for b in blocks) and last.activation == "tanh"


TABLES = {
    "table5": [(5, 5, 20, 50), (5 * 5 * 50, 500), (500, 1), (500, 10)],
    "table5_relu": [(5, 5, 20, 50), (5 * 5 * 50, 500), (500, 1), (500, 10)],
    "table6": [
        (5, 5, 64, 128), (5, 5, 128, 256), (5, 5, 256, 512), (2 * 2 * 512, 1), (2 * 2 * 512, 10),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_discriminators_are_tables_5_and_6(name):
    """The first layer of each domain is its own; all others and both heads exist once."""
    discriminator = build(name)
    private, shared = parts_of(discriminator.trunk)
    first = TABLES[name][0][2]
    assert {d: kernels(private[d]) for d in "ab"} == {
        "a": [(5, 5, 1, first)], "b": [(5, 5, 3, first)],
    }  # fmt: skip
    heads = kernels(discriminator.real) + kernels(discriminator.classes)
    assert kernels(shared) + heads == TABLES[name]
    ids = [{id(v) for v in p.variables} for p in (*private.values(), shared)]
    assert len(set().union(*ids)) == sum(map(len, ids))
    held = [id(v) for v in discriminator.trainable_variables]
    assert len(held) == len(set(held)) == 2 * (2 + len(TABLES[name]))


@pytest.mark.parametrize(("name", "activation"), [("table5", None), ("table5_relu", "relu"),
                                                  ("table6", "relu")])  # fmt: skip
def test_activations_behind_the_convolutions(name, activation):
    """Table 5 prints none; its fully connected layer has a ReLU either way."""
    trunk = build(name, width=0.1).trunk
    layers = [*trunk.private_a.parts, *trunk.private_b.parts, *trunk.shared.parts]
    convolutions = [p for p in layers if p.name.startswith("conv") and hasattr(p, "conv")]
    assert {p.activation for p in convolutions} == {activation}
    dense = [p for p in layers if isinstance(p, keras.layers.Dense)]
    assert [d.activation.__name__ for d in dense] == ["relu"] * (name != "table6")


def test_uncoupled_the_first_layer_is_one_too():
    discriminator = DigitDiscriminator(width=0.1, coupled=False, real_head=False)
    discriminator.build_both({"a": 1, "b": 1})
    trunk = discriminator.trunk
    assert trunk.private_a is trunk.private_b
    assert len(discriminator.trainable_variables) == 2 * 4
    found = discriminator(images(1), domain="b")
    assert found.real is None and found.classes.shape == (2, 10)
    np.testing.assert_array_equal(found.classes, discriminator(images(1), domain="a").classes)


@pytest.mark.parametrize("domain", ["a", "b"])
@pytest.mark.parametrize(("name", "features"), [("table5", 500), ("table6", 2048)])
def test_predictions(name, features, domain):
    """Logits, not shares; ``predict`` of ``features`` is ``call``."""
    discriminator, x = build(name), images(CHANNELS[domain])
    found = discriminator(x, domain=domain)
    assert [tuple(field.shape) for field in found] == [(2, features), (2, 1, 1, 1), (2, 10)]
    again = discriminator.predict(discriminator.features(x, domain))
    for one, two in zip(found, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.abs(np.sum(found.classes, -1) - 1).max() > 1e-3


def rates(discriminator):
    """{layer's name: rate} of every dropout."""
    trunk = discriminator.trunk
    layers = [*trunk.private_a.parts, *trunk.shared.parts, discriminator.dropout]
    return {p.name: round(p.rate, 6) for p in layers if isinstance(p, keras.layers.Dropout)}


def test_dropout_is_behind_the_highest_layer_of_table_5_and_every_one_of_table_6():
    assert rates(build("table5", width=0.1, dropout=0.5)) == {"dropout": 0.5}
    assert rates(build("table6", width=0.1, dropout=0.5)) == {
        "conv64_dropout": 0.1, "conv128_dropout": 0.3, "conv256_dropout": 0.5, "dropout": 0.5,
    }  # fmt: skip
    assert rates(build("table6", width=0.1)) == {"dropout": 0}


@pytest.mark.parametrize(
    ("name", "dropout", "steady"),
    [("table5", 0.5, True), ("table6", 0.5, False), ("table6", 0, True)],
)
def test_steady_features_are_the_same_in_training(name, dropout, steady):
    discriminator, x = build(name, width=0.1, dropout=dropout), images(1)
    assert discriminator.is_steady == steady
    plain = discriminator.features(x, "a")
    assert np.array_equal(discriminator.features(x, "a", training=True), plain) == steady
    np.testing.assert_array_equal(discriminator.features(x, "a"), plain)
    first, second = (discriminator(x, domain="a", training=True).classes for _ in range(2))
    assert np.array_equal(first, second) == (not dropout)


@pytest.mark.parametrize("coordinates", [False, True])
def test_code_and_images(coordinates):
    """32x32 -> one pixel -> 32x32 within [-1, 1], at any width and for any channels."""
    encoder = build_digit_encoder(0.1, coordinates)
    code = encoder.build_both(IMAGES)
    generator = build_digit_generator(CHANNELS, 0.1)
    generator.build_both({d: code for d in "ab"})
    assert kernels(encoder.private_b)[0] == (5, 5, 3 + 2 * coordinates, 6)
    for d, o in ("ab", "ba"):
        z = encoder(images(CHANNELS[d]), domain=d)
        assert z.shape == (2, 1, 1, 102)
        generated = generator(z, domain=o)
        assert generated.shape == (2, 32, 32, CHANNELS[o]) and generated.dtype == tf.float32
        assert np.abs(generated).max() <= 1 and np.std(generated) > 1e-3


def test_the_place_is_read():
    """Of an image of zeros there is a code only with coordinates."""
    encoder = build_digit_encoder(0.1, True)
    encoder.build_both(IMAGES)
    x = tf.zeros((1, 32, 32, 1))
    plain = build_digit_encoder(0.1)
    plain.build_both(IMAGES)
    assert np.abs(encoder(x, domain="a")).max() > 0 == np.abs(plain(x, domain="a")).max()


def test_both_domains_are_normalised_together(monkeypatch):
    """The encoder's shared statistics are the joined batch's."""
    encoder = build_digit_encoder(0.1)
    encoder.build_both(IMAGES)
    x = {"a": images(1), "b": 0.1 * images(3)}
    norm = encoder.shared.parts[0].norm
    seen = []
    monkeypatch.setattr(
        norm, "call", lambda x, **kw: seen.append(x) or type(norm).call(norm, x, **kw)
    )
    encoder.call_both(x, training=True)
    (joined,) = seen
    assert joined.shape[0] == 4
    np.testing.assert_allclose(
        norm.moving_mean, 0.1 * np.mean(joined, (0, 1, 2)), rtol=1e-3, atol=1e-5
    )


def test_cogans_generator():
    """4x4 pixels of the noise, doubled thrice; only the last convolution is private."""
    generator = build_cogan_generator(CHANNELS)
    generator.build_both({d: (None, 1, 1, digit_networks.NOISE) for d in "ab"})
    private, shared = parts_of(generator)
    assert kernels(shared) == [
        (100, 4 * 4 * 1024), (4, 4, 512, 1024), (4, 4, 256, 512), (4, 4, 128, 256),
    ]  # fmt: skip
    assert {d: kernels(private[d]) for d in "ab"} == {"a": [(5, 5, 128, 1)], "b": [(5, 5, 128, 3)]}
    slopes = [v for v in shared.trainable_variables if v.name == "alpha"]
    assert [v.shape for v in slopes] == [(1, 1, 1024), (1, 1, 512), (1, 1, 256), (1, 1, 128)]
    assert all((v.numpy() == 0.25).all() for v in slopes)
    noise = tf.random.stateless_normal([3, 1, 1, digit_networks.NOISE], (1, 1))
    for d, channels in CHANNELS.items():
        generated = generator(noise, domain=d)
        assert generated.shape == (3, 32, 32, channels) and generated.dtype == tf.float32
        assert np.abs(generated).max() <= 1
