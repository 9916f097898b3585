"""The images that each task of an export is compared on and calibrated on."""

import typing

from unit_tf.export.check_images import (
    CALIBRATION,
    CheckImages,
    comparison_images,
    training_crops,
)
from unit_tf.export.quantize import QUANTIZATIONS

from unit_tf.config import UserError
from unit_tf.data.base import DataError

# Images that styles are taken from, for comparing: as many as the largest batch has.
GUIDES = 2


class Compared(typing.NamedTuple):
    """What one task is compared on.

    Attributes:
      images: CheckImages of the task's domain.
      guides: CheckImages of its ``guide_domain``; empty where it has none.
    """

    images: CheckImages
    guides: CheckImages

    def reasons(self):
        """Why some of them are random, a line each."""
        return [found.why_random for found in self if found.why_random]


def compared_on(plan, task):
    """The Compared of a tasks.Task, under a plan.Plan."""
    size = _size(plan, task)
    images = comparison_images(plan.data, task.domain, size, task.compared)
    if task.guide_domain is None:
        return Compared(images, CheckImages([], ""))
    return Compared(images, comparison_images(plan.data, task.guide_domain, size, GUIDES))


def calibration_of(plan, task):
    """``calibration_inputs`` from a task's training images; [] where no format needs them.

    Raises:
      UserError: they are needed, and the data cannot be used.
    """
    if "tflite" not in plan.writers:
        return []
    wanted = [name for name in plan.request.quantizations if QUANTIZATIONS[name].calibrated]
    if not wanted:
        return []
    size = _size(plan, task)
    try:
        crops = training_crops(plan.data, task.domain, size, CALIBRATION)
    except DataError as error:
        raise UserError(
            f"--tflite.quantization={wanted[0]}: needs the training images to calibrate on; {error}"
        ) from None
    return calibration_inputs(task, crops, size)


def calibration_inputs(task, crops, size):
    """What int8 models of a task are calibrated on.

    Args:
      task: tasks.Task.
      crops: uint8 arrays [H, W, C] of its domain.
      size: (height, width).

    Returns:
      list of {input: float32 array}, one for each crop; styles are sampled from N(0, I).
    """
    signature, count = task.signatures[task.lite], len(crops)
    # Each crop once; counted on from there, so that styles are others than those compared on.
    indices = range(count, 2 * count)
    return [signature.example({task.domain: crops}, i, (1, *size)) for i in indices]


def _size(plan, task):
    """(height, width) of the images that TFLite models of a task are made with."""
    return task.tflite_size(plan.image_size) or plan.data.image_size
