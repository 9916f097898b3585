"""Files written by rows are those that Pillow writes, whole or not there."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.colour_profiles import is_srgb
from unit_tf.inference import row_writer as row_writer_lib
from unit_tf.inference.image_files import write_image
from unit_tf.inference.row_writer import row_writer, why_not_by_rows

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
IMAGE = np.asarray(Image.fromarray(PIXELS).resize((70, 45)))


@pytest.mark.parametrize("name", ["new/x.png", "x.JPG", "x.tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_same_pixels_as_in_one_go(tmp_path, name, channels):
    image, path = IMAGE[..., :channels], tmp_path / name
    with row_writer(path, image.shape[:2], channels) as write:
        write(image[:30])
        write(image[30:])
    write_image(tmp_path / "whole" / name, image)
    with Image.open(path) as found, Image.open(tmp_path / "whole" / name) as expected:
        assert (found.format, found.mode) == (expected.format, expected.mode)
        assert is_srgb(found) and ("icc_profile" in found.info) == (channels == 3)
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == [path.name]


def test_a_bigtiff_where_a_tiff_could_be_too_large(tmp_path, monkeypatch):
    for limit, magic in ((2**32, b"II*\0"), (100, b"II+\0")):
        monkeypatch.setattr(row_writer_lib, "_CLASSIC_TIFF", limit)
        with row_writer(tmp_path / "x.tif", IMAGE.shape[:2], 3) as write:
            write(IMAGE)
        assert (tmp_path / "x.tif").read_bytes()[:4] == magic


def test_nothing_is_left_where_rows_fail(tmp_path):
    with pytest.raises(KeyError), row_writer(tmp_path / "x.png", IMAGE.shape[:2], 3) as write:
        write(IMAGE[:10])
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(row_writer_lib, "_convert", fail)
    message = r"x.png: cannot be written \(no space left on device\)$"
    with (
        pytest.raises(UserError, match=message),
        row_writer(tmp_path / "x.png", (4000, 70), 3) as write,
    ):
        for _ in range(100):
            write(IMAGE[:40])
    assert not list(tmp_path.iterdir())


def test_formats():
    assert why_not_by_rows("x.jpg", (65_500, 9)) == why_not_by_rows("x.tiff", (90_000, 9)) == ""
    assert "at most 65500 pixels" in why_not_by_rows("x.jpeg", (9, 65_501))
    assert why_not_by_rows("x.webp", (9, 9)).startswith("no .webp file is written by rows")
