"""evaluate(): from a request to a report, and what comes before TensorFlow."""

import dataclasses
import json
import os
import types

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.evaluation.evaluate_workdir import evaluate, output_folder
from unit_tf.evaluation.features import efficientnet_lite0
from unit_tf.evaluation.request import EvaluationRequest
from unit_tf.inference import load as load_lib
from unit_tf.methods.registry import METHODS, find_method
from unit_tf.training import workdir as workdir_lib


class OneSided:
    """Translates a2b alone, by making images darker."""

    directions, classifies, style_size = ("a2b",), False, 0
    stride = smallest_side = 1
    largest_side = 64
    channels = {"a": 3, "b": 3}

    def translate(self, x, direction):
        assert direction == "a2b"
        return x * 0.5 - 0.5


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A trained one-sided method, with three test images of A and two of B."""
    folder = tmp_path / "run"
    rng = np.random.default_rng(0)
    for domain, count in (("A", 3), ("B", 2)):
        (tmp_path / f"data/test{domain}").mkdir(parents=True)
        for i in range(count):
            pixels = rng.integers(0, 256, (12, 12, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"data/test{domain}/{domain}{i}.png")
    spec = dataclasses.replace(find_method("unit"), name="one_sided", directions=("a2b",))
    monkeypatch.setitem(METHODS, "one_sided", spec)
    settings = {"model.method": "one_sided", "data.root": str(tmp_path / "data")}
    config = ExperimentConfig(preset="tiny").replace(settings)
    folder.mkdir()
    (folder / "config.json").write_text(config.to_json())
    loaded = types.SimpleNamespace(config=config, method=OneSided(), step=3, source=folder / "w")
    monkeypatch.setattr(load_lib, "load", lambda workdir, checkpoint: loaded)
    # As if the extra ``scores`` were not installed: its network takes seconds, and leaves features.
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: None)
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_only_the_directions_there_are(workdir):
    """The report and its files have a2b alone, and say so."""
    said = []
    report = evaluate(EvaluationRequest(workdir), said.append)
    assert list(report.directions) == ["a2b"] and report.directions["a2b"]["images"] == 3
    counted = "test A: 3 images, test B: 2 images"
    assert report.notes == (counted, "method one_sided translates a2b alone")
    assert "\n".join(said) == report.text and said[-1].startswith("scored: step 3, ")
    assert "b2a" not in report.text
    assert names(workdir) == ["config.json", "evaluation.json", "grid_a2b.png"]
    assert json.loads((workdir / "evaluation.json").read_text()) == report.to_dict()


def test_images_of_the_other_domain_alone_do_not_help(workdir):
    for path in (workdir.parent / "data/testA").iterdir():
        path.unlink()
    (workdir.parent / "data/testA").rmdir()
    with pytest.raises(UserError, match="^no test images; name some with --data.test_dir_a"):
        evaluate(EvaluationRequest(workdir))


def test_settings_of_a_request(workdir, tmp_path):
    """Fewer images, from elsewhere, into another folder, and by one evaluator."""
    (tmp_path / "data").rename(tmp_path / "moved")
    request = EvaluationRequest(
        workdir, output=tmp_path / "out", limit=2, data={"data.root": str(tmp_path / "moved")},
        evaluators=("paired",),
    )  # fmt: skip
    report = evaluate(request)
    assert report.directions == {"a2b": {"images": 2, "paired": False}}
    assert report.data == {"source": "folder", "root": str(tmp_path / "moved")}
    assert names(tmp_path / "out") == ["evaluation.json"] and names(workdir) == ["config.json"]


def test_tensorflow_starts_after_the_data_were_looked_at(workdir, tmp_path):
    started = []
    with pytest.raises(UserError, match="--data.root=/absent"):
        evaluate(
            EvaluationRequest(workdir, data={"data.root": "/absent"}),
            start_tensorflow=lambda: started.append("too early"),
        )
    assert started == []
    evaluate(EvaluationRequest(workdir), start_tensorflow=lambda: started.append("started"))
    assert started == ["started"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"limit": 0}, "--limit=0"),
        ({"classifier": "absent.keras"}, "--classifier=absent.keras: no such file"),
        ({"seed": 1}, "--run.seed=1: method one_sided has one translation for one image"),
        ({"evaluators": ("classes",)}, "evaluators=classes: has nothing to measure"),
        ({"data": {"data.rot": "x"}}, "--data.rot"),
        ({"checkpoint": "best"}, "--checkpoint=best: no best checkpoint is known"),
    ],
)
def test_bad_requests(workdir, fields, message):
    with pytest.raises(UserError) as caught:
        evaluate(EvaluationRequest(workdir, **fields))
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert names(workdir) == ["config.json"]


def test_output_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(workdir_lib, "PRETRAINED", tmp_path / "package")
    shipped, own = tmp_path / "package" / "word", tmp_path / "own"
    for folder in (shipped, own):
        folder.mkdir(parents=True)
    (tmp_path / "file").touch()
    assert output_folder(None, own) == own
    assert output_folder(own / "new", shipped) == own / "new"
    with pytest.raises(UserError, match="--output is required"):
        output_folder(None, shipped)
    with pytest.raises(UserError, match="not a folder"):
        output_folder(tmp_path / "file", own)
    with pytest.raises(UserError, match="file is not a folder"):  # not after minutes of work
        output_folder(tmp_path / "file" / "below", own)


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no folder that root cannot write to")
def test_an_output_that_takes_nothing_is_refused_at_once(tmp_path):
    with pytest.raises(UserError, match="--output=/proc/self/x: "):
        output_folder("/proc/self/x", tmp_path)
    assert output_folder(tmp_path / "a/b", tmp_path) == tmp_path / "a/b"
    assert not list(tmp_path.iterdir())
