"""Finds videos whose file ends too early: ffmpeg shows a Matroska up to there, as if it were whole.

Both formats are boxes in a row, each with its length. Where a file ends between two of them, and
nothing around them has a length, it cannot be told from a whole one: so browsers and cameras write
while they record.
"""

import os
import struct

_LONGEST_HEAD = 16
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT, _CLUSTER = b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"  # may be of unknown length
_BEGINNINGS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_NEEDED = (b"moov", b"moof", b"mdat")


def missing_bytes(file):
    """At least how many bytes a video lacks at its end.

    Args:
      file: binary file.

    Returns:
      int; 0 where nothing is missing, and for what is no mp4, mov, mkv or webm.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(8)
    if start.startswith(_EBML):
        return _missing(file, size, _matroska_length)
    return _missing(file, size, _mp4_length) if start[4:] in _BEGINNINGS else 0


def _missing(file, size, length_of):
    """How far the box beyond a file's end goes; 0 where the boxes end with the file."""
    place = 0
    while place < size:
        file.seek(place)
        length, needed = length_of(file.read(_LONGEST_HEAD))
        place += length
        if not length or not needed and place > size:
            return 0
    return place - size


def _mp4_length(head):
    """(bytes of the box that begins so, 0 where it is none or the last; whether it is needed)."""
    if len(head) < 8:
        return 0, False
    length, kind = struct.unpack_from(">I4s", head)
    if length == 1:
        length = int.from_bytes(head[8:], "big")
    return (length if length >= 8 else 0), kind in _NEEDED


def _matroska_length(head):
    """The same of an element; one of unknown length is its head, and its content comes next."""
    kind_size = _number_size(head)
    count = _number_size(head[kind_size:])
    if kind_size > 4 or count > 8:  # no element
        return 0, False
    number = head[kind_size : kind_size + count]
    if len(number) < count:
        return len(head) + 1, True
    mask = (1 << 7 * count) - 1
    length, begun = int.from_bytes(number, "big") & mask, kind_size + count
    if length < mask:
        return begun + length, True
    return (begun if head[:kind_size] in (_SEGMENT, _CLUSTER) else 0), True


def _number_size(head):
    """Bytes of the number that bytes begin with, by the zeros before its first bit; at least 1."""
    return 9 - head[0].bit_length() if head else 1
