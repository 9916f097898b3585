"""A file into a file in tiles, with a network that changes nothing."""

import threading
import types

import numpy as np
import pytest
from PIL import Image

from unit_tf.data import check_progress
from unit_tf.data.image_rows import ImageRows
from unit_tf.inference.tile_grid import Grid
from unit_tf.inference.tiled_files import Stopped, translate_file

METHOD = types.SimpleNamespace(
    translate=lambda x, direction: x, channels={"a": 3, "b": 3}, smallest_side=4
)


@pytest.fixture
def translate(tmp_path, eager_steps):
    """(stop) -> path of the result of "x.png", in 2x2 tiles."""
    pixels = np.random.default_rng(0).integers(0, 256, (37, 30, 3), np.uint8)
    source, target = tmp_path / "x.png", tmp_path / "y.png"
    Image.fromarray(pixels).save(source)
    grid = Grid((37, 30), 24, 4, 4, 4)
    inputs = types.SimpleNamespace(tiled={source: grid}, rows=lambda path: ImageRows(path, 3))

    def run(stop=None):
        translate_file(METHOD, "a2b", inputs, source, target, stop=stop)
        return source, target

    return run


def test_every_pixel_is_in_its_place_and_progress_is_said(translate, monkeypatch, capsys):
    monkeypatch.setattr(check_progress, "LINE_EVERY_SECONDS", 0)
    source, target = translate()
    np.testing.assert_array_equal(np.asarray(Image.open(target)), np.asarray(Image.open(source)))
    lines = [f"{source}: translated {k} of 4 tiles" for k in (1, 2, 3)]
    assert capsys.readouterr().err.splitlines() == lines


def test_one_that_is_stopped_leaves_nothing(translate, tmp_path):
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        translate(stop)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]
