"""One range of values for all deep images of a folder, where nobody stated one."""

import typing

from unit_tf.config import plural
from unit_tf.config.value_range import AUTO, OWN, range_text

# White of 8, 10, 12, 14, 16, 24, 31 and 32 bits: in whichever of these cameras and scanners count.
_WHITES = tuple(2**bits - 1 for bits in (8, 10, 12, 14, 16, 24, 31, 32))
_SIXTEEN_BITS = 65535
_HOUNSFIELD = (-1024, 3072)
_FLOATS = ((0, 1), (-1, 1), (0, 255), _HOUNSFIELD, *((0, white) for white in _WHITES[1:5]))
_PHOTOGRAPHS = ((0, 1), (0, 255))
_ABOVE = 0.1  # of a range's width, by which resampled floats may overshoot it
_FILLED = 0.25  # of a range, that a folder takes up at least
# What stands where nothing was measured.
_NO_DATA = (-9999.0, -99999.0, -32768.0, -2147483648.0, -3.4028234663852886e38)


class Extent(typing.NamedTuple):
    """The values of a deep image.

    Attributes:
      low: the lowest, no-data values left out.
      high: the highest.
      whole: whether they are integers.
    """

    low: float
    high: float
    whole: bool


def extent_of(values):
    """The Extent of an array of finite numbers."""
    low, high = float(values.min()), float(values.max())
    if low in _NO_DATA and (measured := values[values != values.min()]).size:
        low = float(measured.min())
    return Extent(low, high, values.dtype.kind in "iu")


def joined_extent(one, other):
    """The Extent of two parts of an image together; ``one`` may be None for no part."""
    if one is None:
        return other
    lows = [e.low for e in (one, other) if e.low not in _NO_DATA] or [one.low]
    return Extent(min(lows), max(one.high, other.high), other.whole)


def folder_range(extents):
    """The range of a folder as a whole.

    It is the smallest customary one that holds all values and that they fill to a quarter or
    more; integers of up to 16 bits are always in one of those. Else it goes from the lowest value
    to the highest.

    Args:
      extents: non-empty list of Extent, of every deep image.

    Returns:
      (low, high); None where some images hold integers and others floats, for which no one range
      can be right.
    """
    if len({extent.whole for extent in extents}) > 1:
        return None
    low, high = min(e.low for e in extents), max(e.high for e in extents)
    whole = extents[0].whole
    if whole and low >= 0 and high <= _SIXTEEN_BITS:
        return 0, next(white for white in _WHITES if high <= white)
    above = 0 if whole else _ABOVE
    known = (*((0, white) for white in _WHITES), _HOUNSFIELD, (-32768, 32767))
    for black, white in known if whole else _FLOATS:
        over = above * (white - black)
        if black - over <= low and high <= white + over and _takes_up(low, high, black, white):
            return black, white
    return extent_range(Extent(low, high, whole))


def recorder(extents, key, chosen):
    """A function for ``decode`` that notes the values of a deep image.

    Args:
      extents: dict that receives {key: Extent}.
      key: the image's.
      chosen: (low, high) that it is read with, or AUTO for the values' own.

    Returns:
      (Extent) -> (low, high).
    """

    def record(extent):
        extents[key] = extent
        return extent_range(extent) if chosen == AUTO else chosen

    return record


def extent_range(extent):
    """(low, high) of an Extent, with something between them."""
    return extent.low, extent.high if extent.high > extent.low else extent.low + 1


def settle(where, chosen, extents):
    """Decides what AUTO comes to.

    Args:
      where: what to call the folder in the line.
      chosen: (low, high), AUTO or OWN.
      extents: list of Extent, of its deep images.

    Returns:
      ((low, high), AUTO or OWN; lines to show the user). Without a deep image AUTO stays.
    """
    if chosen == AUTO and extents:
        found = folder_range(extents)
        return found or OWN, range_lines(where, found or AUTO, extents)
    return chosen, range_lines(where, chosen, extents)


def range_lines(where, chosen, extents):
    """In one line what is black and white in a folder; no line where nothing in it is deep.

    Args:
      where: what to call the folder.
      chosen: (low, high), AUTO or OWN.
      extents: list of Extent, of its deep images.

    Returns:
      list of str.
    """
    if not extents:
        return []
    low, high = min(e.low for e in extents), max(e.high for e in extents)
    count = f"{where}: {plural(len(extents), 'image')} of more than 8 bits"
    held = f"{count}, values {low:g} to {high:g}"
    if chosen in (AUTO, OWN):
        return [
            f"{held}, some integers and some floats: black and white are by each image's type; "
            "--data.value_range=LOW,HIGH sets them"
        ] if chosen == AUTO else []  # fmt: skip
    black, white = (f"{float(v):.10g}" for v in chosen)
    return [
        f"{held}: {black} is black and {white} is white (--data.value_range={range_text(chosen)})"
    ]


def _takes_up(low, high, black, white):
    """Whether values take up enough of a range; of those of photographs, from black on."""
    first = black if (black, white) in _PHOTOGRAPHS else low
    return high - first >= _FILLED * (white - black)
