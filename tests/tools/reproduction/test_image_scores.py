"""Scores of each image by itself, beside the means that evaluators give of the same passes."""

import types

import numpy as np
import pytest

import image_scores
from unit_tf.data import base
from unit_tf.evaluation.evaluators.attribute_share import AttributeShare
from unit_tf.evaluation.evaluators.paired_scores import PairedScores
from unit_tf.evaluation.evaluators.passes import Pass
from unit_tf.evaluation.evaluators.region_scores import RegionScores
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass


class BrightIsGlasses:
    """In place of the shipped classifier."""

    attributes = ("Eyeglasses",)
    card = {"held_out_accuracy": {"Eyeglasses": 1.0}}

    def probabilities(self, images):
        return np.array([[image.mean() / 255] for image in images])

    def probability(self, image, attribute):
        return self.probabilities([image])[0, self.attributes.index(attribute)]


@pytest.fixture
def work():
    """A Pass of three pairs of noise. The truth differs from the first input in one corner only."""
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (12, 16, 3), np.uint8) for _ in range(3)]
    truths = [images[0].copy(), images[1] // 2, images[2]]
    truths[0][:4, :4] = 255 - truths[0][:4, :4]
    pairs = zip(images, truths, strict=True)
    tests = [
        base.TestImage(f"{i}.png", lambda image=image: image, lambda truth=truth: truth)
        for i, (image, truth) in enumerate(pairs)
    ]
    method = types.SimpleNamespace(directions=("a2b", "b2a"), classifies=False)
    data = base.Data((), (), tests, ())
    return Pass(method, data, "a", None, lambda image, name: image // 2 + 60)


def test_their_means_are_the_evaluators(work):
    each = image_scores.image_scores([work])["a2b"]["each"]
    figures = evaluate_pass(work, [PairedScores(baselines=False), RegionScores()]).figures
    for name, mean in figures["translation"].items():
        assert np.mean(each[name]) == pytest.approx(mean, abs=1e-4), name
    for region in ("inside", "outside"):
        values = [v for v in each[f"{region}/l1"] if v is not None]
        found = figures["local_edits"][region]
        assert len(values) == found["images"]
        assert np.mean(values) == pytest.approx(found["translation"]["l1"], abs=1e-4)
    assert each["inside/l1"][2] is None


def test_what_each_face_shows(work):
    faces = AttributeShare("Eyeglasses", BrightIsGlasses())
    each = image_scores.image_scores([work], faces)["a2b"]["each"]
    share = evaluate_pass(work, [faces]).figures["attribute_share"]["translation"]
    assert each["attribute"] == [int((test.load() // 2 + 60).mean() > 127.5) for test in work.tests]
    assert np.mean(each["attribute"]) == share
