"""Finds JPEGs that were cut off and closed with an end marker: libjpeg decodes them all the same.

Where data are missing it puts mid-grey. A photograph may end in such a grey of its own; so further
data are put where the file's end: whole images do not need them, and stay as they are.
"""

import io
import random
import re

from PIL import Image

CUT_OFF = "cut off, and closed with an end marker"
# A marker that ends a scan; 00 belongs to the data, D0 to D7 restart it.
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_BARE = frozenset((0x01, *range(0xD0, 0xD9)))  # markers without a length
_MISSING = range(126, 131)  # mid-grey in any of JPEG's colour spaces
_COEFFICIENTS = 64


def is_cut_off(encoded, image):
    """Whether parts of a JPEG are not in its file but were filled in.

    Args:
      encoded: the file's content.
      image: the Pillow image, loaded, as it came from the file.

    Returns:
      bool; False for other formats.
    """
    if image.format not in ("JPEG", "MPO"):
        return False
    if image.info.get("progressive") and lacks_scans(encoded):
        return True
    last = image.getpixel((image.width - 1, image.height - 1))
    values = last if isinstance(last, tuple) else (last,)
    return all(value in _MISSING for value in values) and _takes_more(encoded, image)


def _takes_more(encoded, image):
    """Whether further data at the end of the first scan show in the image."""
    end = next((end for _, end in _scans(encoded)), None)
    if end is None:
        return False
    longer = Image.open(io.BytesIO(encoded[:end] + _further_data() + encoded[end:]))
    return longer.convert(image.mode).tobytes() != image.tobytes()


def _further_data():
    """Bytes that decode to something other than grey, behind each restart marker too."""
    noise = bytes(random.Random(0).choices(range(255), k=512))  # FF would begin a marker
    return noise + b"".join(bytes((0xFF, marker)) + noise for marker in range(0xD0, 0xD8))


def lacks_scans(encoded):
    """Whether the scans of a progressive JPEG leave coefficients without their last bits.

    Args:
      encoded: the file's content.
    """
    left = {}
    for header, _ in _scans(encoded):
        count = header[0]
        first, last, bits = header[1 + 2 * count : 4 + 2 * count]
        for component in header[1 : 1 + 2 * count : 2]:
            missing = left.setdefault(component, [1] * _COEFFICIENTS)
            missing[first : last + 1] = [bits & 15] * (last + 1 - first)
    return any(map(any, left.values()))


def _scans(encoded):
    """Yields (header without its length, where the data end) of each scan of a JPEG."""
    place = 2
    while (found := encoded.find(b"\xff", place)) >= 0 and found + 4 <= len(encoded):
        marker, place = encoded[found + 1], found + 2
        if marker == _END_OF_IMAGE:
            return
        if marker in (0, 0xFF) or marker in _BARE:
            place -= marker == 0xFF  # fill bytes: the marker comes after them
            continue
        start, place = place + 2, place + int.from_bytes(encoded[place : place + 2], "big")
        if marker == _START_OF_SCAN:
            header = encoded[start:place]
            end = _END_OF_SCAN.search(encoded, place)
            place = end.start() if end else len(encoded)
            yield header, place
