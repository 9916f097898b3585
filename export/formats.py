"""The formats of unit-export: each writes what one task needs of it."""

import functools
import pathlib
import typing

from unit_tf.export import float16_range
from unit_tf.export.parity import Artefact, Reference
from unit_tf.export.saved_model import export_saved_model
from unit_tf.export.tflite import export_tflite, tflite_path


class Job(typing.NamedTuple):
    """What to export of one task.

    Attributes:
      reference: parity.Reference, with the method and the task.
      output: the output folder.
      image_size: (height, width) of the TFLite models; None for any.
      quantizations: names in quantize.QUANTIZATIONS.
      calibration: {input: float32 array} of one image each, for those that need them.
    """

    reference: Reference
    output: pathlib.Path
    image_size: tuple[int, int] | None
    quantizations: tuple[str, ...]
    calibration: list


class Written(typing.NamedTuple):
    """An artefact and what the manifest says of its kind."""

    artefact: Artefact
    kind: dict


def write_saved_model(job):
    """A SavedModel, for any image size where the networks are."""
    artefact = export_saved_model(job.reference, job.output)
    sides = job.reference.task.sides
    size = None if None in sides else list(sides)
    inputs = {name: s.shapes() for name, s in job.reference.task.signatures.items()}
    yield Written(artefact, {"format": "saved_model", "image_size": size, "inputs": inputs})


def write_tflite(job):
    """A TFLite model for each quantization."""
    task, shape = job.reference.task, (1, *(job.image_size or (None, None)))
    inputs = {task.lite: task.signatures[task.lite].shapes(shape)}
    fit = functools.cache(float16_range.fit_float16)  # one for all quantizations
    for name in job.quantizations:
        path = tflite_path(job.output, task.name, job.image_size, name)
        gpu = float16_range.gpu_of(job.reference, job.image_size, name, fit)
        with gpu.forms():
            artefact = export_tflite(job.reference, job.image_size, path, name, job.calibration)
        size = list(job.image_size) if job.image_size else None
        kind = {"format": "tflite", "image_size": size, "quantization": name, "inputs": inputs}
        yield Written(artefact, {**kind, "gpu": gpu.about()})


WRITERS = {"saved_model": write_saved_model, "tflite": write_tflite}
