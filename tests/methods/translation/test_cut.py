"""CUT: what its losses compare, where their gradients go, and what the seed decides."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.layers.latent import part_of_batch
from unit_tf.losses.patch_nce import patch_nce
from unit_tf.methods.registry import build_method
from unit_tf.methods.weights import half_floats, kept_weights, needed_weights

TINY = {
    "model.method": "cut", "model.architecture": "resnet2017", "model.width": 1 / 16,
    "model.num_blocks": 2, "model.discriminator_depth": 2, "data.image_size": 16,
}  # fmt: skip
SEED = (5, 6)


@functools.cache
def networks():
    method = build_method(ExperimentConfig().replace(TINY))
    rng = np.random.default_rng(0)
    for variable in method.trainable_variables:
        scale = np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    return method


def make(**weights):
    """The same networks under other weights."""
    method = networks()
    found = {f"weights.{name}": value for name, value in weights.items()}
    method.config = ExperimentConfig().replace({**TINY, **found})
    return method


def batch(rows=2, seed=1):
    rng = np.random.default_rng(seed)
    return tuple(tf.constant(rng.uniform(-1, 1, (rows, 16, 16, 3)), tf.float32) for _ in "ab")


def forward(method, images=None, seed=SEED, training=True):
    return method.forward(images or batch(), tf.constant(seed), training)


def test_what_is_computed():
    """x_ab, x_bb where wanted, and unit vectors of five maps, as many as a map has places."""
    outputs = forward(make(identity=1))
    x_a, x_b = batch()
    method = networks()
    np.testing.assert_allclose(outputs.translated["a"], method.translate(x_a, "a2b"), atol=1e-5)
    np.testing.assert_allclose(outputs.kept, method.translate(x_b, "a2b"), atol=1e-5)
    for queries, keys in outputs.patches.values():
        places = [256, 64, 16, 16, 16]  # of 16x16, 8x8 and 4x4
        assert (
            [q.shape for q in queries] == [k.shape for k in keys] == [(2, s, 256) for s in places]
        )
        for vectors in (*queries, *keys):
            np.testing.assert_allclose(tf.norm(vectors, axis=-1), 1, atol=1e-3)
    assert list(outputs.translated) == ["a"] and networks().targets == ("b",)
    alone = forward(make(identity=0))
    assert alone.kept is None and set(alone.patches) == {"nce"}
    for one, other in zip(alone.patches["nce"][0], outputs.patches["nce"][0], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_losses():
    """Of translations against their images, and of x_bb against x_b."""
    method = make(identity=1)
    outputs = forward(method)
    terms = method.generator_terms(outputs)
    assert set(terms) == {"gan/b", "nce/b", "identity/b"}
    for family in ("nce", "identity"):
        assert float(terms[f"{family}/b"]) == float(patch_nce(*outputs.patches[family]))
    assert set(method.discriminator_terms(outputs)) == {"discriminator/b"}
    assert set(make(identity=0).generator_terms(outputs)) == {"gan/b", "nce/b"}


def test_a_translation_that_is_its_image_is_found():
    """Queries equal their keys then. Queries of another image do not."""
    method = make()
    x_a, x_b = batch()
    _, maps = method._encode(x_a, True)
    seed = tf.constant(SEED)
    own, other = (method._patches(maps, x, None, seed, True) for x in (x_a, x_b))
    for q, k in zip(*own, strict=True):
        np.testing.assert_allclose(q, k, atol=1e-6)
    assert float(patch_nce(*own)) + 0.5 < float(patch_nce(*other))


def gradients(family):
    """{"player": largest gradient of a loss} of encoder, generator, heads and discriminator."""
    method = make(identity=1)
    parts = {
        "encoder": method.encoder, "generator": method.generator,
        "discriminator": method.discriminator,
        **{head.name: head for head in method.heads},
    }  # fmt: skip
    variables = {name: [v.value for v in p.trainable_variables] for name, p in parts.items()}
    with tf.GradientTape() as tape:
        loss = method.generator_terms(forward(method))[f"{family}/b"]
    found = tape.gradient(loss, variables, unconnected_gradients="zero")
    return {name: max(np.abs(g).max() for g in part) for name, part in found.items()}


@pytest.mark.parametrize("family", ["nce", "identity"])
def test_a_patch_loss_teaches_encoder_generator_and_heads(family):
    found = gradients(family)
    assert found.pop("discriminator") == 0
    assert all(size > 0 for size in found.values()), found


def test_the_encoder_learns_through_the_translation_alone():
    """Nothing comes by the keys: without queries that depend on it, its gradient is none."""
    method = make()
    x_a, _ = batch()
    with tf.GradientTape() as tape:
        code, maps = method._encode(x_a, True)
        queries, keys = method._patches(maps, x_a, None, tf.constant(SEED), True)
        loss = patch_nce([tf.stop_gradient(q) for q in queries], keys)
    variables = [*method.encoder.trainable_variables, *method.heads[0].trainable_variables]
    assert tape.gradient(loss, variables) == [None] * len(variables)


def test_places_follow_from_the_seed():
    """Another step looks at other patches of the large maps; the translation stays."""
    method = make()
    one, same, other = forward(method), forward(method), forward(method, seed=(5, 7))
    np.testing.assert_array_equal(one.translated["a"], other.translated["a"])
    queries = [o.patches["nce"][0][0] for o in (one, same, other)]
    np.testing.assert_array_equal(queries[0], queries[1])
    assert not np.allclose(queries[0], queries[2])


def flips(outputs, plain):
    """Which images were translated mirrored."""
    pairs = zip(outputs.translated["a"], plain.translated["a"], strict=True)
    return [not np.allclose(a, b, atol=1e-6) for a, b in pairs]


@pytest.mark.parametrize("downsamples", [2, 5, 8])
def test_no_two_numbers_of_a_training_come_from_one_seed(downsamples):
    """One for each compared layer and one for the mirrors, in each of two steps."""
    settings = {**TINY, "model.width": 1 / 64, "model.num_downsamples": downsamples}
    method = build_method(ExperimentConfig().replace(settings))
    count = len(method.layers_compared)
    assert count == downsamples + 3
    numbers = [*range(count), method._streams - 1]
    seeds = [
        tuple(method._stream(tf.constant([3, step]), number).numpy())
        for step in (6, 7) for number in numbers
    ]  # fmt: skip
    assert len(set(seeds)) == len(seeds) == 2 * (count + 1)
    if downsamples == 2:  # as every training of before has them
        assert seeds[-1] == (3, 7 * 8 + 7)


def test_half_of_the_images_are_translated_mirrored():
    """And only with the setting; the discriminator sees them so."""
    images = batch(16)
    plain = forward(make(), images)
    flipped = forward(make(nce_flip=True), images)
    turned = np.array(flips(flipped, plain))
    assert 2 <= turned.sum() <= 14
    mirrored = make().translate(images[0][:, :, ::-1], "a2b")
    np.testing.assert_allclose(flipped.translated["a"][turned], mirrored[turned], atol=1e-5)
    other = forward(make(nce_flip=True), images, seed=(5, 8))
    assert flips(other, plain) != list(turned)


def test_flipped_maps_lie_over_their_images():
    """By the pixels, whose place is plain: where G is the identity, query and key are one."""
    method = make(nce_flip=True)
    images, seed = batch(16), tf.constant(SEED)
    turned = method._mirrored(16, images[0], seed)
    mirrored = tf.where(turned, images[0][:, :, ::-1], images[0])
    _, maps = method._encode(images[0], True)
    queries, keys = method._patches(maps, mirrored, turned, seed, True)
    assert turned.numpy().any() and not turned.numpy().all()
    np.testing.assert_allclose(queries[0], keys[0], atol=1e-6)


@pytest.mark.parametrize("weights", [{"identity": 1}, {"nce_flip": True}])
def test_parts_of_a_batch_are_its_rows(weights):
    """Places and flips of each image are those that the whole batch has."""
    method, images = make(**weights), batch(4)
    whole = forward(method, images)
    for index in range(2):
        rows = slice(2 * index, 2 * index + 2)
        with part_of_batch(index, 2):
            part = forward(method, tuple(x[rows] for x in images))
        np.testing.assert_allclose(part.translated["a"], whole.translated["a"][rows], atol=1e-5)
        for family in ["nce", *(["identity"] if "identity" in weights else [])]:
            for one, two in zip(part.patches[family][0], whole.patches[family][0], strict=True):
                np.testing.assert_allclose(one, two[rows], atol=1e-4)


def test_heads_are_for_training_alone():
    """In no file of weights and no shipped translator; the generators' optimizer moves them."""
    method = make()
    heads = {v.path for head in method.heads for v in head.weights}
    assert len(heads) == 5 * 4
    assert heads <= {v.path for v in method.generator_variables}
    assert heads == {v.path for v in method.training_state}
    for names in (kept_weights(method), needed_weights(method), half_floats(method)):
        assert not heads & set(names)
    assert {name.partition("/")[0] for name in needed_weights(method)} == {
        "encoder_a", "generator_b",
    }  # fmt: skip


def test_heads_compute_in_float32_whatever_the_precision():
    from unit_tf.layers.dtypes import dtype_policy

    with dtype_policy("mixed_bfloat16"):
        method = build_method(ExperimentConfig().replace({**TINY, "weights.nce_flip": True}))
    assert method.encoder.private_a.compute_dtype == "bfloat16"
    assert {head.hidden.compute_dtype for head in method.heads} == {"float32"}
    outputs = forward(method)
    assert {v.dtype for side in outputs.patches["nce"] for v in side} == {tf.float32}
    assert method.generator_terms(outputs)["nce/b"].dtype == tf.float32


def test_a_flat_image_gives_finite_gradients():
    method = make(identity=1)
    flat = tuple(tf.fill((1, 16, 16, 3), v) for v in (1.0, 0.1))
    with tf.GradientTape() as tape:
        terms = method.generator_terms(forward(method, flat))
        loss = tf.add_n(list(terms.values()))
    assert np.isfinite(float(loss))
    for gradient in tape.gradient(loss, method.generator_variables):
        assert np.isfinite(gradient).all()
