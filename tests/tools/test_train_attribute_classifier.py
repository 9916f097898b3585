"""tools/train_attribute_classifier.py: faces that are no test faces, and what it writes."""

import dataclasses
import importlib.util
import json

import numpy as np
import pytest

from unit_tf.cli import flags
from unit_tf.data.sources.avatar_faces import ATTRIBUTES, identity, part_of, sample_pairs
from unit_tf.evaluation.features.attribute_classifier import load_classifier


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("train_attribute_classifier")


def test_training_faces_are_test_faces_of_no_attribute(tool):
    pairs = tool.training_pairs(10, 3)
    assert len(pairs) == 10 * len(ATTRIBUTES)
    parts = {part_of(identity(face, name)) for name in ATTRIBUTES for p in pairs for face in p}
    assert parts == {"a", "b"}
    assert tool.training_pairs(10, 3) == pairs != tool.training_pairs(10, 4)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_labels(tool, attribute):
    column = list(ATTRIBUTES).index(attribute)
    for pair in sample_pairs(attribute, "a", 20, 0):
        labels = [tool.face_labels(face) for face in pair]
        assert [row[column] for row in labels] == [1, 0]


def test_a_smile_under_a_beard_has_no_label(tool):
    face = sample_pairs("Smiling", "a", 1, 0)[0][0]
    bearded = dataclasses.replace(face, beard="BEARD_LIGHT")
    names = list(ATTRIBUTES)
    assert tool.face_labels(face)[names.index("Smiling")] == 1
    assert tool.face_labels(bearded)[names.index("Smiling")] == tool.UNKNOWN
    assert tool.face_labels(bearded)[names.index("Goatee")] == 1


def test_changed_faces_stay_nearer_to_themselves(tool):
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    found = [tool.changed(black, white, np.random.default_rng(i)) for i in range(40)]
    assert all(x.shape == black.shape and x.dtype == np.uint8 for x in found)
    assert max(x.mean() for x in found) < 255 / 2
    assert len({x.tobytes() for x in found}) > 30
    again = tool.changed(black, white, np.random.default_rng(5))
    assert np.array_equal(again, found[5])


def test_writes_weights_and_a_card(tool, tmp_path, capsys):
    for name in ("python_avatars", "resvg_py"):
        if not importlib.util.find_spec(name):
            pytest.skip(f"{name} is not installed")
    argv = ["tool", f"--output={tmp_path}", "--pairs=2", "--held_out_pairs=2", "--steps=2"]
    assert flags.run(tool.main, tool.FLAGS, tool.__doc__, argv) == 0
    card = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = load_classifier(tmp_path / "avatar_attributes.npz")
    assert found.card == card and found.attributes == tuple(ATTRIBUTES)
    assert set(card["held_out_accuracy"]) == set(card["held_out_accuracy_changed"])
    assert card["command"].endswith("--pairs=2 --held_out_pairs=2 --steps=2 --seed=1")
    assert (card["training_faces"], card["held_out_faces"]) == (16, 4)
