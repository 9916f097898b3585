"""A method that translates in one direction is exported in that one, whole."""

import json

import numpy as np
import pytest
import unit_tf.export
from PIL import Image
from unit_tf.export import manifest
from unit_tf.export.tasks import build_task
from unit_tf.export.warmup import FILE as WARMUP

pytestmark = pytest.mark.usefixtures("convert_once", "compare_few")

PATHS = [
    "serving/a2b/1", "tflite/a2b_32x32_float32.tflite", "tflite/a2b_32x32_int8.tflite", "web",
]  # fmt: skip


@pytest.fixture
def workdir(one_sided, workdir_of):
    return workdir_of(one_sided)


@pytest.fixture
def data(tmp_path, images):
    """{"data.dir_a": folder} and the same of B, with two images each."""
    for folder in "ab":
        (tmp_path / folder).mkdir()
        for i, image in enumerate(images):
            Image.fromarray(image).save(tmp_path / folder / f"{i}.png")
    return {f"data.dir_{folder}": tmp_path / folder for folder in "ab"}


def test_every_format_has_the_one_direction(workdir, data, sham, tmp_path, tree):
    out = tmp_path / "out"
    report = unit_tf.export(
        workdir, out, formats=("saved_model", "tflite", "web"), quantizations=("float32", "int8"),
        litert=sham, data=data,
    )  # fmt: skip
    assert list(report.artefacts) == PATHS and manifest.read(out) == report.artefacts
    served, float32, int8, page = report.artefacts.values()
    for entry in (served, float32, int8):
        assert entry["direction"] == "a2b" and entry["parity"]["images"] == 4
        assert entry["parity"]["compared_on"] == "4 training crops of a"
    assert max(served["parity"]["max_difference"], float32["parity"]["max_difference"]) <= 1e-4
    assert int8["parity"]["psnr_db"] > 25 and page["models"] == PATHS[1:2]
    assert WARMUP.as_posix() in tree(out / PATHS[0])
    assert tree(out / "serving")[0] == "a2b" and "b2a" not in " ".join(tree(out))
    models = json.loads((out / "web/models.json").read_text())["models"]
    assert [(model["direction"], model["channels_in"]) for model in models] == [("a2b", 3)]


@pytest.mark.parametrize("direction", ["b2a", "both"])
def test_the_other_is_refused_by_what_there_is(call, workdir, tmp_path, capfd, direction):
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}", f"--direction={direction}") == 2
    line = f"unit-export: --direction={direction}: method one_sided translates a2b alone\n"
    assert capfd.readouterr() == ("", line) and not out.exists()


def test_there_is_no_task_of_the_other(one_sided):
    with pytest.raises(KeyError):
        build_task(one_sided, "b2a")
    image = np.zeros((1, 32, 32, 3), np.float32)
    assert build_task(one_sided, "a2b").compute(image)["translated"].shape == (1, 32, 32, 1)
