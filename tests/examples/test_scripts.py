"""The two smallest scripts run as a reader would run them, with small settings."""

import pathlib
import runpy
import sys
from unittest import mock

import numpy as np
import pytest
from PIL import Image

import unit_tf
from unit_tf.methods.registry import METHODS

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
TINY = {
    "model.width": 1 / 16, "model.num_blocks": 1, "model.num_shared": 1, "run.steps": 2,
}  # fmt: skip


@pytest.fixture
def folders(tmp_path):
    """(folder of A, folder of B), three images each.

    Of few levels: the search for the best constant colour takes seconds among all 256^3.
    """
    noise = np.random.default_rng(0)
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(3):
            image = noise.integers(96, 160, (70, 66, 3), np.uint8)
            Image.fromarray(image).save(tmp_path / name / f"{i}.png")
    return tmp_path / "a", tmp_path / "b"


def test_translate(load_example, folders, tmp_path):
    load_example("translate").main(folders[0] / "0.png", tmp_path / "out.png")
    expected = unit_tf.load("blue_marble").translate(folders[0] / "0.png", direction="a2b")
    with Image.open(tmp_path / "out.png") as found:
        assert found.size == (66, 70)
        assert np.array_equal(np.asarray(found), np.asarray(expected))


def test_train_own_folders(load_example, folders, tmp_path, capsys):
    workdir = tmp_path / "run"
    (folders[0] / ".DS_Store").touch()  # macOS leaves it, and training reads only images
    load_example("train_own_folders").main(*folders, workdir, **TINY)
    printed = capsys.readouterr().out.split()
    assert [path for path in printed if path.endswith("a2b_64x64_float32.tflite")]
    with Image.open(workdir / "first.png") as first:
        assert first.size == (66, 70)
    assert unit_tf.load(workdir).step == 2


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("translate", ["absent.png", "out.png"], "absent.png: "),
        ("translate", ["absent.png", "out.png", "blue_marbel"], "blue_marbel"),
        ("train_own_folders", ["absent", "absent", "run"], "--data.dir_a=absent: no such folder"),
        ("add_a_method", ["absent", "absent", "x.png"], "--data.dir_a=absent: no such folder"),
    ],
)
def test_a_mistake_is_one_line(tmp_path, monkeypatch, capsys, script, arguments, message):
    """And exit code 2, as of the commands."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [f"{script}.py", *arguments])
    # The example adds its own method.
    with mock.patch.dict(METHODS), pytest.raises(SystemExit) as end:
        runpy.run_path(str(EXAMPLES / f"{script}.py"), run_name="__main__")
    err = capsys.readouterr().err
    assert end.value.code == 2 and message in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
