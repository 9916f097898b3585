"""Files that hold more than is taken, and TIFFs that Pillow cannot read, written tag by tag."""

import importlib.util
import io
import struct

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.images import BadImage, decode
from unit_tf.data.parts_of_files import remark_lines


def tiff(pixels, sample_format=1, photometric=1, extra=()):
    """A TIFF of one strip; pixels: array [H, W, bands]."""
    height, width, bands = pixels.shape
    bits = pixels.dtype.itemsize * 8
    tags = [
        (256, "H", [width]), (257, "H", [height]), (258, "H", [bits] * bands), (259, "H", [1]),
        (262, "H", [photometric]), (273, "I", [8]), (277, "H", [bands]), (278, "H", [height]),
        (279, "I", [pixels.nbytes]), (338, "H", extra), (339, "H", [sample_format] * bands),
    ]  # fmt: skip
    tags = [tag for tag in tags if len(tag[2])]
    body = pixels.tobytes()
    body += b"\0" * (len(body) % 2)
    start = 8 + len(body)
    beyond, table = b"", struct.pack("<H", len(tags))
    after = start + 2 + 12 * len(tags) + 4
    for number, kind, values in tags:
        packed = struct.pack(f"<{len(values)}{kind}", *values)
        if len(packed) > 4:
            place, beyond = after + len(beyond), beyond + packed + b"\0" * (len(packed) % 2)
            packed = struct.pack("<I", place)
        table += struct.pack("<HHI", number, {"H": 3, "I": 4}[kind], len(values))
        table += packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", start) + body + table + bytes(4) + beyond


def levels(bands, kind=np.uint8):
    return np.arange(8 * 6 * bands).reshape(8, 6, bands).astype(kind)


def taken(encoded):
    said = []
    decode(encoded, 3, remark=said.append)
    return said


@pytest.mark.parametrize(
    ("encoded", "remark"),
    [
        (tiff(levels(1)), []),
        (tiff(levels(3), photometric=2), []),
        (tiff(levels(4), photometric=2, extra=[2]), []),  # the fourth is opacity
        (tiff(levels(2), extra=[0]), ["only band 1 of 2 taken"]),
        (tiff(levels(4), photometric=2, extra=[0]), ["only bands 1 to 3 of 4 taken"]),
    ],
    ids=["grey", "colour", "opacity", "two bands", "near infrared"],
)
def test_bands(encoded, remark):
    assert taken(encoded) == remark


@pytest.mark.parametrize(
    ("kind", "word"), [("TIFF", "page"), ("GIF", "frame"), ("PNG", "frame"), ("WEBP", "frame")]
)
def test_pages_and_frames(kind, word):
    frames = [Image.new("RGB", (8, 8), (k, 90, 90)) for k in (0, 90, 180)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    assert taken(file.getvalue()) == [f"only {word} 1 of 3 taken"]
    assert np.abs(decode(file.getvalue(), 3).astype(int) - (0, 90, 90)).max() <= 4
    file = io.BytesIO()
    frames[0].save(file, kind)
    assert taken(file.getvalue()) == []


@pytest.mark.parametrize(
    ("encoded", "held"),
    [
        (tiff(levels(10), extra=[0] * 9), "10 bands of 8-bit integers"),
        (tiff(levels(4), extra=[0] * 3), "4 bands of 8-bit integers"),
        (tiff(levels(2, np.float16), sample_format=3), "2 bands of 16-bit floats"),
        (tiff(levels(1, np.float64), sample_format=3, photometric=5), "1 band of 64-bit floats"),
        (tiff(levels(3, np.float32), 6, photometric=2), "3 bands of 32-bit values"),
    ],
    ids=["ten bands", "four grey bands", "two of floats", "other colours", "complex"],
)
def test_what_pillow_cannot_read_is_said_in_one_line(encoded, held, capfd):
    with pytest.raises(BadImage, match=f"^x: a tiff of {held}, which is not read; one or three"):
        decode(encoded, 3, "x")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kept", [4, 10, 200])
def test_half_a_tiff_is_no_other_error(kept):
    with pytest.raises(BadImage, match="not a png"):
        decode(tiff(levels(10), extra=[0] * 9)[:kept], 3)


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif"), reason="it is read then")
def test_heic_without_its_package_says_which():
    with pytest.raises(BadImage, match=r"^x: heic, which needs pip install 'unit_tf\[heic\]'$"):
        decode(b"\0\0\0\x18ftypheic" + bytes(99), 3, "x")


@pytest.mark.parametrize("kind", ["JPEG2000", "AVIF"])
def test_newer_formats(kind):
    file = io.BytesIO()
    Image.new("RGB", (32, 32), (10, 200, 90)).save(file, kind)
    assert np.abs(decode(file.getvalue(), 3).astype(int) - (10, 200, 90)).max() <= 4


def test_one_line_a_remark():
    remarks = {f"{k}\n.tif": "only page 1 of 2 taken" for k in range(22)} | {
        "a": None,
        "b": "other",
    }
    first, second = remark_lines(remarks)
    assert first.startswith(r"22 images: only page 1 of 2 taken (0\n.tif, 1\n.tif, ")
    assert first.endswith(r"19\n.tif and 2 more)") and second == "1 image: other (b)"
