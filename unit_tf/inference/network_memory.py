"""How much memory the networks take for an image, estimated without building them."""

import os

from unit_tf.data.image_limits import UNCHECKED
from unit_tf.data.machine_memory import available_memory
from unit_tf.methods.registry import find_method

_FLOAT = 4  # bytes
# As measured on a CPU with every architecture at widths 0.25 and 1: the largest map is there two to
# three times (before and behind a convolution, normalised).
_COPIES = 2.6
_IMAGES = 60  # bytes a pixel of images as floats before and behind the networks, of 3 channels
_TENSORFLOW = 8e8  # bytes, measured: with a small translator built
_GRAPHICS_CARD = "/dev/nvidia0"


def memory_for_networks():
    """Bytes that are free for images once TensorFlow has been imported, which comes later."""
    return max(UNCHECKED, available_memory() - _TENSORFLOW)


def translation_bytes(config):
    """The memory for a translation, as a function of the image's size.

    Args:
      config: ExperimentConfig.

    Returns:
      (height, width) -> bytes; None where the networks' share cannot be told: they are of one size
      or not of a family known here, or run on a graphics card, which has its own memory.
    """
    geometry = find_method(config.model.method).geometry_of(config.model)
    if geometry is None or os.path.exists(_GRAPHICS_CARD):
        return None
    per_pixel = bytes_per_pixel(geometry)
    return lambda height, width: height * width * per_pixel


def bytes_per_pixel(geometry):
    """The memory that a CPU needs for a translation, for each pixel of the image.

    Args:
      geometry: NetworkGeometry.
    """
    return _IMAGES + _COPIES * _FLOAT * geometry.widest
