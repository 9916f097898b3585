"""Deep tiffs with and without tags that say what black and white are."""

import io

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from unit_tf.data.images import decode

RAMP = np.linspace(0, 1, 12 * 16).reshape(12, 16)
GREY = RAMP * 255
DOUBLE = 12  # TIFF's number of that type


def tiff(values, low=None, high=None, **options):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in ((340, low), (341, high)):
        if value is not None:
            tags.tagtype[tag] = DOUBLE
            tags[tag] = float(value)
    for tag, value in options.items():
        tags[int(tag.removeprefix("tag"))] = value
    file = io.BytesIO()
    Image.fromarray(values).save(file, "TIFF", tiffinfo=tags)
    return file.getvalue()


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [
        (0, 4095, np.uint16), (-1024, 3072, np.int32), (0, 255, np.uint16),
        (-1, 1, np.float32), (200.5, 310, np.float32), (0, 1e9, np.float32),
    ],
)  # fmt: skip
def test_stated_range(low, high, kind):
    values = (RAMP * (high - low) + low).astype(kind)
    decoded = decode(tiff(values, low, high), 1)[..., 0]
    assert np.abs(decoded - GREY).max() <= 1.5
    np.testing.assert_array_equal(
        decode(tiff(values, low, high, tag274=3), 1)[::-1, ::-1, 0], decoded
    )


def test_what_lies_outside_is_clipped():
    values = np.float32([[-9999, 0, 60, 100, 200]]).repeat(2, 0)
    assert decode(tiff(values, 0, 100), 1)[0, :, 0].tolist() == [0, 0, 153, 255, 255]


@pytest.mark.parametrize(
    ("low", "high"), [(None, 4095), (0, None), (5, 5), (9, 1), (np.nan, 1), (0, np.inf)]
)
def test_tags_that_are_no_range_are_not_used(low, high):
    values = (RAMP * 65535).astype(np.uint16)
    assert np.abs(decode(tiff(values, low, high), 1)[..., 0] - GREY).max() <= 1.5


def test_twelve_bits():
    """Two values in three bytes; Pillow reads such files and cannot write them."""
    from_above = np.uint16([[0, 0xABC, 0xFFF, 0x123]])
    packed = bytes((0x00, 0x0A, 0xBC, 0xFF, 0xF1, 0x23))
    encoded = tiff(from_above)
    image = Image.open(io.BytesIO(encoded))
    place = image.tag_v2[273][0]
    changed = bytearray(encoded[:place] + packed + encoded[place + 8 :] + b"\0\0")
    entry = changed.index((258).to_bytes(2, "little") + (3).to_bytes(2, "little"))
    changed[entry + 8 : entry + 10] = (12).to_bytes(2, "little")
    decoded = decode(bytes(changed), 1)[0, :, 0]
    assert np.abs(decoded - from_above[0] / 4095 * 255).max() <= 1
