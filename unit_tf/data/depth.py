"""Values of more than 8 bits to 8: by the range that the file states, else by a customary one."""

import numpy as np

from unit_tf.data.base import Unusable

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
    tags = getattr(image, "tag_v2", {})
    low, high = (_first(tags.get(tag)) for tag in (_LOW, _HIGH))
    if low is not None and high is not None and -np.inf < low < high < np.inf:
        return low, high
    bits = _first(tags.get(_BITS))
    return (0, 2**bits - 1) if bits and 8 < bits < 16 else None


def eight_bits(values, stated=None):
    """Deep grey values -> uint8; those outside their range are clipped.

    Without a stated range it is the smallest customary one that holds them all. Integers are 16
    bits (white is 65535) or, if any is larger, 31. Floats are [0, 1], [0, 255] or [0, 65535].
    Resampling and sharpening leave some floats a little above the range that they are in.

    Args:
      values: array.
      stated: (black, white), or None.
    """
    whole = values.dtype.kind in "iu"
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise Unusable("holds NaN or infinite values, which have no range; replace them")
    low, high = stated or (0, _customary_white(values.max(), whole))
    return np.clip(np.rint((values - low) * (255 / (high - low))), 0, 255).astype(np.uint8)


def _customary_white(top, whole):
    """The value of white for values up to ``top``; ``whole`` says whether they are integers."""
    ranges, above = ((65535, 2**31 - 1), 1.0) if whole else ((1, 255, 65535), _ABOVE)
    white = next((limit for limit in ranges if top <= limit * above), None)
    if white is None:
        raise Unusable(f"values up to {top:g} fit no known range")
    return white


def _first(value):
    """A tag's number, of several bands the first; None where it is none."""
    value = value[0] if isinstance(value, tuple) and value else value
    return value if isinstance(value, int | float) else None
