"""Images scaled: to a training crop, and to the scale of one for translation and scores."""

import typing

import numpy as np
from PIL import Image

from unit_tf.config import UserError
from unit_tf.config.image_scale import TRAINED, parse_resize
from unit_tf.data.base import Unusable
from unit_tf.data.image_limits import TooLarge, refuse_large
from unit_tf.data.registry import find_source


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


class Scaling(typing.NamedTuple):
    """How whole images are scaled before networks see them.

    Attributes:
      image_size, resize: as in ``resize_and_crop``.
    """

    image_size: tuple
    resize: int

    def __str__(self):
        if self.resize:
            return f"the shorter side gets {self.resize} pixels"
        return f"they just cover {self.image_size[0]}x{self.image_size[1]} pixels"

    def size_of(self, size, even=False):
        """(height, width) that an image of ``size`` gets; both even where videos need that."""
        scaled = scaled_size(size, self.image_size, self.resize)
        return tuple(side + side % 2 for side in scaled) if even else scaled

    def scaled(self, image, limits, even=False):
        """An image, scaled.

        Args:
          image: uint8 or float32 array [H, W, C], C 1 or 3.
          limits: Limits of the scaled image.
          even: as ``size_of`` takes it.

        Returns:
          array [h, w, C] of its type; floats may go a little beyond their range.

        Raises:
          Unusable: it would be too large; TooLarge where that is for the memory.
        """
        size = self.size_of(image.shape[:2], even)
        try:
            refuse_large(size, image.shape[-1], limits)
        except Unusable as error:
            kind = TooLarge if isinstance(error, TooLarge) else Unusable
            raise kind(f"--resize makes it {size[0]}x{size[1]} pixels: {error}") from None
        return _resize(image, size)


def scaling_of(resize, config):
    """The Scaling that ``--resize`` asks for.

    Args:
      resize: as ``parse_resize`` takes it.
      config: DataConfig of the training.

    Returns:
      Scaling, or None for images as they are.

    Raises:
      UserError: it says nothing, or asks for the scale of a training that has none of its own.
    """
    resize = parse_resize(resize)
    if resize != TRAINED:
        return Scaling((1, 1), resize) if resize else None
    source = find_source(config.source)
    if not source.fills_crop and "resize" not in source.reads:
        raise UserError(
            f"--resize={TRAINED}: training does not scale images of data.source={config.source}; "
            "give the shorter side in pixels"
        )
    return Scaling(config.image_size, config.resize)


def _resize(image, size):
    if image.shape[:2] == size:
        return image
    if image.dtype != np.uint8:  # Pillow scales one channel of floats at a time
        return np.stack([_resize_flat(channel, size) for channel in np.moveaxis(image, -1, 0)], -1)
    flat = _resize_flat(image[..., 0] if image.shape[-1] == 1 else image, size)
    return flat.reshape(*size, image.shape[-1])


def _resize_flat(flat, size):
    image = Image.fromarray(np.ascontiguousarray(flat))
    return np.asarray(image.resize(size[::-1], Image.Resampling.BICUBIC))
