"""The shipped classifier is right about faces, and files that hold no classifier are refused."""

import importlib.util
import json

import numpy as np
import pytest

from unit_tf.data.sources.avatar_faces import ATTRIBUTES, sample_pairs
from unit_tf.evaluation.features.attribute_classifier import (
    SHIPPED,
    SIZE,
    AttributeClassifier,
    build_network,
    card_path,
    load_classifier,
    save_classifier,
)

rendering = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("python_avatars", "resvg_py")),
    reason="python-avatars and resvg-py are not installed",
)
# Not the seed of the tool, whose held-out faces are on the card.
SEED = 20_261


@pytest.fixture(scope="module")
def shipped():
    return load_classifier()


def seen(classifier, attribute, images):
    column = classifier.attributes.index(attribute)
    return classifier.probabilities(images)[:, column] > 0.5


def rendered(attribute, count, size):
    """Test faces with the attribute, and the same without it."""
    from unit_tf.data.sources.avatar_images import render

    pairs = sample_pairs(attribute, "test", count, SEED)
    return [[render(pair[side], size) for pair in pairs] for side in (0, 1)]


def test_shipped_is_small_and_knows_every_attribute(shipped):
    assert SHIPPED.stat().st_size < 200_000
    assert set(shipped.attributes) == set(ATTRIBUTES)
    assert shipped.card["command"].startswith("python tools/train_attribute_classifier.py --")
    for name in ATTRIBUTES:
        assert shipped.card["held_out_accuracy"][name] >= 0.98


@rendering
@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("size", [32, 64, pytest.param(128, marks=pytest.mark.slow)])
def test_shipped_is_right_on_fresh_faces(shipped, attribute, size):
    with_it, without = rendered(attribute, 50, size)
    right = [*seen(shipped, attribute, with_it), *~seen(shipped, attribute, without)]
    assert np.mean(right) >= 0.98


@rendering
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_faint_trace_is_not_the_attribute(shipped, attribute):
    with_it, without = (np.stack(side) / 255 for side in rendered(attribute, 50, 64))
    assert np.mean(seen(shipped, attribute, 0.2 * with_it + 0.8 * without)) <= 0.04
    assert np.mean(seen(shipped, attribute, 0.8 * with_it + 0.2 * without)) >= 0.96


def test_bytes_and_floats_of_any_size_are_read_alike(shipped):
    images = [np.random.default_rng(i).integers(0, 256, (s, s, 3), np.uint8)
              for i, s in enumerate((SIZE, 40, 91))]  # fmt: skip
    found = shipped.probabilities(images)
    assert found.shape == (3, 4) and found.dtype == np.float32
    np.testing.assert_allclose(shipped.probabilities([x / 255 for x in images]), found, atol=1e-5)
    for image, row in zip(images, found, strict=True):
        assert shipped.probability(image, shipped.attributes[2]) == pytest.approx(row[2], abs=1e-5)


@pytest.fixture
def saved(tmp_path):
    """(path, AttributeClassifier) of an untrained one with two attributes."""
    path, card = tmp_path / "some.npz", {"held_out_accuracy": {"Hat": 0.5, "Tie": 1}}
    classifier = AttributeClassifier(build_network(2), ("Hat", "Tie"), card)
    save_classifier(classifier.network, classifier.attributes, path)
    card_path(path).write_text(json.dumps(card))
    return path, classifier


def test_saved_is_loaded(saved):
    path, classifier = saved
    found = load_classifier(path)
    assert (found.attributes, found.card) == (classifier.attributes, classifier.card)
    image = np.random.default_rng(0).integers(0, 256, (1, SIZE, SIZE, 3), np.uint8)
    np.testing.assert_allclose(
        found.probabilities(image), classifier.probabilities(image), atol=0.01
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda arrays: arrays.pop("attributes"), "no names of attributes"),
        (lambda arrays: arrays.update(attributes=np.zeros(2)), "no names of attributes"),
        (lambda arrays: arrays.pop("conv_2/kernel"), "first misfit: conv_2/kernel"),
        (lambda arrays: arrays.update({"logits/bias": np.zeros(3)}), "first misfit: logits/bias"),
        (lambda arrays: arrays["conv_0/bias"].fill(np.nan), "first misfit: conv_0/bias"),
    ],
)
def test_other_weights_are_refused(saved, change, reason):
    path, _ = saved
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    change(arrays)
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=f"some.npz: .*{reason}"):
        load_classifier(path)


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_card_that_is_missing_or_none_is_refused(saved, content):
    path, _ = saved
    card_path(path).unlink() if content is None else card_path(path).write_text(content)
    with pytest.raises(ValueError, match="some.json: "):
        load_classifier(path)


def test_a_pickle_is_not_read(saved):
    path, _ = saved
    np.savez(path, attributes=np.array(["Hat", {}], dtype=object))
    with pytest.raises(ValueError, match="some.npz: not a readable .npz"):
        load_classifier(path)
