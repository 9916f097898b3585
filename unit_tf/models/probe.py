"""Synthetic images by which networks are rescaled before training (layers/unit_variance.py)."""

import numpy as np
import tensorflow as tf

from unit_tf.models.coupled import DOMAINS

COUNT = 8
SIDE = 64
_SEED = 20160214  # any; the same probe for every training


def probe_images(height, width, channels):
    """Returns clouds of colour on grounds from black to white, as varied as photographs.

    Args:
      height, width: pixels.
      channels: 1 or 3.

    Returns:
      float32 [COUNT, height, width, channels] in [-1, 1].
    """
    rng = np.random.default_rng(_SEED)
    grounds = np.linspace(-0.8, 0.8, COUNT)[:, None, None, None]
    images = np.tile(grounds, (1, height, width, channels)).astype(np.float32)
    for cells in (1, 4, 16, SIDE):  # coarse to fine, as strong at each
        grid = rng.normal(0, 0.2, (COUNT, cells, cells, channels)).astype(np.float32)
        images += tf.image.resize(grid, (height, width), "bilinear").numpy()
    return tf.constant(np.clip(images, -1, 1))


def probe_pair(image_size, channels, smallest=SIDE):
    """The probe of both domains, no larger than it must be.

    Args:
      image_size: (height, width) of training crops.
      channels: {"a": 1 or 3, "b": 1 or 3}.
      smallest: shortest side that all networks read.

    Returns:
      {"a": as ``probe_images``, "b": the same}.
    """
    sides = [min(side, max(smallest, SIDE)) for side in image_size]
    return {d: probe_images(*sides, channels[d]) for d in DOMAINS}


def probe_styles(size):
    """Returns styles of the prior N(0, I): float32 [COUNT, size]."""
    return tf.constant(np.random.default_rng(_SEED).normal(0, 1, (COUNT, size)), tf.float32)
