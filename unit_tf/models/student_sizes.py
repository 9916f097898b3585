"""Sizes of the student's network, and what a translation by it costs; no TensorFlow."""

import math

from unit_tf.models.architectures import scaled

STRIDE = 4
# At width 1: of the first convolution and the last but one, and of all in between.
OUTER, INNER = 32, 64
FIRST_KERNEL = 5
_WIDTHS = [count / 16 for count in range(2, 8 * 16 + 1)]


def student_multiply_adds(channels, width, num_blocks, image_size):
    """Multiply-adds of one translation.

    Args:
      channels, width, num_blocks: as StudentNetwork's.
      image_size: (height, width) in pixels.

    Returns:
      int.
    """
    outer, inner = scaled(OUTER, width), scaled(INNER, width)
    half, quarter = (math.prod(side // by for side in image_size) for by in (2, STRIDE))
    front = half * FIRST_KERNEL**2 * channels["a"] * outer + quarter * 9 * outer * inner
    blocks = quarter * num_blocks * 2 * (9 * inner + inner**2)
    back = quarter * inner * outer + half * (9 * outer + 9 * outer * 4 * channels["b"])
    return front + blocks + back


def width_within(budget, channels, num_blocks, image_size):
    """The largest width, in steps of 1/16, at which a translation takes no more than a budget.

    Args:
      budget: multiply-adds.
      channels, num_blocks, image_size: as ``student_multiply_adds``.

    Returns:
      float; None where the narrowest student takes more.
    """
    fit = [
        width
        for width in _WIDTHS
        if student_multiply_adds(channels, width, num_blocks, image_size) <= budget
    ]
    return max(fit, default=None)
