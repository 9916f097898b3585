"""UNIT's one forward pass: shapes, noise, translations, and how it starts."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.methods.registry import build_method
from unit_tf.methods.translation import unit as unit_lib
from unit_tf.resolve import resolve

TINY = {
    "model.width": 1 / 16, "model.num_blocks": 2, "model.architecture": "resnet2017",
    "model.discriminator_depth": 2, "data.image_size": 16,
}  # fmt: skip


@pytest.mark.parametrize("channels", [(3, 3), (1, 3), (3, 1), (1, 1)])
def test_shapes_of_every_named_tensor(channels, make, batch, seed, families):
    """As the glossary has them; batches may differ between domains."""
    kinds = dict(data__channels_a=channels[0], data__channels_b=channels[1])
    weights = {name: 1.0 for name in families if channels[0] == channels[1] or name != "identity"}
    method = make(weights, noise=1.0, **kinds)
    outputs = method.forward(batch((2, 1), channels, (16, 24)), seed)
    images = {"a": (2, 16, 24, channels[0]), "b": (1, 16, 24, channels[1])}
    code = {"a": (2, 4, 6, 16), "b": (1, 4, 6, 16)}
    translated = {"a": (2, 16, 24, channels[1]), "b": (1, 16, 24, channels[0])}
    for d in "ab":
        for field in ("x", "same", "cycled"):
            assert getattr(outputs, field)[d].shape == images[d], field
        for field in ("mu", "mu_translated"):
            assert getattr(outputs, field)[d].shape == code[d], field
        assert outputs.translated[d].shape == translated[d]
        assert outputs.kept is None or outputs.kept[d].shape == images[d]
    assert (outputs.kept is None) == (channels[0] != channels[1])
    assert set(method.generator_terms(outputs)) == {f"{n}/{d}" for n in weights for d in "ab"}
    assert len(method.discriminator_terms(outputs)) == 2


def flat(outputs):
    return tf.nest.flatten(outputs._asdict())


def same(one, two):
    return all(np.array_equal(p, q) for p, q in zip(flat(one), flat(two), strict=True))


def test_noise_is_a_function_of_the_seed(make, batch, seed):
    method = make(noise=1.0)
    one = method.forward(batch(), seed)
    assert same(one, method.forward(batch(), seed))
    other = method.forward(batch(), seed + 1)
    for field in ("same", "translated", "mu_translated", "cycled"):
        for d in "ab":
            assert np.any(getattr(one, field)[d] != getattr(other, field)[d]), field
    # The first codes' means come before any noise.
    assert np.array_equal(one.mu["a"], other.mu["a"])


def test_noise_only_in_training(make, batch, seed):
    """Without training, or with noise 0, the code is its mean whatever the seed."""
    noisy = make(noise=1.0)
    quiet = noisy.forward(batch(), seed, training=False)
    assert same(quiet, noisy.forward(batch(), seed + 1, training=False))
    assert not same(quiet, noisy.forward(batch(), seed, training=True))
    silent = make(noise=0.0)
    assert same(quiet, silent.forward(batch(), seed, training=True))


def test_every_code_has_its_own_noise(monkeypatch, make, batch, seed):
    """Four samples of a step, one for each domain and each of the two codes: four seeds."""
    seeds = []

    def record(shape, seed):
        seeds.append(tuple(seed.numpy()))
        return tf.random.stateless_normal(shape, seed)

    monkeypatch.setattr(unit_lib, "replica_normal", record)
    make(noise=1.0).forward(batch(), seed)
    assert len(seeds) == len(set(seeds)) == 4


def test_noise_has_the_deviation_that_was_asked_for(
    monkeypatch, make, batch, encode, draw, l1, close, seed
):
    """With eta = 1 everywhere, z = mu + noise: decoded from the code shifted by it."""
    monkeypatch.setattr(unit_lib, "replica_normal", lambda shape, seed: tf.ones(shape))
    method = make(noise=0.3)
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), seed)
    mu_a = encode(method, x_a, "a")
    shifted = draw(method, mu_a + 0.3, "b")
    assert l1(shifted, draw(method, mu_a, "b")) > 0.01  # a shift that shows
    close(outputs.translated["a"], shifted)
    close(outputs.cycled["a"], draw(method, encode(method, shifted, "b") + 0.3, "a"))


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_translate_has_no_noise(direction, make, batch, encode, draw, close):
    method = make(noise=5.0)
    x = batch()[0]
    source, target = direction.split("2")
    wanted = draw(method, encode(method, x, source), target)
    close(method.translate(x, direction), wanted)
    close(method(x, direction=direction), wanted)
    assert np.array_equal(method.translate(x, direction), method.translate(x, direction))


def test_preview_shows_every_path_without_noise(make, batch, encode, draw, close):
    """Titles say through which domains an image went."""
    method = make(noise=5.0, data__channels_b=1)
    x_a, x_b = batch(channels=(3, 1))
    columns = method.preview((x_a, x_b))
    assert list(columns) == ["a", "a->a", "a->b", "a->b->a", "b", "b->b", "b->a", "b->a->b"]
    x_ab = method.translate(x_a, "a2b")
    close(columns["a->b"], x_ab)
    close(columns["a->b->a"], method.translate(x_ab, "b2a"))
    close(columns["b->b"], draw(method, encode(method, x_b, "b"), "b"))


def test_reduction_to_cyclegan(make, batch, l1, close, seed, families):
    """Nothing shared, no KL, a deterministic code: two encoder-generator pairs and their cycle."""
    preset = resolve("maps_cyclegan", {}).replace({**TINY, "model.num_shared": 0})
    assert (preset.model.num_shared, preset.model.noise) == (0, 0)
    weights = {name: getattr(preset.weights, name) for name in families}
    method = make(weights, noise=preset.model.noise, model__num_shared=0)
    assert method.encoder.shared is None and method.generator.shared is None
    x_a, x_b = batch()
    outputs = method.forward((x_a, x_b), seed)
    f, g = (functools.partial(method.translate, direction=d) for d in ("a2b", "b2a"))
    close(outputs.translated["a"], f(x_a))
    close(outputs.cycled["a"], g(f(x_a)))
    close(outputs.cycled["b"], f(g(x_b)))
    terms = method.generator_terms(outputs)
    families = {key.partition("/")[0] for key in terms}
    assert families == {"gan", "reconstruction", "cycle"}
    close(terms["cycle/a"], l1(x_a, g(f(x_a))))
    ids = [{id(v) for v in layer.trainable_variables} for layer in (
        method.encoder.private_a, method.encoder.private_b,
        method.generator.private_a, method.generator.private_b,
    )]  # fmt: skip
    assert sum(map(len, ids)) == len(set().union(*ids)) == len(method.generator_variables)


def test_same_start_translates_as_it_reconstructs(batch, close):
    """Domain b's private layers begin as copies of a's, and are still layers of their own."""
    settings = {**TINY, "model.same_start": True}
    method = build_method(ExperimentConfig().replace(settings))
    x = batch()[0]
    close(method.translate(x, "a2b"), method.translate(x, "b2a"))
    assert len({id(v) for v in method.generator_variables}) == len(method.generator_variables)
    apart = build_method(ExperimentConfig().replace(TINY))
    assert np.any(apart.translate(x, "a2b") != apart.translate(x, "b2a"))


def test_same_start_outlasts_unit_variance_where_channels_differ():
    """Grey and coloured images give the domains other factors; only the first kernel may differ."""
    settings = {**TINY, "model.same_start": True, "data.channels_a": 1}
    method = build_method(ExperimentConfig().replace(settings))
    method.rescale()
    for stack in (method.encoder, method.generator):
        pairs = list(zip(stack.private_a.weights, stack.private_b.weights, strict=True))
        alike = [np.array_equal(a, b) for a, b in pairs if a.shape == b.shape]
        assert all(alike) and len(alike) >= 4


def test_discriminator_width_is_its_own():
    settings = {**TINY, "model.discriminator_width": 1 / 8}
    method = build_method(ExperimentConfig().replace(settings))
    filters = [part.filters for part in method.discriminator.scales[0].private_a.parts]
    assert filters == [8, 16, 1]
    assert method.encoder.private_a.parts[0].filters == 4
