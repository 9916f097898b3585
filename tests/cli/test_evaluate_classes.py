"""unit-evaluate of methods that classify, with and without translations."""

import json

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import evaluate, translate
from unit_tf.config import ExperimentConfig
from unit_tf.data import datasets
from unit_tf.data.base import Data
from unit_tf.data.base import TestImage as Held
from unit_tf.inference import load as load_lib
from unit_tf.methods.registry import build_method


@pytest.fixture(scope="module")
def methods():
    """methods(name): (config, Method of random weights), each built once."""
    built = {}

    def build(name):
        if name not in built:
            settings = {
                "model.method": name, "model.architecture": "table5", "model.width": 0.1,
                "data.source": "labelled",
                "data.labelled_a": "mnist", "data.labelled_b": "usps", "data.image_size": 32,
                "data.channels": 1,
            }  # fmt: skip
            config = ExperimentConfig(preset="tiny").replace(settings)
            built[name] = config, build_method(config)
        return built[name]

    return build


@pytest.fixture(params=["source_only", "unit_da"])
def workdir(request, methods, tmp_path, monkeypatch):
    """A classifier of random weights, and 12 held-out images of each domain."""
    folder = tmp_path / "work"
    folder.mkdir()
    config, method = methods(request.param)
    (folder / "config.json").write_text(config.to_json())
    loaded = load_lib.LoadedTranslator(config, method, 5, folder / "checkpoints" / "000000005")
    images = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 1), np.uint8)
    tests = []
    # A's labels are what is read, B's the next class.
    for domain, further in (("a", 0), ("b", 1)):
        read = np.argmax(method.classify(images / np.float32(127.5) - 1, domain), -1)
        tests.append(
            [
                Held(f"{i}.png", lambda i=i: images[i], label=(int(k) + further) % 10)
                for i, k in enumerate(read)
            ]
        )
    monkeypatch.setattr(load_lib, "load", lambda *_: loaded)
    data = Data((), (), *tests)
    monkeypatch.setattr(datasets, "open_data", lambda config, held_out_only: data)
    return folder


def test_accuracies_and_matrices(workdir, run_command, tree):
    result = run_command(evaluate, f"--workdir={workdir}")
    assert result.code == 0
    *lines, report = result.out.splitlines()
    assert lines == [
        "a: 1.0000 of 12 images are read as what they are",
        "b: 0.0000 of 12 images are read as what they are",
        f"scored: step 5, {workdir / 'checkpoints/000000005'}",
    ]
    classes = json.loads(report)["classes"]
    assert np.sum(classes["b"]["confusion"]) == 12 and np.trace(classes["b"]["confusion"]) == 0
    assert {share for share in classes["a"]["accuracy_by_class"] if share is not None} == {1.0}
    names = ["config.json", "confusion_a.png", "confusion_b.png", "evaluation.json"]
    if json.loads((workdir / "config.json").read_text())["model"]["method"] == "unit_da":
        names += ["grid_a2b.png", "grid_b2a.png"]
    assert tree(workdir) == names
    assert json.loads((workdir / "evaluation.json").read_text()) == json.loads(report)


def test_a_limit(workdir, run_command):
    result = run_command(evaluate, f"--workdir={workdir}", "--limit=5")
    report = json.loads(result.out.splitlines()[-1])
    assert report["classes"]["a"]["images"] == 5


def test_digits_have_one_size(workdir, refused):
    line = refused(evaluate, f"--workdir={workdir}", "--resize=32")
    assert line.endswith(" takes images of one size alone\n")


@pytest.mark.parametrize("workdir", ["source_only"], indirect=True)
def test_a_classifier_does_not_translate(workdir, tmp_path, save_image, refused):
    save_image(tmp_path / "x.png", (32, 32))
    line = refused(
        translate, f"--workdir={workdir}", f"--output={tmp_path / 'out'}", "--direction=a2b",
        f"--input={tmp_path / 'x.png'}",
    )  # fmt: skip
    assert f"{workdir}/checkpoints/" in line and "method source_only does not translate" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workdir", ["unit_da"], indirect=True)
def test_digits_are_translated_up_to_their_size(
    workdir, tmp_path, save_image, run_command, refused
):
    """MNIST's 28x28 stay 28x28; what the networks are too small for is named."""
    save_image(tmp_path / "x.png", (28, 28))
    save_image(tmp_path / "large.png", (33, 20))
    (tmp_path / "both").mkdir()
    save_image(tmp_path / "both/small.png", (28, 28))
    save_image(tmp_path / "both/tall.png", (40, 20))
    usual = [f"--workdir={workdir}", f"--output={tmp_path / 'out'}", "--direction=b2a"]
    assert run_command(translate, *usual, f"--input={tmp_path / 'x.png'}").code == 0
    with Image.open(tmp_path / "out/x.png") as image:
        assert image.size == (28, 28) and image.mode == "L"
    line = refused(translate, *usual, f"--input={tmp_path / 'large.png'}")
    assert "large.png (33x20 pixels, at most 32x32 are taken)" in line
    # Before anything is written.
    line = refused(translate, *usual, f"--input={tmp_path / 'both'}")
    assert "1 of 2 images cannot be used" in line
    assert not (tmp_path / "out/small.png").exists()
