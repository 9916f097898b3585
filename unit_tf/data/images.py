"""Images as arrays: decoding with Pillow, and the two number ranges.

Everything downstream sees uint8 arrays of one shape, whatever was in the file: grey, palette,
CMYK, 16 bits, an alpha channel, a colour profile or a rotation noted in EXIF. A file that does not
decode whole is a ``BadImage``, never a grey patch.
"""

import functools
import importlib.util
import io
import logging
import re
import warnings

import numpy as np
from PIL import Image

from unit_tf.config import printable
from unit_tf.data.base import DataError, Unusable
from unit_tf.data.colour_profiles import to_srgb
from unit_tf.data.cut_jpeg import CUT_OFF, is_cut_off
from unit_tf.data.cut_png import NO_LAST_ROW, lacks_rows
from unit_tf.data.depth import eight_bits, is_deep, range_of_tags, stated_range
from unit_tf.data.image_limits import (
    DEEP_BYTES,
    USUAL,
    TooLarge,
    allow,
    decoding_bytes,
    refuse_large,
    too_many_pixels,
)
from unit_tf.data.orientation import orientation_of, upright
from unit_tf.data.parts_of_files import layout, part_taken
from unit_tf.data.png_values import find_colours
from unit_tf.data.regular_files import read_regular_file
from unit_tf.data.tiff_values import count_pages, find_values
from unit_tf.files import os_reason

# Pillow knows some forty formats; the others either start programs (EPS) or are not photographs.
# HEIF is an extra; an old Pillow has no AVIF.
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "JPEG2000", "AVIF", "HEIF")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_COUNT = re.compile(r"\((\d+) pixels\)")  # in what Pillow says of too many
# As they stand in warnings.filters once warnings.filterwarnings has taken them.
_BOMBS_ARE_ERRORS = ("error", None, Image.DecompressionBombWarning, None, 0)
_METADATA_IS_IGNORED = ("ignore", None, UserWarning, re.compile(r"PIL\."), 0)


class BadImage(DataError):
    """An image cannot be used.

    Attributes:
      name: what the user knows it by, usually its path.
      reason: a few words on one line.
      too_large: whether nothing is wrong with it but that it does not fit into the memory.
    """

    def __init__(self, name, reason, too_large=False):
        super().__init__(name, reason)
        self.name = name
        self.reason = " ".join(str(reason).split())
        self.too_large = too_large

    def __str__(self):
        return printable(f"{self.name}: {self.reason}")


def decode(source, channels, name="", remark=None, value_range=None, limits=USUAL):
    """The pixels of an image: upright, opaque, 8 bits a channel, in sRGB.

    Transparent parts show white, as on the page that a sketch or a cut-out was made for. An
    animation gives its first frame, a document its first page.

    Args:
      source: path of a png, jpeg, webp, bmp, gif, tiff, jpeg2000, avif or (with pillow-heif) heic
        file, or its content as bytes.
      channels: 3 for RGB, 1 for luma (ITU-R 601).
      name: what to call the image in messages; "": its path.
      remark: called, where only a part of the file is taken, with that in words.
      value_range: what black and white are where values have more than 8 bits and the file does
        not say: (black, white); None for the range of their type; or a function of their Extent
        that returns either.
      limits: Limits of its size.

    Returns:
      uint8 array [H, W, channels].

    Raises:
      BadImage: missing, no ordinary file, empty, truncated, not an image, or beyond the limits.
    """
    name = name or ("image" if isinstance(source, bytes) else str(source))
    encoded = source if isinstance(source, bytes) else None
    try:
        encoded = read_regular_file(source) if encoded is None else encoded
        return _decoded(encoded, channels, remark, value_range, limits)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's plugins raise nearly anything on malformed bytes
        raise BadImage(name, *_reason(error, encoded or b"", limits)) from None


def read_encoded(path):
    """The content of an image file, as ``decode`` takes it.

    Raises:
      BadImage: missing, no ordinary file, or not to be read.
    """
    try:
        return read_regular_file(path)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise BadImage(path, os_reason(error)) from None


def open_header(file):
    """A Pillow image whose pixels have not been read; None where ``decode`` reads it by itself.

    Args:
      file: binary file that decodes.
    """
    try:
        return Image.open(file, formats=_formats())
    except Image.UnidentifiedImageError:
        return None


def from_pillow(image, channels, name="image", value_range=None):
    """The same of a Pillow image that is open, whatever its mode.

    Raises:
      BadImage: its pixels cannot be read.
    """
    try:
        return _pixels(image, channels, value_range)
    except MemoryError:
        raise
    except Exception as error:  # only the header of its file may have been read
        raise BadImage(name, *_reason(error)) from None


def to_float(image):
    """uint8 array of any shape -> float32 array in [-1, 1], the range of a generator's tanh."""
    return image.astype(np.float32) / np.float32(127.5) - np.float32(1)


def to_uint8(image):
    """Float array of any shape, [-1, 1] -> uint8 array: rounded, and clipped where outside."""
    return np.clip(np.rint((np.asarray(image, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)


def _decoded(encoded, channels, remark, value_range, limits):
    """Bytes -> uint8 [H, W, channels], all of it read; arguments as ``decode``'s."""
    tame_warnings()
    allow(limits)
    if not encoded:
        raise EOFError("empty file")
    try:
        image = Image.open(io.BytesIO(encoded), formats=_formats())
    except Image.UnidentifiedImageError:
        if values := find_values(encoded):
            if remark and (pages := count_pages(encoded)) > 1:
                remark(f"only page 1 of {pages} taken")
            return _scaled(values, channels, value_range, limits)
        raise
    if remark and (taken := part_taken(image)):
        remark(taken)
    if value_range is not None and (values := _deeper(image, encoded)):
        return _scaled(values, channels, value_range, limits)
    size = image.height, image.width
    refuse_large(size, decoding_bytes(image, channels, is_deep(image)), limits)
    image.load()
    if is_cut_off(encoded, image):
        raise Unusable(CUT_OFF)
    if lacks_rows(encoded, image):
        raise Unusable(NO_LAST_ROW)
    return _pixels(image, channels, value_range)


def _deeper(image, encoded):
    """TiffValues or PngValues where Pillow reads the upper 8 bits alone, or a wrong sign."""
    if image.format == "PNG":
        return find_colours(image, encoded)
    if image.format != "TIFF" or image.mode not in ("RGB", "I"):
        return None
    values = find_values(encoded)
    if not values or values.dtype.itemsize == 1:
        return None
    return values if image.mode == "RGB" or values.dtype.kind == "u" else None


def _scaled(values, channels, value_range, limits):
    """TiffValues or PngValues -> uint8 [H, W, channels]."""
    refuse_large(values.size, values.bands * (2 * values.dtype.itemsize + DEEP_BYTES), limits)
    deep = values.load()
    image = Image.fromarray(eight_bits(deep, range_of_tags(values.tags), value_range))
    image = upright(image, values.orientation)
    image.info["icc_profile"] = values.profile
    return _pixels(image, channels)


@functools.cache
def _formats():
    """Those of _FORMATS that are installed."""
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # errors are raised as well
    Image.init()
    if importlib.util.find_spec("pillow_heif"):
        importlib.import_module("pillow_heif").register_heif_opener()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _pixels(image, channels, value_range=None):
    """A Pillow image -> uint8 [H, W, channels]: upright, opaque, 8 bits a channel, in sRGB."""
    if not image.width or not image.height:
        raise ValueError(f"{image.height}x{image.width} pixels")
    stated = stated_range(image)  # turning it loses the tags
    image = upright(image, orientation_of(image))
    if is_deep(image):
        image = Image.fromarray(eight_bits(np.asarray(image), stated, value_range))
    image = _opaque(image).convert({1: "L", 3: "RGB"}[channels])
    return np.array(image).reshape(image.height, image.width, channels)


def tame_warnings():
    """Makes Pillow's bomb warning an error and its remarks on metadata silent, for the process.

    ``warnings.catch_warnings`` swaps process-wide state and is not thread-safe before Python 3.14,
    and decoding runs in many threads; so the filters are put in once, and again if someone replaced
    the list.
    """
    if _METADATA_IS_IGNORED not in warnings.filters:
        warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    if _BOMBS_ARE_ERRORS not in warnings.filters:
        warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def _opaque(image):
    """Any mode of 8 bits a channel -> grey or RGB in sRGB without transparency."""
    if image.mode == "La":  # the only mode that Pillow turns it into
        image = image.convert("LA")
    profile = image.info.get("icc_profile")
    if not image.has_transparency_data:
        plain = image.mode in ("L", "RGB") or (image.mode == "CMYK" and profile)
        image = to_srgb(image if plain else image.convert("RGB"), profile)
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    rgba = image.convert("RGBA")
    grey = image.mode in ("1", "L", "LA")  # then the profile is one of grey
    colours = to_srgb(rgba.convert("L" if grey else "RGB"), profile).convert("RGB")
    colours.putalpha(rgba.getchannel("A"))
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), colours).convert("RGB")


def _reason(error, encoded=b"", limits=USUAL):
    """(in words what is wrong with an image, whether it is that it does not fit)."""
    if isinstance(error, Image.DecompressionBombWarning | Image.DecompressionBombError):
        pixels = _COUNT.search(str(error))
        return too_many_pixels(int(pixels[1]) if pixels else 0, limits), False
    if isinstance(error, Image.UnidentifiedImageError):
        return _why_unidentified(encoded), False
    if isinstance(error, EOFError) and str(error) == "empty file":
        return "empty file", False
    if isinstance(error, Unusable):
        return str(error), isinstance(error, TooLarge)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower(), False
    return f"truncated or corrupt ({error or type(error).__name__})", False


def _why_unidentified(encoded):
    """In words why Pillow does not read a file."""
    if encoded[4:8] == b"ftyp" and encoded[8:12] in _HEIF_BRANDS and "HEIF" not in _formats():
        return "heic, which needs pip install 'unit_tf[heic]'"
    if held := layout(encoded):
        return f"a tiff of {held}, which is not read; one or three bands are"
    return "not a png, jpeg, webp, bmp, gif, tiff, jp2 or avif image, or cut off"
