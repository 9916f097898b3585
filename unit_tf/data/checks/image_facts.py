"""What is true of one image: its header, its pixels as training sees them, what tells it apart."""

import dataclasses
import hashlib
import io
import typing

import numpy as np
from PIL import Image

from unit_tf.data.depth import eight_bits, is_deep, stated_range
from unit_tf.data.images import BadImage, decode, open_header, read_encoded
from unit_tf.data.value_ranges import extent_of

# Standard deviation, in levels of 255, below which nothing can be seen in an image.
NEAR_CONSTANT = 2.0
# As far as JPEG moves the channels of a grey image apart.
_GREY = 8
# Steps between neighbours of the perceptual hash that are noise: else flat paper has random bits.
_STEP = 2
# Images are reduced by a whole factor, to about this, before colours and outlines are looked at.
_SMALL = 256
THUMB = 16


class Depth(typing.NamedTuple):
    """The values of an image of more than 8 bits, and what becomes of them.

    Attributes:
      low, high: smallest and largest value in the file.
      stated: whether the file says what black and white are.
      darkest, lightest: the levels in 0..255 that these two become.
      cut_below: values below 0 become the level of 0.
    """

    low: float
    high: float
    stated: bool
    darkest: int
    lightest: int
    cut_below: bool


@dataclasses.dataclass(frozen=True, eq=False)
class Facts:
    """What is true of one image. Without ``reason`` it can be used, and all the rest holds.

    Attributes:
      reason: in words why it cannot be used.
      remark: in words which part of its file is taken; "" where it is all of it.
      format, mode: Pillow's names, as "PNG" and "RGB".
      size: (height, width), upright.
      depth: Depth of an image of more than 8 bits, else None.
      alpha: "" without transparency, "unused" where all of it is opaque, else "used".
      grey: its three channels are the same.
      brightness: mean luma, 0 to 255.
      contrast: the largest standard deviation of a channel, in levels.
      colour: mean distance between the largest and the smallest channel, in levels.
      digest: 16 bytes; two images with the same pixels have the same.
      outline: int8 [64], each 1 or -1: a difference hash.
      thumb: int16 [16 * 16 * 3], the image reduced to 16x16.
    """

    reason: str = ""
    remark: str = ""
    format: str = ""
    mode: str = ""
    size: tuple[int, int] = (0, 0)
    depth: Depth | None = None
    alpha: str = ""
    grey: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    colour: float = 0.0
    digest: bytes = b""
    outline: np.ndarray | None = None
    thumb: np.ndarray | None = None

    @property
    def near_constant(self):
        """Whether nothing can be seen in it; a blank image is one."""
        return not self.reason and self.contrast < NEAR_CONSTANT


def examine(image):
    """Facts of an ImageFile; one that cannot be used has a reason instead."""
    remarks, extents = [], []

    def asked(extent):
        extents.append(extent)
        return _range_for(image, extent)

    asked = asked if image.value_range is not None else None
    try:
        encoded = read_encoded(image.where) if image.encoded is None else image.encoded
        pixels = decode(encoded, 3, image.where, remarks.append, asked, image.limits)
    except BadImage as error:
        return Facts(reason=error.reason)
    header = open_header(io.BytesIO(encoded))
    depth = _depth(image, header, extents)
    return Facts(
        remark="".join(remarks),
        format=header.format if header else "TIFF",
        mode=header.mode if header else "other",
        size=pixels.shape[:2],
        depth=depth,
        alpha="" if depth or not header else _alpha(header),
        **_of_pixels(pixels),
    )


def difference_hash(grey):
    """Whether each of 8x8 cells is darker than its right neighbour, by more than noise.

    Args:
      grey: Pillow image of mode L.

    Returns:
      int8 [64], each 1 or -1; the dot product of two is 64 less twice the bits that differ.
    """
    cells = np.asarray(grey.resize((9, 8), Image.Resampling.BOX), np.int16)
    return np.where(cells[:, 1:] - cells[:, :-1] > _STEP, 1, -1).astype(np.int8).ravel()


def _of_pixels(pixels):
    """The facts that uint8 [H, W, 3] tell, by name."""
    image = Image.fromarray(pixels)
    means, deviations = _moments(image)
    small = image.reduce(max(1, min(image.size) // _SMALL))
    apart = _apart(np.asarray(small))
    thumb = small.resize((THUMB, THUMB), Image.Resampling.BOX)
    return {
        "grey": bool(apart.max() <= _GREY),
        "brightness": float(means @ (0.299, 0.587, 0.114)),
        "contrast": float(deviations.max()),
        "colour": float(apart.mean()),
        "digest": _digest(pixels),
        "outline": difference_hash(small.convert("L")),
        "thumb": np.asarray(thumb, np.int16).ravel(),
    }


def _moments(image):
    """Means and standard deviations of the three channels; one of a single value has 0 exactly."""
    counts, levels = np.array(image.histogram(), np.float64).reshape(3, 256), np.arange(256)
    total = counts[0].sum()
    means = counts @ levels / total
    return means, np.sqrt((counts * (levels - means[:, None]) ** 2).sum(1) / total)


def _apart(pixels):
    """How far the channels of each pixel lie apart; slices are much quicker here than an axis."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    largest = np.maximum(np.maximum(red, green), blue)
    return largest - np.minimum(np.minimum(red, green), blue)


def _digest(pixels):
    shape = "x".join(map(str, pixels.shape)).encode()
    return hashlib.blake2b(pixels, digest_size=16, person=shape[:16]).digest()


def _range_for(image, extent):
    """(black, white) that an ImageFile asks for values of this Extent; None by their type."""
    chosen = image.value_range
    return chosen(extent) if callable(chosen) else chosen


def _depth(image, header, extents):
    """Depth of an ImageFile of more than 8 bits, else None.

    Args:
      image: ImageFile.
      header: Pillow image, or None.
      extents: its Extent in a list, where decoding asked for a range.
    """
    stated = None
    if extents:
        extent = extents[0]
    elif header and is_deep(header):
        stated, extent = stated_range(header), extent_of(np.asarray(header))
    else:
        return None
    low, high = extent.low, extent.high
    ends = np.array([low, max(low, min(high, 0)), high], np.int64 if extent.whole else np.float64)
    levels = [int(level) for level in eight_bits(ends, stated, _range_for(image, extent))]
    cut = low < 0 and levels[0] == levels[1] and bool(ends[1] > low)
    return Depth(low, high, stated is not None, levels[0], levels[2], cut)


def _alpha(image):
    if not image.has_transparency_data:
        return ""
    straight = image.convert("LA") if image.mode == "La" else image
    return "used" if straight.convert("RGBA").getchannel("A").getextrema()[0] < 255 else "unused"
