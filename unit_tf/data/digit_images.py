"""Small images of one size made alike: 32x32 geometry, channels, and changes at random.

Digits fill 20 of MNIST's 28 pixels and all of USPS' 16, so how they are brought to one frame
decides much of what a classifier sees. No choice here looks at labels.
"""

import math
import typing

import numpy as np
from PIL import Image

from unit_tf.data.base import DataError

SIDE = 32
DRAWS = 8  # random numbers of a position; six are used, and a Philox block is four
_MNIST_SIDE = 28
# What images smaller than MNIST's are enlarged to before they are framed in black.
_ENLARGED = {"pad": _MNIST_SIDE, "frame": 20}


def fit(images, how):
    """Images at 32x32.

    Args:
      images: uint8 array [N, S, S, C], S at most 32.
      how: ``pad`` surrounds 28x28 with black, and 16x16 is first enlarged to 28x28 (bilinear);
        ``frame`` enlarges 16x16 to the 20x20 that digits fill in MNIST and puts their centre of
        mass into the middle, as MNIST was made; ``nearest`` enlarges all to 32x32, as the released
        SVHN -> MNIST recipe does.

    Returns:
      uint8 array [N, 32, 32, C].
    """
    side, resample = images.shape[1], Image.Resampling.BILINEAR
    if how == "nearest":
        target, resample = SIDE, Image.Resampling.NEAREST
    else:
        target = _ENLARGED[how] if side < _MNIST_SIDE else side
    if target != side:
        images = np.stack([_resize(p, target, resample) for p in images])
    before = (SIDE - target) // 2
    border = (before, SIDE - target - before)
    images = np.pad(images, ((0, 0), border, border, (0, 0)))
    return _centred(images, before) if how == "frame" and side < _MNIST_SIDE else images


def to_grey(images):
    """Luma (ITU-R 601) of uint8 [N, H, W, 3] as uint8 [N, H, W, 1]."""
    luma = images @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(luma).astype(np.uint8)[..., None]


def with_channels(images, channels):
    """Grey images [..., H, W, 1] repeated to ``channels``; others as they are."""
    same = images.shape[-1] == channels
    return images if same else np.repeat(images, channels, axis=-1)


def check_colours(config):
    """Refuses what a source whose B is in colour does not have.

    Args:
      config: DataConfig.

    Raises:
      DataError: another size than 32x32, or B is not in three channels; one line.
    """
    if config.image_size != (SIDE, SIDE):
        raise DataError(
            f"--data.image_size={'x'.join(map(str, config.image_size))}: must be "
            f"{SIDE} with --data.source={config.source}"
        )
    if config.domain_channels("b") != 3:
        flag = "channels_b" if config.channels_b else "channels"
        raise DataError(
            f"--data.{flag}={config.domain_channels('b')}: domain B of "
            f"--data.source={config.source} is in colour; give --data.channels_b=3"
        )


class Change(typing.NamedTuple):
    """What is done to training images at random, each with a range around nothing.

    Attributes:
      flip: mirror left-right in half of the cases.
      invert: exchange black and white in half of the cases.
      shift: most pixels moved along each axis.
      rotate: most degrees turned about the centre, either way.
      scale: most that the size changes, as a fraction.
    """

    flip: bool = False
    invert: bool = False
    shift: float = 0.0
    rotate: float = 0.0
    scale: float = 0.0

    def __call__(self, images, draws):
        """The changed images; what lies beyond a border is the border's colour.

        In TensorFlow's ops, four times as fast here as numpy's, and they leave Python's lock alone.

        Args:
          images: uint8 [N, S, S, C], an array or a tensor.
          draws: float32 [N, DRAWS] in [0, 1), the only source of randomness; which number decides
            what does not depend on the settings.

        Returns:
          float32 tensor [N, S, S, C] in [0, 255].
        """
        import tensorflow as tf

        images = tf.cast(images, tf.float32)
        if self.shift or self.rotate or self.scale:
            images = self._move(images, 2 * draws[:, 2:6] - 1)
        half = draws[:, :2, None, None, None] < 0.5
        if self.flip:
            images = tf.where(half[:, 0], images[:, :, ::-1], images)
        return tf.where(half[:, 1], 255 - images, images) if self.invert else images

    def _move(self, images, draws):
        """Shift, rotation and scale by ``draws`` [N, 4] in [-1, 1], bilinear."""
        import tensorflow as tf

        draws = tf.cast(draws, tf.float64)  # or the last bit would depend on the place in a batch
        angle, size = self.rotate * math.pi / 180 * draws[:, 2], 1 + self.scale * draws[:, 3]
        cos, sin, zero = tf.cos(angle) / size, tf.sin(angle) / size, tf.zeros_like(angle)
        centre = (images.shape[1] - 1) / 2
        # The op asks where each pixel (x, y) of the result comes from.
        x, y = centre + self.shift * draws[:, 0], centre + self.shift * draws[:, 1]
        rows = (cos, sin, centre - cos * x - sin * y), (-sin, cos, centre + sin * x - cos * y)
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=tf.cast(tf.stack([*rows[0], *rows[1], zero, zero], axis=-1), tf.float32),
            output_shape=images.shape[1:3],
            fill_value=0.0,  # not used in this mode
            interpolation="BILINEAR",
            fill_mode="NEAREST",
        )


def _centred(images, margin):
    """Bright on black, moved by whole pixels until the centre of mass lies in the middle.

    Args:
      images: uint8 [N, S, S, C], black in ``margin`` pixels at each border.
      margin: most pixels that an image is moved by along each axis.
    """
    mass, places = images.sum(-1, dtype=np.float64), np.arange(images.shape[1])
    total = np.maximum(mass.sum((1, 2)), 1)
    centres = np.stack([mass.sum(2) @ places, mass.sum(1) @ places], -1) / total[:, None]
    moves = np.rint(places.mean() - centres).clip(-margin, margin).astype(int)
    return np.stack([np.roll(p, m, (0, 1)) for p, m in zip(images, moves, strict=True)])


def _resize(image, side, resample):
    grey_or_rgb = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    return np.asarray(grey_or_rgb.resize((side, side), resample)).reshape(side, side, -1)
