"""Translations that hardly depend on where an object lies on the grid of strided convolutions.

A network of stride s commutes with motions of s pixels, and not with smaller ones. The mean of its
translations of the image moved by 0, 1, ..., s - 1 pixels, each moved back, commutes with all of
them, but for the border and for statistics over the whole image (Cohen and Welling 2016, a
symmetrisation over the group of shifts). Fewer shifts get part of the way at less cost.
"""

import tensorflow as tf


def shift_offsets(stride, shifts):
    """By how many pixels an image is moved along a side: evenly over the stride, 0 first.

    Args:
      stride: of the networks.
      shifts: how many are asked for.

    Returns:
      list of int; fewer than ``shifts`` where the stride has no more pixels.
    """
    return sorted({k * stride // shifts for k in range(shifts)})


def over_shifts(translate, stride, shifts):
    """The mean of a network's translations over shifts of the image.

    Every shifted image has the same size, so that one graph takes them all; what comes to lie
    outside is mirrored, the edge pixel included.

    Args:
      translate: (float32 [N, H, W, C] in [-1, 1], *more) -> float32 [N, H, W, C'], of any size.
      stride: of the networks.
      shifts: how many a side, whose square is how often the networks run; 1 for ``translate``
        itself.

    Returns:
      a function as ``translate``.
    """
    offsets = shift_offsets(stride, shifts)
    if len(offsets) == 1:
        return translate

    def averaged(x, *more):
        height, width = x.shape[1:3]
        total = 0.0
        for top in offsets:
            rows = tf.gather(x, _mirrored(height, top, offsets[-1]), axis=1)
            for left in offsets:
                moved = tf.gather(rows, _mirrored(width, left, offsets[-1]), axis=2)
                total += translate(moved, *more)[:, top : top + height, left : left + width]
        return total / len(offsets) ** 2

    return averaged


def _mirrored(size, before, most):
    """Indices of ``before`` mirrored pixels, all ``size`` of them, and ``most - before`` more."""
    index = tf.range(-before, size + most - before) % (2 * size)
    return tf.minimum(index, 2 * size - 1 - index)
