"""Sizes of the student's network, and what a translation by it costs; no TensorFlow."""

import math

from unit_tf.models.architectures import scaled, select_architecture
from unit_tf.models.geometry import NetworkGeometry

STRIDE = 4
# At width 1: of the first convolution and the last but one, and of all in between.
OUTER, INNER = 32, 64
FIRST_KERNEL, KERNEL = 5, 3
# The discriminator is of this family, whatever the teacher is of.
DISCRIMINATOR = "resnet2017"
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


def student_geometry(width, num_blocks):
    """The NetworkGeometry of a StudentNetwork; arguments as its."""
    half, quarter = STRIDE // 2, STRIDE  # pixels per element of its maps, along one side
    front = FIRST_KERNEL // 2 + KERNEL // 2 * half
    blocks = num_blocks * 2 * (KERNEL // 2) * quarter
    # One more for each doubling: all copies of an element are its pixels.
    back = (KERNEL // 2 + 1) * half + KERNEL // 2 * half + 1
    return NetworkGeometry(
        stride=STRIDE,
        smallest_side=STRIDE,
        reach=front + blocks + back,
        norms=0,
        # Half as much again, as measured at widths 0.25, 1 and 4: the first maps stay to the end.
        widest=1.5 * scaled(OUTER, width) / half**2,
    )


def student_crop(discriminator_depth, discriminator_kernel):
    """Shortest side that a student can be trained on: its discriminator must have an output."""
    architecture = select_architecture(DISCRIMINATOR, discriminator_kernel=discriminator_kernel)
    return architecture.smallest_side(discriminator_depth)


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
