"""Values of TIFFs that Pillow does not read, or reads by their upper eight bits alone.

Pillow undoes the compression all the same: it is handed the file with another directory, by which
each pixel is as many grey ones as it has bytes. Which values the bytes are is seen to here.
"""

import io
import struct
import typing

import numpy as np
from PIL import TiffImagePlugin

_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _COLOURS, _BANDS = 256, 257, 258, 259, 262, 277
_ROWS, _PLANES, _PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT = 278, 284, 317, 322, 323
_ORIENTATION, _FORMAT, _PROFILE = 274, 339, 34675
_PLACES = ((273, 279), (324, 325))  # where strips and tiles are, and of how many bytes
_LOSSLESS = (1, 5, 8, 32773, 32946, 34925, 50000)  # none, LZW, Deflate, PackBits, LZMA, Zstandard
_KINDS = {1: "u", 2: "i", 3: "f"}
# What Pillow and this module raise of damaged directories.
UNREADABLE = (
    AttributeError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error,
)  # fmt: skip
_GREY, _RGB = 1, 2
_BIG = 43  # the third byte of a BigTIFF, whose places have eight bytes
_SUBFILE, _OLD_SUBFILE = 254, 255
_NO_PAGE, _PREVIEW = 1 | 4, 2
_MOST_PAGES = 10_000  # directories may follow one another in a circle


class TiffValues(typing.NamedTuple):
    """The first page of a TIFF of one or three bands, not yet decompressed.

    Attributes:
      encoded: the file's content.
      tags: {number: int, float or tuple}.
      size: (height, width).
      bands: 1 or 3.
      dtype: numpy's, in the file's byte order.
    """

    encoded: bytes
    tags: typing.Mapping
    size: tuple
    bands: int
    dtype: np.dtype

    @property
    def orientation(self):
        """EXIF's number of how it lies."""
        return self.tags.get(_ORIENTATION, 1)

    @property
    def profile(self):
        """Its ICC profile, or None."""
        return self.tags.get(_PROFILE)

    def load(self):
        """The values, array [H, W] or [H, W, 3].

        Raises:
          OSError: the file is cut off or damaged.
        """
        rows = _decompress(self)
        (height, width), bands = self.size, self.bands
        planes = bands if self.tags.get(_PLANES, 1) == 2 else 1
        tile = self.tags.get(_TILE_WIDTH, width)
        samples = bands // planes
        parts = np.split(rows, rows.shape[1] // (tile * samples * self.dtype.itemsize), axis=1)
        predictor = self.tags.get(_PREDICTOR, 1)
        values = np.concatenate([self._values(part, samples, predictor) for part in parts], axis=1)
        values = values.reshape(planes, height, -1, samples)[:, :, :width]
        values = values[0] if planes == 1 else np.moveaxis(values[..., 0], 0, -1)
        return values[..., 0] if bands == 1 else values

    def _values(self, part, samples, predictor):
        """Bytes [h, n] -> values [h, w, samples], differences added up."""
        part = np.ascontiguousarray(part)
        if predictor == 3:  # differences of bytes, those of highest worth first
            summed = np.add.accumulate(part.reshape(len(part), -1, samples), axis=1, dtype=np.uint8)
            planes = summed.reshape(len(part), self.dtype.itemsize, -1)
            part, kind = np.moveaxis(planes, 1, -1), self.dtype.newbyteorder(">")
        else:
            kind = self.dtype
        values = np.ascontiguousarray(part).view(kind).reshape(len(part), -1, samples)
        values = values.astype(kind.newbyteorder("="))
        if predictor == 2:
            values = np.add.accumulate(values, axis=1, dtype=values.dtype)
        return values


def find_values(encoded):
    """The values that a TIFF's first page holds; None where they cannot be had here.

    Args:
      encoded: a file's content.

    Returns:
      TiffValues or None.
    """
    try:
        tags = first_tags(encoded) if encoded[:4] in _STARTS[:2] else {}
        size = tags[_HEIGHT], tags[_WIDTH]
        bands, bits, kinds = tags.get(_BANDS, 1), tags.get(_BITS, (1,)), tags.get(_FORMAT, (1,))
        name = f"{_KINDS[kinds[0]]}{bits[0] // 8}"
        dtype = np.dtype(name).newbyteorder({b"II": "<", b"MM": ">"}[encoded[:2]])
    except UNREADABLE:
        return None
    found = TiffValues(encoded, tags, size, bands, dtype)
    alike = len(set(bits)) == len(set(kinds)) == 1 and bits[0] % 8 == 0
    return found if alike and _is_simple(found) else None


def first_tags(encoded):
    """The tags of a TIFF's first page; raises one of UNREADABLE."""
    file = io.BytesIO(encoded)
    tags = _open_directories(file)
    file.seek(tags.next)
    tags.load(file)
    return tags


def find_pages(file):
    """Where the directories of a TIFF's pages are; previews and masks are no pages.

    Args:
      file: binary file. Its directories alone are read.

    Returns:
      {where a page's directory is: (height, width)} in order, as far as the directories can be
      read; empty where it is no TIFF.
    """
    found, seen = {}, set()
    file.seek(0)
    if file.read(4) not in _STARTS[:3]:  # Pillow finds no page of the fourth kind
        return found
    try:
        tags = _open_directories(file)
        while tags.next and tags.next not in seen and len(seen) < _MOST_PAGES:
            start = tags.next
            seen.add(start)
            file.seek(start)
            tags.load(file)
            if not (tags.get(_SUBFILE, 0) & _NO_PAGE or tags.get(_OLD_SUBFILE) == _PREVIEW):
                sides = tags.get(_HEIGHT), tags.get(_WIDTH)
                found[start] = tuple(side if isinstance(side, int) else 0 for side in sides)
    except UNREADABLE:
        pass
    return found


def from_page(encoded, start):
    """A TIFF whose first page is another one of its pages.

    Args:
      encoded: the file's content.
      start: one of ``find_pages``.
    """
    order, big = "<" if encoded[:2] == b"II" else ">", encoded[2] == _BIG
    place = struct.pack(order + ("Q" if big else "I"), start)
    return encoded[: 8 if big else 4] + place + encoded[16 if big else 8 :]


def count_pages(encoded):
    """How many pages a TIFF has, as far as its directories can be read."""
    count, tags = 1, first_tags(encoded)
    file = io.BytesIO(encoded)
    while tags.next and count < _MOST_PAGES:
        try:
            file.seek(tags.next)
            tags.load(file)
        except UNREADABLE:
            break
        count += 1
    return count


def is_tiff(encoded):
    """Whether bytes begin as a TIFF does."""
    return encoded[:4] in _STARTS


def _open_directories(file):
    """A file's tags, not yet loaded, whose ``next`` is where the first page's are."""
    file.seek(0)
    head = file.read(8)
    if head[2] == _BIG:
        head += file.read(8)
    return TiffImagePlugin.ImageFileDirectory_v2(head)


def _is_simple(found):
    """Whether bands, colours and parts are laid out as ``load`` takes them."""
    tags, height = found.tags, found.size[0]
    expected = {1: _GREY, 3: _RGB}.get(found.bands)
    if expected is None or tags.get(_COLOURS) != expected or min(found.size) < 1:
        return False
    rows = tags.get(_TILE_HEIGHT) or min(tags.get(_ROWS, height), height)
    predictor = tags.get(_PREDICTOR, 1)
    return (
        tags.get(_COMPRESSION, 1) in _LOSSLESS
        and (tags.get(_PLANES, 1) == 1 or height % rows == 0)
        and (predictor == 1 or predictor == (3 if found.dtype.kind == "f" else 2))
        and any(places in tags and sizes in tags for places, sizes in _PLACES)
    )


def _decompress(found):
    """The bytes of the values, uint8 array [rows, bytes a row]."""
    planes = found.bands if found.tags.get(_PLANES, 1) == 2 else 1
    per_pixel = found.dtype.itemsize * found.bands // planes
    (height, width), tile = found.size, found.tags.get(_TILE_WIDTH)
    width = -(-width // tile) * tile if tile else width
    entries = {
        _WIDTH: width * per_pixel, _HEIGHT: height * planes, _BITS: 8, _COLOURS: _GREY, _BANDS: 1,
        _COMPRESSION: found.tags.get(_COMPRESSION, 1),
    }  # fmt: skip
    if tile:
        entries |= {_TILE_WIDTH: tile * per_pixel, _TILE_HEIGHT: found.tags[_TILE_HEIGHT]}
    else:
        entries[_ROWS] = min(found.tags.get(_ROWS, height), height)
    for pair in _PLACES:
        entries |= {tag: found.tags[tag] for tag in pair if tag in found.tags}
    # Not by Image.open: its limit of pixels is for pixels, not for bytes.
    changed = io.BytesIO(_with_directory(found.encoded, entries))
    with TiffImagePlugin.TiffImageFile(changed) as image:
        image.load()
        return np.asarray(image)


def _with_directory(encoded, entries):
    """A TIFF whose only directory is {tag: int or tuple of int}, put behind its end."""
    order = "<" if encoded[:2] == b"II" else ">"
    start = len(encoded) + len(encoded) % 2
    table, beyond = struct.pack(order + "H", len(entries)), b""
    after = start + 2 + 12 * len(entries) + 4
    for tag, value in sorted(entries.items()):
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"{order}{len(values)}I", *values)
        if len(packed) > 4:
            place, beyond = after + len(beyond), beyond + packed
            packed = struct.pack(order + "I", place)
        table += struct.pack(order + "HHI", tag, 4, len(values)) + packed
    head = encoded[:4] + struct.pack(order + "I", start) + encoded[8:]
    return head.ljust(start, b"\0") + table + bytes(4) + beyond
