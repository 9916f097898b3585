"""ImageRows gives the rows that decoding the whole image gives, or says why it cannot."""

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from unit_tf.data.base import Unusable
from unit_tf.data.image_rows import ImageRows, NotByRows
from unit_tf.data.images import decode

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 4, 4), np.uint8)
PICTURE = Image.fromarray(PIXELS).resize((41, 150), Image.Resampling.BICUBIC)
TURNED = Image.Exif()
TURNED[0x0112] = 6


def read(path, channels, *parts):
    rows = ImageRows(path, channels)
    out = np.zeros((*rows.size, channels), np.uint8)
    for part in np.split(out, parts):
        rows.read_into(part)
    return out


@pytest.mark.parametrize(
    ("mode", "ending", "options"),
    [
        ("RGB", "png", {}), ("L", "png", {}), ("LA", "png", {}), ("RGBA", "png", {}),
        ("P", "png", {}), ("P", "png", {"transparency": 3}), ("1", "png", {}),
        ("RGB", "jpg", {}), ("L", "jpg", {}), ("CMYK", "jpg", {}), ("CMYK", "tif", {}),
        ("RGB", "jpg", {"progressive": True}), ("RGB", "tif", {"compression": "jpeg"}),
        ("RGB", "tif", {"compression": "tiff_lzw"}), ("RGB", "tif", {"big_tiff": True}),
        ("RGB", "jpg", {"exif": TURNED}), ("RGB", "tif", {"exif": TURNED}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 3])
def test_rows_are_those_of_the_whole(tmp_path, mode, ending, options, channels):
    path = tmp_path / f"x.{ending}"
    PICTURE.convert(mode).save(path, **options)
    np.testing.assert_array_equal(read(path, channels, 7), decode(path, channels))
    ImageRows(path, channels).check()


def test_of_a_profile_and_of_tiles(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    PICTURE.convert("RGB").save(tmp_path / "x.png", icc_profile=profile)
    np.testing.assert_array_equal(read(tmp_path / "x.png", 3), decode(tmp_path / "x.png", 3))
    image = pyvips.Image.new_from_array(np.asarray(PICTURE.convert("RGB")))
    image.tiffsave(str(tmp_path / "x.tif"), tile=True, tile_width=32, tile_height=32, bigtiff=True)
    np.testing.assert_array_equal(read(tmp_path / "x.tif", 3), decode(tmp_path / "x.tif", 3))


def test_pages_and_what_is_kept_in_memory(tmp_path):
    image = PICTURE.convert("RGB")
    image.save(tmp_path / "x.tif", save_all=True, append_images=[image])
    assert ImageRows(tmp_path / "x.tif", 3).remark == "only page 1 of 2 taken"
    image.save(tmp_path / "x.jpg", progressive=True)
    rows = ImageRows(tmp_path / "x.jpg", 3)
    assert (rows.remark, rows.whole_bytes) == ("", 41 * 150 * 6)


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.tif"])
def test_a_file_cut_off(tmp_path, name):
    path = tmp_path / name
    PICTURE.convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(Unusable, match=r"truncated or corrupt \([^\n]+\)$") as raised:
        ImageRows(path, 3).check()
    assert not isinstance(raised.value, NotByRows)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_off_and_closed(tmp_path, progressive):
    path = tmp_path / "x.jpg"
    PICTURE.convert("RGB").save(path, progressive=progressive)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3] + b"\xff\xd9")
    with pytest.raises(Unusable, match="^cut off, and closed with an end marker$"):
        ImageRows(path, 3).check()


def test_what_is_not_read_by_rows(tmp_path):
    PICTURE.convert("RGB").save(tmp_path / "x.webp")
    PICTURE.convert("YCbCr").save(tmp_path / "x.tif")
    Image.fromarray(PIXELS[..., 0].astype(np.int32)).save(tmp_path / "deep.tif")
    for name, reason in (("x.webp", "no png"), ("x.tif", "YCbCr"), ("deep.tif", "1 bands of int")):
        with pytest.raises(NotByRows, match=reason):
            ImageRows(tmp_path / name, 3)


@pytest.mark.parametrize("name", [".", "nothing.png", "/dev/null"])
def test_what_is_no_file(tmp_path, name):
    with pytest.raises(Unusable, match="^no "):
        ImageRows(tmp_path / name, 3)
