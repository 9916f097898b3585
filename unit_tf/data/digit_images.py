"""Small pictures of one size made alike: 32x32 geometry, channels, and changes at random.

Digits fill 20 of MNIST's 28 pixels and all of USPS' 16, so how they are brought to one frame
decides much of what a classifier sees. No choice here looks at labels.
"""

import math
import typing

import numpy as np
from PIL import Image

SIDE = 32
DRAWS = 8  # random numbers of a position; six are used, and a Philox block is four
_MNIST_SIDE = 28
# What pictures smaller than MNIST's are enlarged to before they are framed in black.
_ENLARGED = {"pad": _MNIST_SIDE, "frame": 20}


def fit(pictures, how):
    """Pictures at 32x32.

    Args:
      pictures: uint8 array [N, S, S, C], S at most 32.
      how: ``pad`` surrounds 28x28 with black, and 16x16 is first enlarged to 28x28 (bilinear);
        ``frame`` enlarges 16x16 to the 20x20 that digits fill in MNIST and puts their centre of
        mass into the middle, as MNIST was made; ``nearest`` enlarges all to 32x32, as the released
        SVHN -> MNIST recipe does.

    Returns:
      uint8 array [N, 32, 32, C].
    """
    side, resample = pictures.shape[1], Image.Resampling.BILINEAR
    if how == "nearest":
        target, resample = SIDE, Image.Resampling.NEAREST
    else:
        target = _ENLARGED[how] if side < _MNIST_SIDE else side
    if target != side:
        pictures = np.stack([_resize(p, target, resample) for p in pictures])
    before = (SIDE - target) // 2
    border = (before, SIDE - target - before)
    pictures = np.pad(pictures, ((0, 0), border, border, (0, 0)))
    return _centred(pictures, before) if how == "frame" and side < _MNIST_SIDE else pictures


def to_grey(pictures):
    """Luma (ITU-R 601) of uint8 [N, H, W, 3] as uint8 [N, H, W, 1]."""
    luma = pictures @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.rint(luma).astype(np.uint8)[..., None]


def with_channels(pictures, channels):
    """Grey pictures [..., H, W, 1] repeated to ``channels``; others as they are."""
    same = pictures.shape[-1] == channels
    return pictures if same else np.repeat(pictures, channels, axis=-1)


class Change(typing.NamedTuple):
    """What is done to training pictures at random, each with a range around nothing.

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

    def __call__(self, pictures, draws):
        """The changed pictures; what lies beyond a border is the border's colour.

        In TensorFlow's ops, four times as fast here as numpy's, and they leave Python's lock alone.

        Args:
          pictures: uint8 [N, S, S, C], an array or a tensor.
          draws: float32 [N, DRAWS] in [0, 1), the only source of randomness; which number decides
            what does not depend on the settings.

        Returns:
          float32 tensor [N, S, S, C] in [0, 255].
        """
        import tensorflow as tf

        pictures = tf.cast(pictures, tf.float32)
        if self.shift or self.rotate or self.scale:
            pictures = self._move(pictures, 2 * draws[:, 2:6] - 1)
        half = draws[:, :2, None, None, None] < 0.5
        if self.flip:
            pictures = tf.where(half[:, 0], pictures[:, :, ::-1], pictures)
        return tf.where(half[:, 1], 255 - pictures, pictures) if self.invert else pictures

    def _move(self, pictures, draws):
        """Shift, rotation and scale by ``draws`` [N, 4] in [-1, 1], bilinear."""
        import tensorflow as tf

        draws = tf.cast(draws, tf.float64)  # or the last bit would depend on the place in a batch
        angle, size = self.rotate * math.pi / 180 * draws[:, 2], 1 + self.scale * draws[:, 3]
        cos, sin, zero = tf.cos(angle) / size, tf.sin(angle) / size, tf.zeros_like(angle)
        centre = (pictures.shape[1] - 1) / 2
        # The op asks where each pixel (x, y) of the result comes from.
        x, y = centre + self.shift * draws[:, 0], centre + self.shift * draws[:, 1]
        rows = (cos, sin, centre - cos * x - sin * y), (-sin, cos, centre + sin * x - cos * y)
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=pictures,
            transforms=tf.cast(tf.stack([*rows[0], *rows[1], zero, zero], axis=-1), tf.float32),
            output_shape=pictures.shape[1:3],
            fill_value=0.0,  # not used in this mode
            interpolation="BILINEAR",
            fill_mode="NEAREST",
        )


def _centred(pictures, margin):
    """Bright on black, moved by whole pixels until the centre of mass lies in the middle.

    Args:
      pictures: uint8 [N, S, S, C], black in ``margin`` pixels at each border.
      margin: most pixels that a picture is moved by along each axis.
    """
    mass, places = pictures.sum(-1, dtype=np.float64), np.arange(pictures.shape[1])
    total = np.maximum(mass.sum((1, 2)), 1)
    centres = np.stack([mass.sum(2) @ places, mass.sum(1) @ places], -1) / total[:, None]
    moves = np.rint(places.mean() - centres).clip(-margin, margin).astype(int)
    return np.stack([np.roll(p, m, (0, 1)) for p, m in zip(pictures, moves, strict=True)])


def _resize(picture, side, resample):
    image = Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
    return np.asarray(image.resize((side, side), resample)).reshape(side, side, -1)
