"""The report as JSON, and as files."""

import json
import types

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig
from unit_tf.evaluation.evaluators.run_passes import PassResult
from unit_tf.evaluation.report import report_of


def report(results=(), classifies=False, **settings):
    config = ExperimentConfig(preset="tiny").replace(settings)
    method = types.SimpleNamespace(classifies=classifies)
    loaded = types.SimpleNamespace(method=method, step=7, source="weights")
    return report_of(config, loaded, dict(results), ("skipped 1",))


def result(name, number=1.0):
    image = np.full((4, 5, 3), 9, np.uint8)
    return name, PassResult({"l1": number}, f"{name}: text", {f"grid_{name}": image})


@pytest.mark.parametrize("name", ["relief", "topography"])
def test_it_names_another_map(name):
    """The default one is not named, as in evaluations of before there were two."""
    found = report(**{"data.source": "blue_marble", "data.map": name})
    named = {} if name == "relief" else {"map": name}
    assert found.data == {"source": "blue_marble", **named}


def test_fields_and_their_order():
    found = report([result("a2b"), result("b2a")])
    assert list(json.loads(found.to_json()).items()) == [
        ("preset", "tiny"), ("step", 7), ("weights", "weights"), ("data", {"source": "folder"}),
        ("notes", ["skipped 1"]), ("directions", {"a2b": {"l1": 1}, "b2a": {"l1": 1}}),
    ]  # fmt: skip
    assert found.text == "a2b: text\nb2a: text\nscored: step 7, weights"
    assert list(found.images) == ["grid_a2b", "grid_b2a"]


def test_classes_stand_apart():
    found = report([result("a"), result("b")], classifies=True)
    assert json.loads(found.to_json())["directions"] == {}
    assert json.loads(found.to_json())["classes"] == {"a": {"l1": 1}, "b": {"l1": 1}}
    assert list(json.loads(found.to_json()))[-1] == "classes"


def test_files(tmp_path):
    found = report([result("a2b")])
    found.write(tmp_path / "new")
    text = (tmp_path / "new" / "evaluation.json").read_text()
    assert text == found.to_json() + "\n" and text.count("\n") == 1
    with Image.open(tmp_path / "new" / "grid_a2b.png") as image:
        assert image.size == (5, 4)
    assert len(list((tmp_path / "new").iterdir())) == 2


def test_a_figure_that_is_not_finite_leaves_no_files(tmp_path):
    with pytest.raises(ValueError):
        report([result("a2b", float("nan"))]).write(tmp_path)
    assert not list(tmp_path.iterdir())
