"""The two colours of a picture that was made of a grey one."""

import numpy as np


def colours_of(picture, grey):
    """Ink and paper of a picture, by least squares from the grey levels of what is written on it.

    Each channel is fitted as a line in the grey level, paper + (ink - paper) * grey / 255. For a
    picture that was coloured so, these are its colours up to the rounding of its pixels; for a
    translation they are the colours nearest to it. Where all of the grey picture is of one level,
    which tells nothing about two colours, both are the picture's mean.

    Args:
      picture: [H, W, 3] in 0..255, uint8 or float.
      grey: [H, W] in 0..255, bright where ink is.

    Returns:
      (ink, paper), float64 arrays [3] in 0..255.

    Raises:
      ValueError: the shapes are not these.

    Example:
      >>> ink, paper = colours_of([[[200, 0, 100], [0, 100, 100]]], [[255, 0]])
      >>> ink.tolist(), paper.tolist()
      ([200.0, 0.0, 100.0], [0.0, 100.0, 100.0])
    """
    picture, grey = np.asarray(picture, np.float64), np.asarray(grey, np.float64)
    if grey.ndim != 2 or not grey.size or picture.shape != (*grey.shape, 3):
        raise ValueError(f"expected [H, W, 3] and [H, W], got {picture.shape} and {grey.shape}")
    mean, centred = picture.mean((0, 1)), grey - grey.mean()
    spread = np.square(centred).sum()
    slope = np.tensordot(centred, picture, 2) / spread if spread else np.zeros(3)
    ink, paper = (mean + slope * (level - grey.mean()) for level in (255, 0))
    return np.clip(ink, 0, 255), np.clip(paper, 0, 255)
