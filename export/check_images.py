"""The images that an export is checked on, and those that int8 is calibrated on."""

import dataclasses
import functools
import typing

import numpy as np

from unit_tf.config import UserError
from unit_tf.data.base import DataError
from unit_tf.data.datasets import open_data
from unit_tf.data.image_grids import spread
from unit_tf.data.registry import find_source

# Images of a task to compare and to calibrate on, where the data have as many.
COMPARED = 32
CALIBRATION = 64


class CheckImages(typing.NamedTuple):
    """Images of one domain.

    Attributes:
      arrays: at least one uint8 array [H, W, C], of any sizes.
      origin: what they are, for the user.
      why_random: in one line, why they are not the experiment's own; "" if they are.
    """

    arrays: list
    origin: str
    why_random: str = ""


def comparison_images(config, domain, image_size, count=COMPARED):
    """Images to compare on: held-out ones; if too few, training crops too; else random ones.

    Args:
      config: DataConfig.
      domain: ``"a"`` or ``"b"``.
      image_size: (height, width) of the crops.
      count: how many, >= 1.

    Returns:
      CheckImages.
    """
    try:
        tests, why_none = _held_out(config, domain, count), ""
    except (UserError, OSError, ImportError) as error:
        tests, why_none = [], _line(error)
    try:
        crops = training_crops(config, domain, image_size, count - len(tests))
    except UserError as error:
        # A translator is often exported far from its training data.
        crops, why_none = [], why_none or _line(error)
    if not tests and not crops:
        return random_images(config, domain, count, why_none)
    parts = [f"{len(tests)} test images"] * bool(tests)
    parts += [f"{len(crops)} training crops"] * bool(crops)
    return CheckImages(tests + crops, f"{' and '.join(parts)} of {domain}")


def training_crops(config, domain, image_size, count):
    """Random crops of evenly spaced training images, the same ones at every call.

    Args:
      config: DataConfig.
      domain: ``"a"`` or ``"b"``.
      image_size: (height, width) wanted; the training's own where images are too small for it.
      count: how many; 0 opens nothing.

    Returns:
      list of uint8 arrays [H, W, C].

    Raises:
      DataError: the data cannot be used.
    """
    if count < 1:
        return []
    _refuse_to_fetch(config)
    try:
        try:
            data = _open(dataclasses.replace(config, image_size=tuple(image_size)))
        except UserError:
            data = _open(config)
    except (OSError, ImportError) as error:
        raise DataError(_line(error)) from None
    train = {"a": data.train_a, "b": data.train_b}[domain]
    chosen = np.linspace(0, len(train) - 1, count).astype(int)
    return [train.crop(int(i), np.random.default_rng(k)) for k, i in enumerate(chosen)]


def _held_out(config, domain, count):
    _refuse_to_fetch(config)
    data = _open(config, held_out_only=True)
    tests = {"a": data.test_a, "b": data.test_b}[domain]
    return [test.load() for test in spread(tests, count)]


@functools.lru_cache(maxsize=4)
def _open(config, held_out_only=False):
    """``open_data`` once for both directions and both purposes: it decodes every image."""
    return open_data(config, held_out_only)


def _refuse_to_fetch(config):
    """An export reads what is there and downloads nothing."""
    if find_source(config.source).needs_tensorflow and not config.tfds_dir:
        raise DataError("--data.tfds_dir is not set, nothing is fetched")


def _line(error):
    return f"{error}".splitlines()[0]


def random_images(config, domain, count=COMPARED, why=""):
    """Seeded images of flat, noisy patches: edges, areas and texture."""
    arrays = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        patches = rng.integers(32, 224, (12, 12, config.domain_channels(domain)))
        large = patches.repeat(24, axis=0).repeat(24, axis=1)
        arrays.append((large + rng.integers(-32, 32, large.shape)).astype(np.uint8))
    return CheckImages(arrays, "random images", why)


def batch(images, first, shape):
    """A batch cut from the middle of the images, or mirrored beyond them.

    Args:
      images: uint8 arrays [H, W, C] of any sizes; used in turn.
      first: index of the first to take.
      shape: (count, height, width).

    Returns:
      float32 [*shape, C] in [0, 1].
    """
    count, height, width = shape
    rows = [_fit(images[(first + k) % len(images)], height, width) for k in range(count)]
    # Upside down in turn, so a batch's rows differ even where there is only one image.
    rows = [row[::-1] if k % 2 else row for k, row in enumerate(rows)]
    return np.stack(rows).astype(np.float32) / 255


def _fit(image, height, width):
    """The middle [height, width] of an image, mirrored outwards first where it is smaller."""
    below, right = max(0, height - image.shape[0]), max(0, width - image.shape[1])
    image = np.pad(image, [(0, below), (0, right), (0, 0)], mode="symmetric")
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]
