"""Sixteen bits of colour in PNGs, to the last bit."""

import struct
import zlib

import numpy as np
import pytest

from unit_tf.data.images import BadImage, decode


def png(values, filtered):
    """A PNG of an array [H, W, 3] of uint16; filtered: whether rows are differences."""
    rows = values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    if filtered:
        left = np.pad(rows, ((0, 0), (6, 0)))[:, :-6]
        rows = rows - left
    data = b"".join(bytes([filtered]) + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def test_one_without_its_last_rows_is_bad():
    values = np.full((9, 14, 3), 4000, np.uint16)
    encoded = png(values, False)
    header = encoded.index(b"IHDR")
    higher = encoded[header : header + 8] + struct.pack(">I", 12) + encoded[header + 12 :][:5]
    cut = encoded[:header] + higher + struct.pack(">I", zlib.crc32(higher)) + encoded[header + 21 :]
    for asked in (None, (0, 4095)):
        with pytest.raises(BadImage, match="its data end before its last row"):
            decode(cut, 3, value_range=asked)


@pytest.mark.parametrize("filtered", [False, True])
def test_every_bit_counts_where_a_range_is_asked_for(filtered):
    values = np.random.default_rng(0).integers(0, 4096, (9, 14, 3)).astype(np.uint16)
    decoded = decode(png(values, filtered), 3, value_range=(0, 4095))
    assert np.abs(decoded - values / 4095 * 255).max() <= 0.6
    assert np.array_equal(decode(png(values, filtered), 3), values >> 8)
