"""unit-evaluate of a classifier; translating and exporting with one end in a line."""

import json

import numpy as np
import pytest
from unit_tf.export import cli as export

from unit_tf.cli import evaluate, translate
from unit_tf.config import ExperimentConfig
from unit_tf.data import datasets
from unit_tf.data.base import Data
from unit_tf.data.base import TestPicture as Held
from unit_tf.methods.source_only import SourceOnly
from unit_tf.training import workdir as workdir_lib


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A classifier of random weights, and 12 held-out pictures of each domain."""
    folder = tmp_path / "work"
    folder.mkdir()
    settings = {
        "model.method": "source_only", "model.width": 0.1, "data.source": "labelled",
        "data.labelled_a": "mnist", "data.labelled_b": "usps", "data.image_size": 32,
        "data.channels": 1,
    }  # fmt: skip
    config = ExperimentConfig(preset="tiny").replace(settings)
    (folder / "config.json").write_text(config.to_json())
    loaded = workdir_lib.Loaded(config, SourceOnly(config), 5, folder)
    pictures = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 1), np.uint8)
    read = np.argmax(loaded.method.classify(pictures / np.float32(127.5) - 1, "a"), -1)
    tests = [
        # A's labels are what is read, B's the next class.
        [Held(f"{i}.png", lambda i=i: pictures[i], label=(int(k) + s) % 10)
         for i, k in enumerate(read)] for s in (0, 1)
    ]  # fmt: skip
    monkeypatch.setattr(workdir_lib, "load_method", lambda _: loaded)
    data = Data((), (), *tests)
    monkeypatch.setattr(datasets, "open_data", lambda config, held_out_only: data)
    return folder


def test_accuracies_and_matrices(workdir, run_command, tree):
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0
    *lines, report = result.out.splitlines()
    assert lines == [
        "a: 1.0000 of 12 pictures are read as what they are",
        "b: 0.0000 of 12 pictures are read as what they are",
    ]
    classes = json.loads(report)["classes"]
    assert np.sum(classes["b"]["confusion"]) == 12 and np.trace(classes["b"]["confusion"]) == 0
    assert {share for share in classes["a"]["accuracy_by_class"] if share is not None} == {1.0}
    names = ["config.json", "confusion_a.png", "confusion_b.png", "evaluation.json"]
    assert tree(workdir) == names
    assert json.loads((workdir / "evaluation.json").read_text()) == json.loads(report)


def test_a_limit(workdir, run_command):
    result = run_command(evaluate, f"--workdir={workdir}", "--limit=5")
    report = json.loads(result.out.splitlines()[-1])
    assert report["classes"]["a"]["pictures"] == 5


def test_it_does_not_translate(workdir, tmp_path, save_picture, refused):
    save_picture(tmp_path / "x.png", (32, 32))
    usual = [f"--workdir={workdir}", f"--output={tmp_path / 'out'}"]
    for module, more in (
        (translate, ["--direction=a2b", f"--input={tmp_path / 'x.png'}"]),
        (export, []),
    ):
        assert "method source_only does not translate" in refused(module, *usual, *more)
    assert not (tmp_path / "out").exists()
