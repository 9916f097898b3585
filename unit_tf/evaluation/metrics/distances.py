"""Distances between stored values, 0..255."""

import math

import numpy as np

from unit_tf.evaluation.metrics.pairs import check_pair

# The PSNR of equal images is infinite; a bound keeps means and JSON finite. Two different uint8
# images come near it only beyond 650,000 values, one of them off by one.
PSNR_LIMIT = 100.0


def l1(image, truth):
    """Mean absolute difference over pixels and channels.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].

    Returns:
      float in [0, 255]; less is better.

    Raises:
      ValueError: the shapes differ.
    """
    check_pair(image, truth)
    return float(np.mean(np.abs(image.astype(np.int32) - truth)))


def psnr(image, truth):
    """Peak signal-to-noise ratio, 10 log10(255^2 / MSE), MSE the mean over pixels and channels.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].

    Returns:
      float, decibels, at most PSNR_LIMIT; more is better.

    Raises:
      ValueError: the shapes differ.
    """
    check_pair(image, truth)
    return decibels(squared_error(image, truth))


def squared_error(image, truth):
    """The mean squared difference of two uint8 images over pixels and channels."""
    return float(np.mean(np.square(image.astype(np.int32) - truth)))


def decibels(error):
    """The PSNR of a mean squared error, at most PSNR_LIMIT."""
    if not error:
        return PSNR_LIMIT
    return min(PSNR_LIMIT, 10 * math.log10(255**2 / error))
