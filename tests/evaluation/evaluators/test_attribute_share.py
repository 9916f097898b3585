"""unit-evaluate tells how many translations show the attribute, beside real faces and inputs."""

import importlib.util
import json

import numpy as np
import pytest

from unit_tf.cli import attribute_share, evaluate, scores
from unit_tf.config import ExperimentConfig
from unit_tf.data.base import TestImage as Held
from unit_tf.evaluation.features import attribute_classifier


class Bright:
    """Takes brightness for the attribute "Light", and for "Hat" nothing."""

    attributes = ("Hat", "Light")
    card = {"held_out_accuracy": {"Hat": 0.1, "Light": 0.99}}

    def probabilities(self, images):
        return np.array([[0, image.mean() / 255] for image in images])

    def probability(self, image, attribute):
        return self.probabilities([image])[0, self.attributes.index(attribute)]


def flat(value):
    return np.full((12, 12, 3), value, np.uint8)


def held(*pairs):
    return [Held(f"{i}", lambda v=v: flat(v), lambda t=t: flat(t))
            for i, (v, t) in enumerate(pairs)]  # fmt: skip


def evaluated(tests, translate, direction, limit=None):
    """add_attribute_share's figures, as a command makes them."""
    classified = attribute_share.Classified(translate, Bright(), "Light")
    result = scores.evaluate_direction(tests, classified, direction, limit)
    result = attribute_share.add_attribute_share(result, classified, tests, direction)
    assert result.figures["paired"]
    return result.figures["attribute_share"]


def test_shares_by_hand(capsys):
    """Three of four translations are dark; one dark input and one bright truth are taken wrong."""
    tests = held((250, 10), (240, 20), (30, 15), (220, 200))
    found = evaluated(tests, lambda image, name: flat(255 if name == "1" else 0), "a2b")
    assert found == {
        "attribute": "Light", "target": 0, "images": 4, "translation": 0.25, "identity": 0.75,
        "real": 0.25, "held_out_accuracy": 0.99, "accuracy": 0.75,
    }  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "a2b:", "share", "with", "Light", "translation", "identity", "real"
    ]  # fmt: skip
    assert lines[1].split() == ["0.2500", "0.7500", "0.2500"]
    assert "0.9900 of its own held-out faces, on 0.7500 of these 8 inputs and truths" in lines[2]
    assert lines[3].startswith("note: that is below 0.98")


def test_the_other_direction_and_a_limit(capsys):
    tests = held((10, 250), (20, 240), (30, 230))
    found = evaluated(tests, lambda image, name: flat(200), "b2a", limit=2)
    assert (found["target"], found["images"], found["accuracy"]) == (1, 2, 1)
    assert (found["translation"], found["identity"], found["real"]) == (1, 0, 1)
    assert "note" not in capsys.readouterr().out


@pytest.mark.parametrize("source", ["folder", "blue_marble", "celeb_a"])
def test_other_data_have_no_classifier(source, monkeypatch):
    monkeypatch.setattr(attribute_classifier, "load_classifier", None)
    config = ExperimentConfig().replace({"data.source": source})
    assert attribute_share.open_classifier(config) is None


def test_the_command(make_workdir, run_command, tmp_path):
    for name in ("python_avatars", "resvg_py"):
        if not importlib.util.find_spec(name):
            pytest.skip(f"{name} is not installed")
    workdir = make_workdir(**{
        "data.source": "avatars", "data.attribute": "Eyeglasses", "data.num_test_faces": 6,
        "data.cache_dir": str(tmp_path / "cache"),
    })  # fmt: skip
    result = run_command(evaluate, f"--workdir={workdir}", "--limit=5")
    assert result.code == 0, result.err
    document = json.loads(result.out.splitlines()[-1])
    for direction, figures in document["directions"].items():
        share, target = figures["attribute_share"], int(direction == "b2a")
        assert (share["attribute"], share["images"], share["target"]) == ("Eyeglasses", 5, target)
        assert (share["identity"], share["real"], share["accuracy"]) == (1 - target, target, 1)
        assert f"{direction}: share with Eyeglasses" in result.out
        assert 0 < figures["local_edits"]["changed"] < 0.2
        assert figures["local_edits"]["outside"]["identity"]["l1"] < 0.1


def test_a_damaged_classifier_is_one_line(monkeypatch):
    def damaged():
        raise ValueError("some.npz: not a readable .npz")

    monkeypatch.setattr(attribute_classifier, "load_classifier", damaged)
    config = ExperimentConfig().replace({"data.source": "avatars"})
    with pytest.raises(attribute_share.UserError, match="some.npz: not a readable"):
        attribute_share.open_classifier(config)
