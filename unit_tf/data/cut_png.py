"""Finds PNGs that end, validly, after too few rows: Pillow leaves the others black."""

import itertools
import struct
import zlib

NO_LAST_ROW = "cut off: its data end before its last row"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_CHECKSUM = 4
_HEADER = struct.Struct(">IIBBBBB")  # width, height, bits, colours, compression, filters, interlace
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of each kind of colours
# Adam7: the first row and column of each pass, and the steps to the next ones.
_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
           (1, 0, 2, 1))  # fmt: skip
_AT_A_TIME = 2**20


def lacks_rows(encoded, image):
    """Whether rows of a PNG are not in its file but were left as zeros.

    Args:
      encoded: the file's content.
      image: the Pillow image, loaded, as it came from the file.

    Returns:
      bool; False for other formats.
    """
    if image.format != "PNG" or not encoded.startswith(_SIGNATURE):
        return False
    header, interlaced = _read_header(encoded)
    if header is None:
        return False
    # Rows in which something is not zero are there, and those before them too.
    last = image.crop((0, image.height - 1, image.width, image.height))
    if not interlaced and any(last.tobytes()):
        return False
    return _holds_less(encoded, _expected(*header[:4], interlaced))


def _read_header(encoded):
    """((width, height, bits, colours, ...), whether it is interlaced), or (None, False)."""
    for kind, body in _chunks(encoded):
        if kind == b"IHDR" and len(body) >= _HEADER.size:
            header = _HEADER.unpack_from(body)
            return header, bool(header[-1])
    return None, False


def _expected(width, height, bits, colours, interlaced):
    """Bytes of all rows, with the one before each that names its filter."""
    sizes = [(height, width)]
    if interlaced:
        sizes = [
            (-(-(height - top) // down), -(-(width - left) // right))
            for top, left, down, right in _PASSES
        ]
    per_pixel = bits * _SAMPLES.get(colours, 1)
    return sum(
        rows * (1 + (columns * per_pixel + 7) // 8)
        for rows, columns in sizes
        if rows > 0 and columns > 0
    )


def _holds_less(encoded, expected):
    """Whether a PNG's data unpack to fewer bytes; stops as soon as there are as many."""
    inflater, count = zlib.decompressobj(), 0
    data = (body for kind, body in _chunks(encoded) if kind == b"IDAT")
    try:
        for part in itertools.chain(data, [b""]):
            while count < expected:
                count += len(found := inflater.decompress(part, _AT_A_TIME))
                part = inflater.unconsumed_tail
                if not part and len(found) < _AT_A_TIME:
                    break
    except zlib.error:  # Pillow has read it all the same
        return False
    return count < expected


def _chunks(encoded):
    """Yields (kind, body) of each chunk up to the end."""
    place = len(_SIGNATURE)
    while place + _CHUNK.size <= len(encoded):
        length, kind = _CHUNK.unpack_from(encoded, place)
        place += _CHUNK.size
        yield kind, memoryview(encoded)[place : place + length]
        place += length + _CHECKSUM
