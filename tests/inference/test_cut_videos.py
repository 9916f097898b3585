"""Videos whose files end too early, and whole ones whose lengths are not said."""

import io
import struct

import pytest

from unit_tf.inference.cut_videos import missing_bytes

EBML, SEGMENT, CLUSTER = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x1f\x43\xb6\x75"
UNKNOWN = b"\x01" + b"\xff" * 7  # as a length


def element(kind, content, count=2):
    """A Matroska element whose length takes ``count`` bytes."""
    return kind + (len(content) | 1 << 7 * count).to_bytes(count, "big") + content


def box(kind, content, long=False):
    """A box of an mp4, whose length takes 4 bytes or 8."""
    size = 8 + 8 * long + len(content)
    head = struct.pack(">I4sQ", 1, kind, size) if long else struct.pack(">I4s", size, kind)
    return head + content


def missing(content):
    return missing_bytes(io.BytesIO(content))


HEAD = element(EBML, b"head", 1)
BLOCKS = element(b"\xa3", b"block" * 50) + element(b"\xa3", b"block", 8)
FILES = {
    "mkv": (HEAD + element(SEGMENT, element(CLUSTER, BLOCKS), 8), (len(HEAD),)),
    "recorded webm": (
        HEAD + SEGMENT + UNKNOWN + CLUSTER + UNKNOWN + BLOCKS,
        # Where one element has ended a file may end.
        (len(HEAD), len(HEAD) + 12, len(HEAD) + 24, len(HEAD) + 24 + 3 + 250),
    ),
    "mp4": (
        box(b"ftyp", b"isom") + box(b"moov", b"x" * 40) + box(b"mdat", b"x" * 90, True),
        (*range(20), *range(60, 76)),  # what is shorter than a box's head may be anything
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_cut_but_those_between_two_boxes(name):
    whole, ends = FILES[name]
    assert missing(whole) == 0
    for length in range(8, len(whole)):
        found = missing(whole[:length])
        assert found <= len(whole) - length
        assert bool(found) != (length in ends), length


def test_what_is_behind_the_last_box_does_not_matter():
    for name in ("mkv", "mp4"):
        assert missing(FILES[name][0] + bytes(30)) == 0
    assert missing(FILES["mp4"][0] + box(b"free", b"x" * 9)[:-1]) == 0
    to_the_end = box(b"ftyp", b"isom") + struct.pack(">I4s", 0, b"mdat") + b"x" * 50
    assert missing(to_the_end) == 0


@pytest.mark.parametrize("content", [b"", b"\x1a", b"RIFF1234AVI LIST", EBML, bytes(40)])
def test_what_is_no_video_is_left_to_others(content):
    assert missing(content) <= 1
