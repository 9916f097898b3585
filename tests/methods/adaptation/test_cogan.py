"""CoGAN: pairs of images from one noise."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.layers.latent import replica_normal
from unit_tf.methods.registry import build_method
from unit_tf.models.digit_networks import NOISE
from unit_tf.resolve import resolve

SEED = tf.constant([5, 6], tf.int32)


@pytest.fixture(scope="module")
def method(digits):
    return digits("cogan_mnist_usps")


def test_a_pair_comes_from_one_noise(method, digits_batch):
    """Each domain decodes the same shared features."""
    sampled = method.forward(digits_batch(), SEED).sampled
    noise = replica_normal((4, 1, 1, NOISE), SEED)
    features = method.generator.run_shared(noise, training=True)
    for d in "ab":
        wanted = method.generator.run_private(features, d, training=True)
        np.testing.assert_allclose(sampled[d], wanted, atol=1e-5)
        assert np.abs(sampled[d][0] - sampled[d][1]).max() > 0.01  # a row has its own


def test_a_seed_is_a_pair(method):
    first, again, other = (method.sample(2, seed) for seed in (SEED, SEED, SEED + 1))
    for d in "ab":
        np.testing.assert_array_equal(first[d], again[d])
        assert np.abs(first[d] - other[d]).max() > 1e-4


def test_terms_by_hand(method, digits_batch):
    """D learns A's labels and the same features for a pair; fakes are the sampled images alone."""
    outputs = method.forward(batch := digits_batch(), SEED)
    discriminator, sampled = method.discriminator, outputs.sampled
    predicted = {d: discriminator(sampled[d], domain=d) for d in "ab"}
    terms, own = method.discriminator_terms(outputs), method.generator_terms(outputs)
    apart = np.abs(predicted["a"].features - predicted["b"].features).sum(-1).mean()
    np.testing.assert_allclose(terms["feature/ab"], apart, rtol=1e-4)
    for d, x in zip("ab", batch[:2], strict=True):
        real = np.log1p(np.exp(-discriminator(x, domain=d).real)).mean()
        fake = np.log1p(np.exp(predicted[d].real)).mean()
        np.testing.assert_allclose(terms[f"discriminator/{d}"], real + fake, rtol=1e-4)
        fooled = np.log1p(np.exp(-predicted[d].real)).mean()
        np.testing.assert_allclose(own[f"gan/{d}"], fooled, rtol=1e-4)
    logits = discriminator(batch[0], domain="a").classes
    wanted = -tf.gather(tf.nn.log_softmax(logits), batch[2], batch_dims=1).numpy().mean()
    np.testing.assert_allclose(terms["classification/a"], wanted, rtol=1e-4)
    assert set(terms) == {"discriminator/a", "discriminator/b", "classification/a", "feature/ab"}


def test_replicas_sample_what_one_device_would(method):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        mirrored = build_method(method.config)
    for variable, own in zip(mirrored.variables, method.variables, strict=True):
        variable.assign(own.numpy())
    parts = strategy.run(lambda: mirrored.sample(2, SEED))
    whole = method.sample(4, SEED)
    for d in "ab":
        joined = np.concatenate(strategy.experimental_local_results(parts[d]))
        np.testing.assert_allclose(joined, whole[d], atol=1e-5)


def test_preview_is_of_pairs(method, digits_batch):
    columns = method.preview(digits_batch())
    assert list(columns) == ["sampled in a", "the same in b"]
    assert np.array_equal(*(method.preview(digits_batch())["sampled in a"] for _ in range(2)))


def test_channels_of_each_domain(digits):
    sampled = digits("cogan_mnist_usps", {"data.channels_a": 3}).sample(2, SEED)
    assert (sampled["a"].shape, sampled["b"].shape) == ((2, 32, 32, 3), (2, 32, 32, 1))
    assert resolve("cogan_mnist_usps", {}).weights.gan == 1
