"""How much a translated clip changes where its input does not.

Strided convolutions see a moving object on another part of their grid in every frame, so that its
translation flickers. Two frames x_t, x_{t+1} of the input and their translations y_t, y_{t+1} give

    flicker = mean over R of (|y_{t+1} - y_t| - |x_{t+1} - x_t|),   values of 0 to 255,

where R are the pixels at rest: no channel of x changes by more than STILL. Each |.| is the mean
over channels. A clip's flicker is the mean over the pixels at rest of all its pairs of frames. It
is 0 where the translation is as calm as the input; a little less is possible, since what a camera's
noise changes may be evened out.

Where the motion between two frames is known, y_{t+1} and x_{t+1} are taken at the place that a
pixel has moved to. Then a moving object can be at rest too, and the flicker is what is known as the
warping error.
"""

import numpy as np

STILL = 3  # of 255; what codecs and sensors change in a still scene


class Flicker:
    """Adds up the flicker of one clip, frame by frame; two frames are held.

    Example:
      >>> still, dark, light = (np.full((1, 4, 4, 3), v, np.uint8) for v in (9, 50, 60))
      >>> flicker(np.concatenate([still, still]), np.concatenate([dark, light]))
      (10.0, 1.0)
    """

    def __init__(self):
        self._before = None
        self._excess, self._still, self._pixels = 0.0, 0, 0

    def add(self, x, y, motion=(0, 0)):
        """Takes the next frame.

        Args:
          x: of the input, uint8 [H, W, C].
          y: of the translation, uint8 [H, W, C'].
          motion: (rows, columns) by which the scene has moved since the frame before.

        Raises:
          ValueError: they are of another size than each other or than the frame before.
        """
        if x.dtype != np.uint8 or y.dtype != np.uint8 or x.shape[:2] != y.shape[:2]:
            raise ValueError(
                f"expected two frames uint8 [H, W, C] of one size, got {x.dtype} {x.shape} and "
                f"{y.dtype} {y.shape}"
            )
        if self._before is not None:
            excess, still, pixels = pair_flicker(*self._before, x, y, motion)
            self._excess += excess
            self._still += still
            self._pixels += pixels
        self._before = x, y

    @property
    def score(self):
        """(flicker, share of the pixels that is at rest); the flicker is None where none is."""
        score = self._excess / self._still if self._still else None
        return score, self._still / self._pixels if self._pixels else 0.0


def pair_flicker(x, y, next_x, next_y, motion=(0, 0)):
    """The flicker between two frames, as a sum.

    Args:
      x, next_x: of the input, uint8 [H, W, C].
      y, next_y: of the translation, uint8 [H, W, C'].
      motion: (rows, columns) by which the scene has moved.

    Returns:
      (sum of the excess over the pixels at rest, how many are at rest, how many there are in both
      frames).

    Raises:
      ValueError: the sizes differ.
    """
    if x.shape != next_x.shape or y.shape != next_y.shape:
        raise ValueError(f"frames of {x.shape} and {y.shape}, then {next_x.shape}, {next_y.shape}")
    (x, next_x), (y, next_y) = _aligned(x, next_x, motion), _aligned(y, next_y, motion)
    change = np.abs(next_x.astype(np.int16) - x)
    still = change.max(-1) <= STILL
    excess = np.abs(next_y.astype(np.int16) - y).mean(-1) - change.mean(-1)
    return float(excess[still].sum()), int(still.sum()), still.size


def flicker(inputs, outputs, motion=(0, 0)):
    """The flicker of a whole clip.

    Args:
      inputs: uint8 [T, H, W, C].
      outputs: uint8 [T, H, W, C'].
      motion: (rows, columns) by which the scene moves from each frame to the next.

    Returns:
      (flicker in levels of 255, share of the pixels that is at rest); the flicker is None where
      none is.

    Raises:
      ValueError: the sizes differ.
    """
    found = Flicker()
    for x, y in zip(inputs, outputs, strict=True):
        found.add(x, y, motion)
    return found.score


def _aligned(image, after, motion):
    """What both frames show: of the first where it is, of the second where it has moved to."""
    height, width = image.shape[:2]
    rows, columns = motion
    here = image[max(0, -rows) : height - max(0, rows), max(0, -columns) : width - max(0, columns)]
    there = after[max(0, rows) : height + min(0, rows), max(0, columns) : width + min(0, columns)]
    return here, there
