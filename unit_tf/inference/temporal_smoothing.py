"""Frames of a translated clip, evened out over time where their input is at rest."""

import numpy as np

# Change of the input, of 255, from which on a pixel is taken as it is: above a camera's noise.
MOVED = 12
_WINDOW = 5  # pixels a side, over which a change is averaged: one noisy pixel is no motion


class TemporalSmoothing:
    """An exponential average over frames, weighted by how much the input is at rest.

        y'_t = w y'_{t-1} + (1 - w) y_t,    w = smoothing * max(0, 1 - d / MOVED)

    d is the input's change since the frame before: the largest of its channels, of 255, averaged
    over 5x5 pixels. So nothing is averaged across a motion or a cut, and nothing trails behind.

    Args:
      smoothing: weight of the frames before where nothing moves, from 0, which leaves all as it is,
        to 1, which keeps the first one.
    """

    def __init__(self, smoothing):
        self._smoothing = smoothing
        self._x = self._y = None

    def __call__(self, x, y):
        """The next frame, evened out.

        Args:
          x: of the input, uint8 [H, W, C].
          y: of the translation, float32 [H, W, C'].

        Returns:
          float32 [H, W, C'].
        """
        if not self._smoothing:
            return y
        if self._x is not None:
            change = np.abs(x.astype(np.int16) - self._x).max(-1)
            rest = np.clip(1 - _box_mean(change) / MOVED, 0, 1)
            y = y + (self._smoothing * rest)[..., None].astype(np.float32) * (self._y - y)
        self._x, self._y = x, y
        return y


def _box_mean(image):
    """The mean over a window about each pixel of [H, W]; edges are repeated."""
    side = _WINDOW // 2
    sums = np.pad(image, side, "edge").astype(np.float32)
    sums = np.lib.stride_tricks.sliding_window_view(sums, _WINDOW, 0).sum(-1)
    return np.lib.stride_tricks.sliding_window_view(sums, _WINDOW, 1).mean(-1) / _WINDOW
