"""PNGs whose data end before their last row, and whole ones that look like them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from unit_tf.data.images import BadImage, decode

NOISE = np.random.default_rng(0).integers(1, 256, (40, 30, 4), np.uint8)
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
         (1, 0, 2, 1))  # fmt: skip


def png(rows, size, bits, colours, interlaced=False, parts=1):
    """A PNG of bytes as they are before compression; valid to its end, whatever they are."""
    header = struct.pack(">IIBBBBB", size[1], size[0], bits, colours, 0, 0, interlaced)
    data = zlib.compress(rows)
    step = -(-len(data) // parts)
    pieces = [(b"IDAT", data[k : k + step]) for k in range(0, len(data), step)]
    chunks = [(b"IHDR", header), *pieces, (b"IEND", b"")]
    if colours == 3:
        chunks.insert(1, (b"PLTE", bytes(range(12))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def rows_of(pixels):
    return b"".join(b"\0" + row.tobytes() for row in pixels)


CASES = {
    "grey": (NOISE[..., 0], 8, 0), "colour": (NOISE[..., :3], 8, 2), "opacity": (NOISE, 8, 6),
    "deep": (NOISE[..., 0].astype(">u2"), 16, 0), "one bit": (NOISE[:, :4, 0], 1, 0),
    "palette": (NOISE[:, :8, 0] % 4, 2, 3),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kept", [0, 1, 25, 39, 39.5])
def test_too_few_rows(case, kept):
    pixels, bits, colours = CASES[case]
    width = pixels.shape[1] * 8 // bits if bits < 8 else pixels.shape[1]
    rows = rows_of(pixels)
    assert decode(png(rows, (40, width), bits, colours, parts=3), 3).shape == (40, width, 3)
    cut = rows[: int(len(rows) * kept / 40)]
    with pytest.raises(BadImage, match="^x: (cut off: its data end before its last row|truncated)"):
        decode(png(cut, (40, width), bits, colours, parts=3), 3, "x")


def test_black_rows_of_its_own_are_no_fault():
    pixels = NOISE[..., :3].copy()
    pixels[20:] = 0
    assert not decode(png(rows_of(pixels), (40, 30), 8, 2, parts=5), 3)[20:].any()
    for mode in ("1", "P", "L", "RGBA"):
        file = io.BytesIO()
        Image.new(mode, (70, 50)).save(file, "PNG")
        assert decode(file.getvalue(), 1).shape == (50, 70, 1)


@pytest.mark.parametrize("size", [(40, 30), (39, 29), (1, 1), (2, 1), (3, 9)])
def test_interlaced(size):
    pixels = NOISE[: size[0], : size[1], 0]
    passes = [pixels[y::down, x::right] for y, x, down, right in ADAM7]
    rows = b"".join(rows_of(part) for part in passes if part.size)
    whole = png(rows, size, 8, 0, interlaced=True)
    np.testing.assert_array_equal(decode(whole, 1)[..., 0], pixels)
    with pytest.raises(BadImage):
        decode(png(rows[:-1], size, 8, 0, interlaced=True), 1)
