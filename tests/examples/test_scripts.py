"""The two smallest scripts run as a reader would run them, with small settings."""

import numpy as np
import pytest
from PIL import Image

import unit_tf

TINY = {
    "model.width": 1 / 16, "model.num_blocks": 1, "model.num_shared": 1, "run.steps": 2,
}  # fmt: skip


@pytest.fixture
def folders(tmp_path):
    """(folder of A, folder of B), three images each."""
    noise = np.random.default_rng(0)
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(3):
            image = noise.integers(0, 256, (70, 66, 3), np.uint8)
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
