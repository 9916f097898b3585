"""The two colours of an image that was made of a grey one."""

import numpy as np


def colours_of(image, grey):
    """Ink and paper of an image, by least squares from the grey levels of what is written on it.

    Each channel is fitted as a line in the grey level, paper + (ink - paper) * grey / 255. For a
    image that was coloured so, these are its colours up to the rounding of its pixels; for a
    translation they are the colours nearest to it. Where all of the grey image is of one level,
    which tells nothing about two colours, both are the image's mean.

    Args:
      image: [H, W, 3] in 0..255, uint8 or float.
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
    image, grey = np.asarray(image, np.float64), np.asarray(grey, np.float64)
    if grey.ndim != 2 or not grey.size or image.shape != (*grey.shape, 3):
        raise ValueError(f"expected [H, W, 3] and [H, W], got {image.shape} and {grey.shape}")
    mean, centred = image.mean((0, 1)), grey - grey.mean()
    spread = np.square(centred).sum()
    slope = np.tensordot(centred, image, 2) / spread if spread else np.zeros(3)
    ink, paper = (mean + slope * (level - grey.mean()) for level in (255, 0))
    return np.clip(ink, 0, 255), np.clip(paper, 0, 255)
