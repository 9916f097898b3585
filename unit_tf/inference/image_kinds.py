"""Images as a Python caller has them, to what networks take and back: the kind given comes back.

| given                                    | returned                          |
| ---------------------------------------- | --------------------------------- |
| a path                                   | Pillow image                      |
| Pillow image                             | Pillow image                      |
| uint8 array [H, W] or [H, W, C]          | uint8 array [H, W, C']            |
| float array [H, W] or [H, W, C], [0, 1]  | float32 array [H, W, C'], [0, 1]  |
| a batch of either, [N, H, W, C]          | a batch, [N, H, W, C']            |

C is 1 or 3, whatever the networks take: colour becomes grey and grey becomes colour as in files.
An array without channels comes back without them where the result is grey.
"""

import os
import typing

import numpy as np
from PIL import Image

from unit_tf.config import UserError, user_path
from unit_tf.data.base import Unusable
from unit_tf.data.image_limits import USUAL
from unit_tf.data.images import decode, from_pillow, to_float, to_uint8

_LUMA = np.float32([0.299, 0.587, 0.114])  # ITU-R 601, as Pillow's


class Values(typing.NamedTuple):
    """How values are held outside the networks.

    Attributes:
      dtype: of an array of them.
      to_networks: such an array -> float32 in [-1, 1]; of floats they are in it already.
      from_networks: float32 in [-1, 1] -> such an array.
    """

    dtype: type
    to_networks: typing.Callable
    from_networks: typing.Callable


def _to_unit_range(y):
    return np.clip((y + 1) / 2, 0, 1).astype(np.float32)


BYTES = Values(np.uint8, to_float, to_uint8)
FLOATS = Values(np.float32, np.asarray, _to_unit_range)


class ImageBatch(typing.NamedTuple):
    """Images of one size.

    Attributes:
      pixels: [N, H, W, channels], as ``values`` says.
      values: BYTES or FLOATS.
      single: whether one image was given and no batch.
      restore: translations [N, H, W, C'], from ``values.from_networks`` -> the kind that was given.
      name: what to call them in messages.
    """

    pixels: np.ndarray
    values: Values
    single: bool
    restore: typing.Callable
    name: str

    def scaled(self, scaling):
        """The same images, scaled.

        Args:
          scaling: data.scaling.Scaling, or None for as they are.

        Raises:
          UserError: they would be too large.
        """
        if scaling is None:
            return self
        try:
            scaled = np.stack([scaling.scaled(image, USUAL) for image in self.pixels])
        except Unusable as error:
            raise UserError(f"{self.name}: {error}") from None
        return self._replace(pixels=scaled if self.values is BYTES else np.clip(scaled, -1, 1))


def open_batch(image, channels, value_range=None):
    """The images that a caller gave.

    Args:
      image: a kind of the module's table.
      channels: 1 or 3, what the networks take.
      value_range: (black, white) of deep files and Pillow images; None for their type's.

    Returns:
      ImageBatch.

    Raises:
      UserError: it is of no such kind, or cannot be read.
    """
    if isinstance(image, str | os.PathLike):
        path = user_path("image", image)
        name = os.fsdecode(image)
        pixels = decode(path, channels, name or "''", value_range=value_range)
        return ImageBatch(pixels[None], BYTES, True, _to_pillow, name)
    if isinstance(image, Image.Image):
        pixels = from_pillow(image, channels, value_range=value_range)
        return ImageBatch(pixels[None], BYTES, True, _to_pillow, "image")
    if isinstance(image, np.ndarray):
        return _open_array(np.asarray(image), channels)  # of a subclass its plain array
    raise UserError(
        f"image: of type {type(image).__name__}; expected a path, a Pillow image or a numpy array"
    )


def _open_array(array, channels):
    batch = _with_axes(array)
    if array.dtype == np.uint8:
        pixels, values = _channels_of_bytes(batch, channels), BYTES
    elif array.dtype.kind == "f":
        pixels, values = _channels_of_floats(_from_unit_range(batch), channels), FLOATS
    else:
        raise UserError(f"image: an array of {array.dtype}; expected uint8, or floats in [0, 1]")

    def restore(result):
        if array.ndim == 4:
            return result
        return result[0, ..., 0] if array.ndim == 2 and result.shape[-1] == 1 else result[0]

    return ImageBatch(pixels, values, array.ndim < 4, restore, "image")


def _with_axes(array):
    """[H, W], [H, W, C] or [N, H, W, C] -> [N, H, W, C]; UserError for any other."""
    batch = array[..., None] if array.ndim == 2 else array
    batch = batch[None] if batch.ndim == 3 else batch
    if batch.ndim != 4 or batch.shape[-1] not in (1, 3) or not batch.size:
        raise UserError(
            f"image: an array of shape {array.shape}; expected [H, W], [H, W, C] or [N, H, W, C] "
            "with C 1 or 3 and nothing 0"
        )
    return batch


def _channels_of_bytes(batch, channels):
    if batch.shape[-1] == channels:
        return batch
    if channels == 3:
        return np.repeat(batch, 3, axis=-1)
    return np.stack([from_pillow(Image.fromarray(np.ascontiguousarray(x)), 1) for x in batch])


def _channels_of_floats(batch, channels):
    if batch.shape[-1] == channels:
        return batch
    return np.repeat(batch, 3, axis=-1) if channels == 3 else (batch @ _LUMA)[..., None]


def _from_unit_range(batch):
    """Floats in [0, 1] -> float32 in [-1, 1]; UserError where one is outside."""
    low, high = float(batch.min()), float(batch.max())
    if not (low >= 0 and high <= 1):  # NaN is neither
        raise UserError(
            f"image: floats from {low:g} to {high:g}; expected [0, 1], or uint8 for 0 to 255"
        )
    return batch.astype(np.float32) * 2 - 1


def _to_pillow(result):
    pixels = result[0]
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
