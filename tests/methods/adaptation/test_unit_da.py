"""UNIT's domain adaptation: its terms by hand, and whom they move."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.resolve import resolve
from unit_tf.training.loop import build_trainer

SEED = tf.constant([5, 6], tf.int32)
ALL = {
    "weights.classification_translated": 1.0, "weights.gan_same": 1.0, "model.noise": 0,
    "model.same_start": False,
}  # fmt: skip
close = functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6)


def softplus(x):
    return np.log1p(np.exp(np.asarray(x, "float64")))


def cross_entropy(logits, labels):
    logits = np.asarray(logits, "float64")
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return -np.log(shares[np.arange(len(labels)), np.asarray(labels)]).mean()


@pytest.fixture(scope="module")
def passed(digits, digits_batch):
    """(method without dropout, its outputs, the labels), every term of the method weighted."""
    method = digits("da_mnist_usps", ALL)
    *_, labels = batch = digits_batch()
    return method, method.forward(batch, SEED), labels


def head(layer, features):
    return np.asarray(features) @ layer.kernel.numpy() + layer.bias.numpy()


def test_classification_is_of_the_sources_images(passed):
    """D_a's class head on x_a; D_b's on x_ab where translations are classified, for both."""
    method, outputs, labels = passed
    discriminator, images = method.discriminator, outputs.images
    own = head(discriminator.classes, discriminator.features(images.x["a"], domain="a"))
    translated = head(
        discriminator.classes, discriminator.features(images.translated["a"], domain="b")
    )
    ours = method.discriminator_terms(outputs)
    close(ours["classification/a"], cross_entropy(own, labels))
    close(ours["classification_translated/a"], cross_entropy(translated, labels))
    generators = method.generator_terms(outputs)
    close(generators["classification_translated/a"], cross_entropy(translated, labels))
    assert "classification/a" not in generators and "feature/a" not in generators


@pytest.mark.parametrize("kind", ["l1", "squared"])
def test_feature_distance_is_between_reconstruction_and_translation(passed, kind):
    """f_a(x_aa) - f_b(x_ab), summed over the features; under "b" f_b(x_bb) - f_a(x_ba)."""
    method, outputs, _ = passed
    before, features = method.config, method.discriminator.features
    method.config = before.replace({"weights.feature_distance": kind})
    terms = method.discriminator_terms(outputs)
    method.config = before
    same, translated = outputs.images.same, outputs.images.translated
    for d, o in ("ab", "ba"):
        apart = features(same[d], domain=d) - features(translated[d], domain=o)
        size = np.abs(apart) if kind == "l1" else np.square(apart)
        close(terms[f"feature/{d}"], size.sum(-1).mean())
        assert terms[f"feature/{d}"] > 0.01


def test_both_kinds_of_fakes_together_weigh_as_much_as_the_real(passed):
    method, outputs, _ = passed
    discriminator, images = method.discriminator, outputs.images
    terms, own = method.discriminator_terms(outputs), method.generator_terms(outputs)
    for d, o in ("ab", "ba"):
        logits = {
            name: head(discriminator.real, discriminator.features(x, domain=d))
            for name, x in (
                ("real", images.x[d]),
                ("same", images.same[d]),
                ("translated", images.translated[o]),
            )
        }
        fake = (softplus(logits["same"]).mean() + softplus(logits["translated"]).mean()) / 2
        close(terms[f"discriminator/{d}"], softplus(-logits["real"]).mean() + fake)
        close(own[f"gan/{d}"], softplus(-logits["translated"]).mean())
        close(own[f"gan_same/{d}"], softplus(-logits["same"]).mean())
    assert method.discriminator_weights["discriminator"] == 1


def test_likelihood_and_divergence_are_sums(passed):
    """The released recipe's: squares and codes summed over an image, the mean over the batch."""
    method, outputs, _ = passed
    images, terms = outputs.images, method.generator_terms(outputs)
    for d in "ab":
        squares = np.square(images.x[d] - images.same[d]).sum((1, 2, 3))
        assert squares.shape == (4,) and len(set(squares)) == 4  # images that differ
        assert float(terms[f"reconstruction/{d}"]) == pytest.approx(squares.mean(), rel=1e-4)
        codes = np.square(images.mu[d]).sum((1, 2, 3))
        assert codes.mean() > 0
        assert float(terms[f"kl/{d}"]) == pytest.approx(codes.mean() / 2, rel=1e-4)


def moved(method, term, outputs):
    """Names of the parts of the discriminators that a term of theirs has gradients for."""
    with tf.GradientTape() as tape:
        loss = method.discriminator_terms(outputs)[term]
    variables = method.discriminator_variables
    pairs = zip(variables, tape.gradient(loss, variables), strict=True)
    return {v.path.split("/")[-2 if "conv" not in v.path else -4]
            for v, g in pairs if g is not None and np.any(g != 0)}  # fmt: skip


@pytest.mark.parametrize(
    ("term", "parts"),
    [
        ("classification/a", {"digits_a", "digits_shared", "features", "classes"}),
        ("classification_translated/a", {"digits_b", "digits_shared", "features", "classes"}),
        ("feature/a", {"digits_a", "digits_b", "digits_shared", "features"}),
        ("discriminator/b", {"digits_b", "digits_shared", "features", "real"}),
    ],
)
def test_what_a_term_moves_of_the_discriminators(passed, term, parts):
    method, outputs, _ = passed
    assert moved(method, term, outputs) == parts


def test_labels_and_features_move_the_discriminators_alone(digits_batch):
    """Without adversarial terms E and G take the same step whether D learns from them or not."""
    settings = {
        "weights.gan": 0, "weights.gan_same": 0, "model.width": 0.05, "optim.batch_size": 4,
        "model.discriminator_width": 0.1, "model.dropout": 0,
    }  # fmt: skip
    quiet = {"weights.classification": 0, "weights.feature": 0}
    ends = []
    for extra in ({}, quiet):
        # Not validated: nobody may ask for classes that are not learned.
        config = resolve("da_mnist_usps", settings).replace(extra)
        trainer = build_trainer(config, tf.distribute.get_strategy())
        variables = trainer.method.discriminator_variables
        start = [v.numpy() for v in variables]
        logs = trainer.train_step(digits_batch())
        still = [np.array_equal(v, old) for v, old in zip(variables, start, strict=True)]
        assert all(still) == bool(extra)
        assert ("classification/a" in logs) != bool(extra)
        ends.append([v.numpy() for v in trainer.method.generator_variables])
    for one, two in zip(*ends, strict=True):
        np.testing.assert_array_equal(one, two)


def test_dropout_tells_no_pair_apart(digits, digits_batch):
    """Table 6 drops below its features: they are computed again without, classes are not."""
    settings = {
        **ALL, "model.dropout": 0.5, "data.channels": 1, "weights.feature_distance": "l1",
    }  # fmt: skip
    method = digits("da_svhn_mnist", settings)
    outputs = method.forward(digits_batch(), SEED)
    first, second = (method.discriminator_terms(outputs) for _ in range(2))
    features = method.discriminator.features
    for d, o in ("ab", "ba"):
        assert first[f"feature/{d}"] == second[f"feature/{d}"]
        apart = features(outputs.images.same[d], domain=d)
        apart -= features(outputs.images.translated[d], domain=o)
        close(first[f"feature/{d}"], np.abs(apart).sum(-1).mean(), rtol=1e-3)
    for name in ("classification/a", "discriminator/a"):
        assert first[name] != second[name]


@pytest.mark.parametrize("preset", ["da_mnist_usps", "cogan_mnist_usps"])
def test_same_start_copies_the_discriminators_first_layer(preset, digits):
    """Equal, and still layers of their own; without it they start apart."""
    for wanted in (True, False):
        trunk = digits(preset, {"model.same_start": wanted}).discriminator.trunk
        pairs = list(zip(trunk.private_a.weights, trunk.private_b.weights, strict=True))
        assert all(a is not b for a, b in pairs) and len(pairs) == 2
        assert np.array_equal(pairs[0][0], pairs[0][1]) == wanted


def test_domains_may_differ_in_channels(digits, digits_batch):
    """Grey and coloured; what cannot be copied starts on its own."""
    method = digits("da_mnist_usps", {"data.channels_b": 3, "model.same_start": True})
    outputs = method.forward(digits_batch((1, 3)), SEED).images
    assert outputs.translated["a"].shape == outputs.same["b"].shape == (4, 32, 32, 3)
    assert outputs.translated["b"].shape == outputs.same["a"].shape == (4, 32, 32, 1)
    assert method.classify(outputs.same["b"], "b").shape == (4, 10)
    assert list(method.preview(digits_batch((1, 3)))) == [
        "a", "a->a", "a->b", "a->b->a", "b", "b->b", "b->a", "b->a->b",
    ]  # fmt: skip
