"""Values of more than 8 bits to 8: by the range that the file states, else by a customary one."""

import numpy as np

from unit_tf.data.base import Unusable
from unit_tf.data.value_ranges import extent_of

_ABOVE = 1.1  # by how much floats may overshoot a customary range
_BITS, _LOW, _HIGH = 258, 340, 341  # TIFF: BitsPerSample, SMinSampleValue, SMaxSampleValue
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


def is_deep(image):
    """Whether a Pillow image is grey of more than 8 bits."""
    return image.mode in _DEEP


def stated_range(image):
    """(black, white) by a TIFF's own tags, or None where they do not say.

    Args:
      image: Pillow image as it came from its file.
    """
    return range_of_tags(getattr(image, "tag_v2", {}))


def range_of_tags(tags):
    """``stated_range`` of a mapping of TIFF's tags."""
    low, high = (_first(tags.get(tag)) for tag in (_LOW, _HIGH))
    if low is not None and high is not None and -np.inf < low < high < np.inf:
        return low, high
    bits = _first(tags.get(_BITS))
    return (0, 2**bits - 1) if bits and 8 < bits < 16 else None


def eight_bits(values, stated=None, asked=None):
    """Deep values -> uint8; those outside their range are clipped.

    A range that the file states goes first, then the one that is asked for. Without both it is the
    smallest customary one that holds them all. Integers are 16 bits (white is 65535) or, if any is
    larger, 31 or 32. Floats are [0, 1], [0, 255] or [0, 65535]. Resampling and sharpening leave
    some floats a little above the range that they are in.

    Args:
      values: array.
      stated: (black, white), or None.
      asked: (black, white), or None; or a function that returns either of the values' Extent. It is
        called only where nothing is stated.

    Raises:
      Unusable: values are not finite, or are in no range.
    """
    refuse_infinite(values)
    if stated is None and callable(asked):
        asked = asked(extent_of(values))
    whole = values.dtype.kind in "iu"
    values = values.astype(np.float64)
    low, high = stated or asked or (0, customary_white(values.max(), whole))
    return np.clip(np.rint((values - low) * (255 / (high - low))), 0, 255).astype(np.uint8)


def refuse_infinite(values):
    """Raises Unusable for an array in which a value is not finite."""
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).sum())
        raise Unusable(
            f"holds NaN or infinite values, which have no range; replace them ({count} of "
            f"{values.size})"
        )


def customary_white(top, whole):
    """The value of white for values up to ``top``; ``whole`` says whether they are integers."""
    ranges, above = ((65535, 2**31 - 1, 2**32 - 1), 1.0) if whole else ((1, 255, 65535), _ABOVE)
    white = next((limit for limit in ranges if top <= limit * above), None)
    if white is None:
        raise Unusable(f"values up to {top:g} fit no known range")
    return white


def _first(value):
    """A tag's number, of several bands the first; None where it is none."""
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int | float) else None
