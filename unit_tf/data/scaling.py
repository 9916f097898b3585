"""Images scaled: to a training crop, and to the scale of one for translation and scores."""

import numpy as np
from PIL import Image


def resize_and_crop(image, image_size, resize, flip, rng):
    """A random training crop.

    The image keeps its proportions. With ``resize`` its shortest side gets that length, enlarged
    if need be; with 0 it is scaled until it just covers the crop, which then sees as much of it as
    possible (a 600x600 map is seen whole at 256x256). Scaling is Pillow's bicubic, antialiased.
    Three numbers are sampled whatever the settings, so that ``flip`` does not move the crops.

    Args:
      image: uint8 array [H, W, C], C 1 or 3.
      image_size: (height, width) of the crop.
      resize: length of the shortest side before cropping, at least max(image_size); or 0.
      flip: mirror left-right in half of the cases.
      rng: numpy Generator, the only source of randomness.

    Returns:
      uint8 array [*image_size, C], contiguous.
    """
    height, width = image_size
    image = scale_to_cover(image, image_size, resize)
    top = int(rng.integers(image.shape[0] - height + 1))
    left = int(rng.integers(image.shape[1] - width + 1))
    mirror = rng.random() < 0.5
    crop = image[top : top + height, left : left + width]
    return np.ascontiguousarray(crop[:, ::-1] if flip and mirror else crop)


def scale_to_cover(image, image_size, resize):
    """The image that ``resize_and_crop`` cuts its crops from, whole.

    Args:
      image: uint8 array [H, W, C], C 1 or 3.
      image_size, resize: as in ``resize_and_crop``.

    Returns:
      uint8 array [h, w, C] of the same proportions; h and w are at least image_size.
    """
    return _resize(image, scaled_size(image.shape[:2], image_size, resize))


def scaled_size(size, image_size, resize):
    """(height, width) that ``scale_to_cover`` scales an image of ``size`` to.

    It is never smaller than the crop, whatever the rounding.
    """
    sides = list(zip(image_size, size, strict=True))
    scale = resize / min(size) if resize else max(c / s for c, s in sides)
    return tuple(max(c, round(s * scale)) for c, s in sides)


def size_at_shorter_side(size, side):
    """(height, width) of the same proportions whose shorter one is ``side``; 0 for as it is."""
    return scaled_size(size, (1, 1), side) if side else tuple(size)


def scale_shorter_side(image, side):
    """The image as training with ``resize=side`` sees it, whole: as ``scale_to_cover`` scales.

    Args:
      image: uint8 array [H, W, C], C 1 or 3.
      side: pixels that its shorter side gets, enlarged if need be; 0 for as it is.

    Returns:
      uint8 array [h, w, C].
    """
    return _resize(image, size_at_shorter_side(image.shape[:2], side))


def _resize(image, size):
    if image.shape[:2] == size:
        return image
    flat = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    flat = flat.resize(size[::-1], Image.Resampling.BICUBIC)
    return np.asarray(flat).reshape(*size, image.shape[-1])
