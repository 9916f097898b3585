"""How large an image may be: decided by its header, before anything of it is decoded."""

import math
import typing

from PIL import Image

from unit_tf.data.base import Unusable
from unit_tf.data.machine_memory import available_memory

MEGAPIXELS = 89  # Pillow's own limit
_MILLION = 10**6
_PER_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "I;16N": 2}  # else 4
DEEP_BYTES = 28  # further bytes a pixel while deep values are scaled in float64
_TRANSPARENT = 16  # while an image is laid over white
UNCHECKED = 2**29  # bytes that any machine is taken to have
_PROGRESSIVE = 6  # what libjpeg keeps


class TooLarge(Unusable):
    """An image takes more memory than there is."""

    too_large = True


class Limits(typing.NamedTuple):
    """How large images may be.

    Attributes:
      megapixels: whole millions of pixels that an image may have.
      memory: bytes that one image may take; None for what the machine has at that time.
      prefix: of the flags ``max_megapixels`` and ``max_memory_gb`` of the command that asks, as
        "--"; None where it has none.
      needs: (height, width) -> bytes that the image takes once it is decoded; None for no more.
    """

    megapixels: int = MEGAPIXELS
    memory: float | None = None
    prefix: str | None = None
    needs: typing.Callable | None = None


USUAL = Limits()


def allow(limits):
    """Lets Pillow open images up to a limit that is above its own."""
    most = Image.MAX_IMAGE_PIXELS
    if most is not None and limits.megapixels > MEGAPIXELS:
        Image.MAX_IMAGE_PIXELS = max(most, (limits.megapixels + 1) * _MILLION)


def refuse_large(size, bytes_per_pixel, limits):
    """Raises Unusable for an image of too many pixels, TooLarge for one that does not fit.

    Args:
      size: (height, width).
      bytes_per_pixel: what decoding takes, from ``decoding_bytes``.
      limits: Limits.
    """
    pixels = size[0] * size[1]
    if pixels // _MILLION > limits.megapixels:
        raise Unusable(too_many_pixels(pixels, limits))
    need = max(pixels * bytes_per_pixel, limits.needs(*size) if limits.needs else 0)
    if limits.memory is None and need < UNCHECKED:
        return
    have = available_memory() if limits.memory is None else limits.memory
    if need > have:
        fits = pixels * have / need / _MILLION
        flag = " (--max_memory_gb)" if limits.prefix == "--" else ""
        raise TooLarge(
            f"{size[0]}x{size[1]} pixels take about {_gigabytes(need)} of memory, and "
            f"{_gigabytes(have)} may be used{flag}; up to about {_few_digits(fits)} million pixels "
            "fit"
        )


def too_many_pixels(pixels, limits):
    """In words that an image has too many, and by which flag it has not."""
    said = f"more than {limits.megapixels} million pixels (decompression bomb?)"
    if limits.prefix is None or not pixels:
        return said
    return f"{said}; {limits.prefix}max_megapixels={math.ceil(pixels / _MILLION)} allows it"


def decoding_bytes(image, channels, deep):
    """Bytes for each pixel that decoding takes at its peak.

    Args:
      image: Pillow image, opened and not loaded.
      channels: 1 or 3.
      deep: whether its values have more than 8 bits.
    """
    own = _PER_PIXEL.get(image.mode, 4)
    more = DEEP_BYTES * deep + _TRANSPARENT * image.has_transparency_data
    more += _PROGRESSIVE * bool(image.info.get("progressive"))
    return own + more + 4 + 2 * channels


def _few_digits(number):
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _gigabytes(count):
    return f"{count / 1e9:.1f} GB"
