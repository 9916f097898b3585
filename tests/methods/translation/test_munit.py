"""MUNIT's forward pass and terms against the papers' formulas, written out one call at a time."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import (
    ConfigError,
    ExperimentConfig,
    UserError,
)
from unit_tf.methods.base import other
from unit_tf.methods.registry import build_method
from unit_tf.methods.translation import munit
from unit_tf.models.coupled import DOMAINS
from unit_tf.resolve import check

TINY = {
    "model.method": "munit", "model.width": 1 / 16, "model.num_blocks": 2,
    "model.architecture": "munit2018", "model.discriminator_depth": 2,
    "model.discriminator_scales": 2, "data.image_size": 16, "model.style_size": 3,
    "weights.gan_objective": "lsgan", "data.channels_a": 1,
}  # fmt: skip
FAMILIES = ("gan", "reconstruction", "content", "style", "cycle", "perceptual")
ALL = dict.fromkeys(FAMILIES[:-1], 1.0)
SEED = tf.constant([4, 2])


@functools.cache
def networks(num_shared=0):
    return build_method(ExperimentConfig().replace({**TINY, "model.num_shared": num_shared}))


def make(weights, num_shared=0):
    """The same networks under other weights, those not named 0."""
    method = networks(num_shared)
    lambdas = {f"weights.{name}": weights.get(name, 0) for name in FAMILIES}
    method.config = ExperimentConfig().replace({**TINY, **lambdas})
    return method


@pytest.fixture
def images(batch):
    return dict(zip(DOMAINS, batch(rows=(2, 3), channels=(1, 3)), strict=True))


def l1(x, y):
    return np.abs(np.asarray(x) - np.asarray(y)).mean()


def close(one, two):
    np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-4)


def by_hand(method, x, sampled):
    """Every image and code from calls of one network on one domain at a time."""
    found = {name: {} for name in ("same", "translated", "code", "codes", "styles", "cycled")}
    for d in DOMAINS:
        o = other(d)
        code, own = method.encoder(x[d], domain=d), method.style_encoder(x[d], domain=d)
        found["code"][d] = code
        found["same"][d] = method.generator(code, own, domain=d)
        translated = found["translated"][d] = method.generator(code, sampled[d], domain=o)
        found["codes"][d] = method.encoder(translated, domain=o)
        found["styles"][d] = method.style_encoder(translated, domain=o)
        found["cycled"][d] = method.generator(found["codes"][d], own, domain=d)
    return found


@pytest.mark.parametrize("num_shared", [0, 1])
def test_forward(images, num_shared):
    """One joined pass equals separate calls, with other numbers of rows in each domain too."""
    method = make(ALL, num_shared)
    outputs = method.forward(tuple(images.values()), SEED)
    wanted = by_hand(method, images, outputs.sampled)
    assert [len(outputs.translated[d]) for d in DOMAINS] == [2, 3]
    for d in DOMAINS:
        close(outputs.code[d], wanted["code"][d])
        close(outputs.same[d], wanted["same"][d])
        close(outputs.translated[d], wanted["translated"][d])
        close(outputs.code_translated[d], wanted["codes"][d])
        close(outputs.style_translated[d], wanted["styles"][d])
        close(outputs.cycled[d], wanted["cycled"][d])
        # The images are different ones, or nothing above says anything.
        assert l1(outputs.same[d], outputs.cycled[d]) > 1e-3


def test_terms(images):
    """Eq. 1-4 of the paper and the style-augmented cycle, as means of absolute differences."""
    method = make(ALL)
    outputs = method.forward(tuple(images.values()), SEED)
    wanted = by_hand(method, images, outputs.sampled)
    terms = method.generator_terms(outputs)
    discriminator_terms = method.discriminator_terms(outputs)
    assert set(terms) == {f"{family}/{d}" for family in ALL for d in DOMAINS}
    assert set(discriminator_terms) == {"discriminator/a", "discriminator/b"}
    for d in DOMAINS:
        o = other(d)
        close(terms[f"reconstruction/{d}"], l1(images[d], wanted["same"][d]))
        close(terms[f"content/{d}"], l1(wanted["code"][d], wanted["codes"][d]))
        # s_b was sampled for x_a's translation into b.
        close(terms[f"style/{d}"], l1(outputs.sampled[o], wanted["styles"][o]))
        close(terms[f"cycle/{d}"], l1(images[d], wanted["cycled"][d]))
        fake = method.discriminator(wanted["translated"][o], domain=d)
        real = method.discriminator(images[d], domain=d)
        close(terms[f"gan/{d}"], sum(np.mean((f - 1) ** 2) for f in fake))
        close(
            discriminator_terms[f"discriminator/{d}"],
            sum(np.mean((r - 1) ** 2) + np.mean(f**2) for r, f in zip(real, fake, strict=True)),
        )


@pytest.mark.parametrize(
    ("weights", "there"),
    [
        ({"gan": 1}, set()),
        ({"reconstruction": 1}, {"same"}),
        ({"content": 1}, {"code_translated"}),
        ({"style": 1}, {"style_translated"}),
        ({"cycle": 1}, {"cycled", "code_translated"}),
    ],
)
def test_only_what_a_weight_needs_is_computed(images, weights, there):
    outputs = make(weights).forward(tuple(images.values()), SEED)
    optional = ("same", "code_translated", "style_translated", "cycled")
    assert {name for name in optional if getattr(outputs, name) is not None} == there


def test_sampled_styles_are_the_steps_and_the_directions(images):
    """N(0, I), of the seed alone; no two steps or directions share one."""
    method = make({"gan": 1})
    many = {d: tf.zeros((4000, 1)) for d in DOMAINS}
    sampled = method._sample_styles(many, SEED)
    again = method._sample_styles(many, SEED)
    later = method._sample_styles(many, SEED + [0, 1])
    for d in DOMAINS:
        np.testing.assert_array_equal(sampled[d], again[d])
        assert abs(np.mean(sampled[d])) < 0.05 and abs(np.std(sampled[d]) - 1) < 0.05
    rows = [tuple(s[0].numpy()) for styles in (sampled, later) for s in styles.values()]
    assert len(set(rows)) == 4


def test_translations(images):
    """The middle of the styles where none is named; b's encoder encodes an example's style."""
    method, x = make(ALL), images["a"]
    style = method.encode_style(images["b"][:2], "b")
    close(style, method.style_encoder(images["b"][:2], domain="b"))
    code = method.encode_content(x, "a")
    guided = method.translate_styled(x, "a2b", style)
    close(guided, method.generator(code, style, domain="b"))
    close(method.translate(x, "a2b"), method.generator(code, tf.zeros((2, 3)), domain="b"))
    assert guided.shape == (2, 16, 16, 3)


def test_one_image_in_many_styles_is_encoded_once(images, monkeypatch):
    """Whether or not it is known when the graph is built how many there are."""
    method, x = networks(), images["a"][:1]
    styles = tf.random.stateless_normal((3, 3), SEED)
    wanted = tf.concat([method.translate_styled(x, "a2b", s[None]) for s in styles], 0)
    rows, encode = [], method.encode_content

    def counted(x, domain):
        rows.append(x.shape[0])
        return encode(x, domain)

    monkeypatch.setattr(method, "encode_content", counted)
    many = tf.function(lambda s: method.translate_styled(x, "a2b", s), autograph=False)
    for known in (3, None):
        spec = tf.TensorSpec((known, 3), tf.float32)
        close(many.get_concrete_function(spec)(styles), wanted)
    assert rows == [1, 1]


def test_the_perceptual_term_compares_features(images, monkeypatch):
    """Of an image and its translation, by a network that is in no checkpoint."""
    loads = []

    def load(weights):
        loads.append(weights)
        return lambda x: tf.reduce_mean(x, -1, keepdims=True) * tf.ones(4)

    monkeypatch.setattr(munit, "load_vgg_features", load)
    config = ExperimentConfig().replace({**TINY, "weights.perceptual": 2, "model.vgg": "there"})
    method = build_method(check(config))
    variables = len(method.variables)
    assert loads == []  # not to translate
    method.prepare_training()
    method.prepare_training()
    assert loads == ["there"] and len(method.variables) == variables
    outputs = method.forward(tuple(images.values()), SEED)
    terms = method.generator_terms(outputs)
    for d in DOMAINS:
        x, y = (np.mean(p[d], -1) for p in (images, outputs.translated))
        x, y = ((v - v.mean((1, 2), keepdims=True)) / v.std((1, 2), keepdims=True) for v in (x, y))
        np.testing.assert_allclose(terms[f"perceptual/{d}"], np.mean((x - y) ** 2), rtol=1e-2)


def test_weights_that_are_not_there():
    """Named by their flag, before anything is trained."""
    config = ExperimentConfig().replace({**TINY, "weights.perceptual": 2, "model.vgg": "nowhere"})
    with pytest.raises(UserError, match="^--model.vgg=nowhere: no such file"):
        build_method(config).prepare_training()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model.num_blocks": 0, "model.num_shared": 0}, "--model.num_blocks=0: a style enters"),
        ({"weights.perceptual": 1}, "--model.vgg: --weights.perceptual needs it"),
        ({"weights.identity": 1}, "--weights.identity=1.0: not read with --model.method=munit"),
        ({"model.style_size": 0}, "--model.style_size=0: "),
    ],
)
def test_refusals(settings, message):
    with pytest.raises(ConfigError) as caught:
        check(ExperimentConfig().replace({**TINY, **settings}))
    assert str(caught.value).startswith(message) and "\n" not in str(caught.value)
