"""A translator in Python, of images beyond the memory and from a file into a file."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.images import decode
from unit_tf.inference import translator as translator_lib


@pytest.fixture
def little_memory(monkeypatch):
    """Images of 150x140 pixels do not fit, and tiles of 124x124 do."""
    monkeypatch.setattr(translator_lib, "UNCHECKED", 1e6)
    monkeypatch.setattr(translator_lib, "available_memory", lambda: 2e6)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_an_image_beyond_the_memory_is_translated_in_tiles(
    translators, eager_steps, monkeypatch, little_memory, kind
):
    image = np.random.default_rng(0).integers(0, 256, (150, 140, 3), np.uint8)
    image = image if kind == np.uint8 else image.astype(kind) / 255
    translator, found = translators("unit"), {}
    for way in ("tiles", "whole"):
        found[way] = translator.translate(image)
        monkeypatch.setattr(translator_lib, "available_memory", lambda: 1e9)
    assert found["tiles"].dtype == kind and found["tiles"].shape == (150, 140, 1)
    most = 1 if kind == np.uint8 else 1e-4
    apart = np.abs(found["tiles"].astype(float) - found["whole"])
    assert found["whole"].std() > 5 * most and apart.max() <= most


def test_a_file_into_a_file(translators, eager_steps, tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (150, 140, 3), np.uint8)).save(tmp_path / "x.png")
    translator = translators("munit")
    files = [tmp_path / "whole.png", tmp_path / "tiles.png"]
    for file, memory in zip(files, (None, 0.002), strict=True):
        translator.translate_file(tmp_path / "x.png", file, seed=1, max_memory_gb=memory)
    whole, tiles = (decode(file, 3).astype(int) for file in files)
    expected = translator.translate(tmp_path / "x.png", seed=1)
    np.testing.assert_array_equal(whole, np.asarray(expected))
    assert whole.std() > 1 and np.abs(whole - tiles).max() <= 1


@pytest.mark.parametrize(
    ("target", "more", "message"),
    [
        ("x.png", {}, "is an input as well"),
        ("y.gif", {}, r"^target=\S*y.gif: no extension that can be written; there are .bmp"),
        ("y.png", {"direction": "up"}, "translates a2b and b2a"),
        ("y.png", {"max_memory_gb": 1e-6}, "pixels fit"),
    ],
)
def test_a_file_that_cannot_be(translators, tmp_path, target, more, message):
    Image.new("RGB", (20, 20)).save(tmp_path / "x.png")
    with pytest.raises(UserError, match=message):
        translators("unit").translate_file(tmp_path / "x.png", tmp_path / target, **more)
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]
