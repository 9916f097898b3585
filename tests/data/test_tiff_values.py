"""TIFFs whose values Pillow does not give: every type, layout and compression of them."""

import itertools
import struct
import zlib

import numpy as np
import pytest

from unit_tf.data.images import BadImage, decode
from unit_tf.data.tiff_values import find_values

HEIGHT, WIDTH = 21, 35


def tiff(pixels, order="<", rows=HEIGHT, tile=None, predictor=1, deflate=False, planes=1, tags=()):
    """A TIFF of an array [H, W, bands], written tag by tag; tile: its side."""
    height, width, bands = pixels.shape
    pixels = pixels.astype(pixels.dtype.newbyteorder(order))
    layers = [pixels] if planes == 1 else [pixels[..., k : k + 1] for k in range(bands)]
    parts = [part for layer in layers for part in parts_of(layer, rows, tile)]
    parts = [differences(part, predictor, order).tobytes() for part in parts]
    parts = [zlib.compress(part) for part in parts] if deflate else parts
    places = np.cumsum([8, *map(len, parts)])[:-1].tolist()
    kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
    entries = {
        256: [width], 257: [height], 258: [8 * pixels.dtype.itemsize] * bands,
        259: [8 if deflate else 1], 262: [2 if bands == 3 else 1], 277: [bands],
        284: [planes], 317: [predictor], 339: [kind] * bands,
    }  # fmt: skip
    sizes = list(map(len, parts))
    layout = {322: [tile], 323: [tile], 324: places, 325: sizes}
    entries |= layout if tile else {273: places, 278: [rows], 279: sizes}
    entries |= dict(tags)
    body = b"".join(parts)
    body += b"\0" * (len(body) % 2)
    return join(body, entries, order)


def parts_of(layer, rows, tile):
    if not tile:
        return [layer[k : k + rows] for k in range(0, len(layer), rows)]
    down, right = (-(-side // tile) * tile for side in layer.shape[:2])
    padded = np.zeros((down, right, layer.shape[2]), layer.dtype)
    padded[: layer.shape[0], : layer.shape[1]] = layer
    corners = itertools.product(range(0, down, tile), range(0, right, tile))
    return [padded[y : y + tile, x : x + tile] for y, x in corners]


def differences(part, predictor, order):
    if predictor == 1:
        return part
    if predictor == 2:
        native = part.astype(part.dtype.newbyteorder("="))
        native[:, 1:] -= native[:, :-1].copy()
        return native.astype(part.dtype)
    upper_first = np.ascontiguousarray(part.astype(part.dtype.newbyteorder(">")))
    split = upper_first.view(np.uint8).reshape(len(part), -1, part.dtype.itemsize)
    split = np.ascontiguousarray(np.moveaxis(split, -1, 1)).reshape(len(part), -1, part.shape[2])
    split[:, 1:] -= split[:, :-1].copy()
    return split


def join(body, entries, order):
    start = 8 + len(body)
    beyond, table = b"", struct.pack(order + "H", len(entries))
    after = start + 2 + 12 * len(entries) + 4
    for number, values in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(packed) > 4:
            place, beyond = after + len(beyond), beyond + packed
            packed = struct.pack(order + "I", place)
        table += struct.pack(order + "HHI", number, 4, len(values)) + packed
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", start)
    return head + body + table + bytes(4) + beyond


def levels(kind, bands):
    """Values in [0, 1], or over the whole range of a type."""
    unit = np.random.default_rng(0).random((HEIGHT, WIDTH, bands))
    if np.dtype(kind).kind == "f":
        return unit.astype(kind)
    info = np.iinfo(kind)
    return (info.min + unit * (float(info.max) - info.min)).astype(kind)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "u2", "i2", "u4", "i4", "u8"])
def test_every_type(kind, bands):
    values = levels(kind, bands)
    found = find_values(tiff(values, order=">")).load()
    np.testing.assert_array_equal(found, values[..., 0] if bands == 1 else values)


@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "layout", [{"rows": 8}, {"rows": 1}, {"tile": 16}, {"planes": 2, "rows": 7}, {"planes": 2}]
)
@pytest.mark.parametrize(("kind", "predictor"), [("u2", 1), ("u2", 2), ("f4", 3), ("f8", 1)])
def test_every_layout(kind, predictor, layout, order, deflate):
    values = levels(kind, 3)
    encoded = tiff(values, order, predictor=predictor, deflate=deflate, **layout)
    np.testing.assert_array_equal(find_values(encoded).load(), values)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("kind", ["f2", "f8", "f4"])
def test_floats_are_read_as_images(kind, bands):
    values = levels(kind, bands)
    decoded = decode(tiff(values, deflate=True), bands)
    assert np.abs(decoded - values.astype(float) * 255).max() <= 0.6


def test_further_pages_are_told():
    one, said = tiff(levels("f8", 1)), []
    decode(one, 1, remark=said.append)
    assert not said
    place = struct.unpack_from("<I", one, 4)[0]
    end = place + 2 + 12 * struct.unpack_from("<H", one, place)[0]
    two = one[:end] + struct.pack("<I", len(one)) + one[end + 4 :] + one[place : end + 4]
    decode(two, 1, remark=said.append)
    circle = one[:end] + struct.pack("<I", place) + one[end + 4 :]
    decode(circle, 1, remark=said.append)
    assert said == ["only page 1 of 2 taken", "only page 1 of 10000 taken"]


def test_they_lie_as_their_orientation_says():
    values = levels("f8", 1)
    turned = decode(tiff(values, tags=[(274, [6])]), 1)
    np.testing.assert_array_equal(turned, np.rot90(decode(tiff(values), 1), -1))


def test_sixteen_bits_of_colour_count_where_a_range_is_asked_for():
    values = levels("u2", 3) // 16
    for asked in ((0, 4095), lambda extent: (0, 4095)):
        decoded = decode(tiff(values), 3, value_range=asked)
        assert np.abs(decoded - values / 4095 * 255).max() <= 0.6
    assert np.array_equal(decode(tiff(values), 3), values >> 8)  # as ever


def test_integers_of_32_bits_may_have_no_sign():
    values = levels("u4", 1)
    decoded = decode(tiff(values), 1, value_range=(0, 2**32 - 1))
    assert np.abs(decoded - values / (2**32 - 1) * 255).max() <= 0.6


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # as decode has it
@pytest.mark.parametrize(
    "encoded",
    [
        b"", b"II*\0", b"MM\0*" + bytes(4), b"II+\0" + bytes(20),
        tiff(levels("f8", 1))[:300],
        tiff(levels("f8", 1), tags=[(262, [5])]),
        tiff(levels("f8", 1), tags=[(259, [7])]),
        tiff(levels("f8", 1), tags=[(256, [0])]),
        tiff(levels("f8", 3), tags=[(258, [64, 64, 32])]),
        tiff(levels("f8", 3), planes=2, rows=8),
    ],
)  # fmt: skip
def test_what_cannot_be_had(encoded):
    assert find_values(encoded) is None


def test_one_that_is_cut_off_is_bad():
    encoded = tiff(levels("f8", 3), deflate=True)
    body = bytearray(encoded)
    body[8:40] = bytes(32)
    with pytest.raises(BadImage, match="^x: truncated or corrupt"):
        decode(bytes(body), 3, "x")
