"""Colours as sRGB has them, whatever profile (Adobe RGB, Display P3, a printer's CMYK) came along.

An image without a profile, and one whose profile cannot be used, is taken for sRGB.
"""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

# As far as sRGB profiles of several makers lie apart, in levels of 255.
_SAME = 2
_DATE = slice(24, 36)  # where a profile's header has the time at which it was made


def to_srgb(image, profile):
    """An image in sRGB.

    Args:
      image: Pillow image of mode L, RGB or CMYK.
      profile: the ICC profile's bytes, or None.

    Returns:
      Pillow image of mode RGB, or ``image`` itself where the profile changes nothing.
    """
    transform = _transform(profile, image.mode) if profile else None
    return image if transform is None else ImageCms.applyTransform(image, transform)


def is_srgb(image):
    """Whether a Pillow image has the colours of sRGB; its header says so."""
    profile = image.info.get("icc_profile")
    return not profile or _transform(profile, image.mode) is None


@functools.cache
def srgb_profile():
    """The bytes of an sRGB profile, the same at every call and on every day."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # 2000-01-01
    return bytes(profile)


@functools.lru_cache(maxsize=32)
def _transform(profile, mode):
    """Pillow's transform to sRGB, or None where there is nothing to change or nothing to go by."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), mode, "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )  # fmt: skip
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):  # broken, or of another mode
        return None
    if mode == "CMYK":
        return transform
    probe = _probe(mode)
    shown = np.asarray(ImageCms.applyTransform(probe, transform), int)
    return None if np.abs(shown - np.asarray(probe.convert("RGB"))).max() <= _SAME else transform


def _probe(mode):
    """An image of colours from all over the cube, or of every grey."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), -1).reshape(1, -1, 3))
