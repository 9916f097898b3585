"""How many translations show the attribute, beside real faces and inputs."""

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.evaluation.evaluators.attribute_share import AttributeShare
from unit_tf.evaluation.evaluators.paired_scores import PairedScores
from unit_tf.evaluation.evaluators.passes import evaluate_pass
from unit_tf.evaluation.features import attribute_classifier
from unit_tf.methods.registry import find_method


class Bright:
    """Takes brightness for the attribute "Light", and for "Hat" nothing."""

    attributes = ("Hat", "Light")
    card = {"held_out_accuracy": {"Hat": 0.1, "Light": 0.99}}

    def probabilities(self, images):
        return np.array([[0, image.mean() / 255] for image in images])

    def probability(self, image, attribute):
        return self.probabilities([image])[0, self.attributes.index(attribute)]


@pytest.fixture
def evaluated(held, flat, make_pass):
    """(pairs of brightness, translate, direction, limit=None) -> PassResult."""

    def evaluate(pairs, translate, direction, limit=None):
        tests = held(*zip(*[(flat(v), flat(t)) for v, t in pairs], strict=True))
        share = AttributeShare("Light", Bright())
        share.prepare()
        work = make_pass(tests, translate, direction, limit)
        result = evaluate_pass(work, [PairedScores(), share])
        assert result.figures["paired"]
        return result.figures["attribute_share"], share.text(result.figures).splitlines()

    return evaluate


def test_shares_by_hand(evaluated, flat):
    """Three of four translations are dark; one dark input and one bright truth are taken wrong."""
    pairs = [(250, 10), (240, 20), (30, 15), (220, 200)]
    found, lines = evaluated(pairs, lambda x, name: flat(255 if name == "1.png" else 0), "a2b")
    assert found == {
        "attribute": "Light", "target": 0, "images": 4, "translation": 0.25, "identity": 0.75,
        "real": 0.25, "held_out_accuracy": 0.99, "accuracy": 0.75,
    }  # fmt: skip
    assert lines[0].split() == [
        "a2b:", "share", "with", "Light", "translation", "identity", "real"
    ]  # fmt: skip
    assert lines[1].split() == ["0.2500", "0.7500", "0.2500"]
    assert "0.9900 of its own held-out faces, on 0.7500 of these 8 inputs and truths" in lines[2]
    assert lines[3].startswith("note: that is below 0.98")


def test_the_other_direction_and_a_limit(evaluated, flat):
    pairs = [(10, 250), (20, 240), (30, 230)]
    found, lines = evaluated(pairs, lambda image, name: flat(200), "b2a", limit=2)
    assert (found["target"], found["images"], found["accuracy"]) == (1, 2, 1)
    assert (found["translation"], found["identity"], found["real"]) == (1, 0, 1)
    assert not any("note" in line for line in lines)


@pytest.mark.parametrize(
    ("source", "method", "applies"),
    [
        ("avatars", "unit", True), ("avatars", "munit", True), ("folder", "unit", False),
        ("blue_marble", "unit", False), ("celeb_a", "unit", False),
    ],
)  # fmt: skip
def test_other_data_have_no_classifier(source, method, applies):
    config = ExperimentConfig().replace({"data.source": source})
    assert AttributeShare.applies(None, config, find_method(method)) == applies


def test_a_damaged_classifier_is_one_line(monkeypatch):
    def damaged():
        raise ValueError("some.npz: not a readable .npz")

    monkeypatch.setattr(attribute_classifier, "load_classifier", damaged)
    with pytest.raises(UserError, match="some.npz: not a readable"):
        AttributeShare("Eyeglasses").prepare()
