"""unit-export's work, once its flags are checked."""

import math
import sys

from unit_tf.export import manifest, warmup
from unit_tf.export.check_images import (
    CALIBRATION,
    CheckImages,
    comparison_images,
    training_crops,
)
from unit_tf.export.formats import WRITERS, Job
from unit_tf.export.parity import Artefact, ExportError, Reference
from unit_tf.export.quantize import QUANTIZATIONS
from unit_tf.export.web.writer import WebModel, write_web

from unit_tf.cli import quiet
from unit_tf.config import UserError
from unit_tf.data.base import DataError
from unit_tf.inference import load as load_lib

# What each quantization of a translator should reach, in dB; below it shows in an image.
EXPECTED_DB = {"float16": 50, "dynamic": 35, "int8": 32, "int8_float_norm": 32}
# CheckImages that styles are taken from, for comparing: as many as the largest batch has.
GUIDES = 2
# Share of images that any classifier should read as the model does.
EXPECTED_AGREEMENT = 0.99


def export(workdir, plan):
    """Loads the method, writes and checks every format, writes the manifest.

    Args:
      workdir: a training's folder or a shipped translator's.
      plan: plan.Plan.

    Returns:
      0, or 1 where an artefact is not what the model is.

    Raises:
      UserError: the method, the data or the output folder cannot be used so.
    """
    loaded = load_lib.load(workdir)
    tasks = plan.tasks(loaded.method)
    # Before anything is written: what cannot be calibrated is refused whole.
    calibration = {task.name: _calibration(plan, task) for task in tasks}
    if "saved_model" in plan.formats and not warmup.is_available():
        _say(f"no warm-up requests in the SavedModels; {warmup.INSTALL} adds them")
    images = _comparison(plan, tasks)
    try:
        plan.probe(tasks)
        models = []
        for task in tasks:
            written = _export_task(loaded, task, plan, *images[task.name], calibration[task.name])
            models += _web_models(loaded.method, task, written)
        if plan.litert:
            _export_page(loaded, models, plan)
    except ExportError as error:
        _say(f"unit-export: {error}")
        return 1
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename or plan.output})"
        raise UserError(f"--output={plan.output}: cannot be written to: {reason}") from None


def _size(plan, task):
    """(height, width) of the images that TFLite models of a task are made with."""
    return task.tflite_size(plan.image_size) or plan.data.image_size


def _comparison(plan, tasks):
    """{task's name: (images.Images of its domain, Images of its guides)}."""
    found = {task.name: _compared_on(plan, task) for task in tasks}
    reasons = [p.why_random for images in found.values() for p in images if p.why_random]
    for reason in dict.fromkeys(reasons):
        if plan.data_named:
            raise UserError(reason)
        _say(f"comparing on random images: {reason}")
    return found


def _compared_on(plan, task):
    size = _size(plan, task)
    images = comparison_images(plan.data, task.domain, size, task.compared)
    if task.guide_domain is None:
        return images, CheckImages([], "")
    return images, comparison_images(plan.data, task.guide_domain, size, GUIDES)


def _calibration(plan, task):
    """{input: array} of each of some of the task's training images; [] if none are needed."""
    if "tflite" not in plan.writers:
        return []
    wanted = [name for name in plan.quantizations if QUANTIZATIONS[name].calibrated]
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
      list of {input: float32 array}, one for each crop; styles are drawn from N(0, I).
    """
    signature, count = task.signatures[task.lite], len(crops)
    # Each crop once; counted on from there, so that styles are others than those compared on.
    indices = range(count, 2 * count)
    return [signature.example({task.domain: crops}, i, (1, *size)) for i in indices]


def _export_page(loaded, models, plan):
    """Writes the page of both directions' models."""
    page = write_web(plan.output, models, plan.litert, loaded.config.preset or "unit_tf")
    artefact = Artefact(page, None)
    of = [model.path.relative_to(plan.output).as_posix() for model in models]
    entry = manifest.entry(artefact, loaded, None, format="web", models=of)
    manifest.update(plan.output, {page.relative_to(plan.output).as_posix(): entry})
    print(f"{page}  {artefact.num_bytes / 1e6:.2f} MB")


def _export_task(loaded, task, plan, images, guides, calibration):
    """Writes one task in every format; the list of formats.Written."""
    reference = Reference(loaded.method, task.name, images.arrays, guides.arrays)
    size = task.tflite_size(plan.image_size)
    job = Job(reference, plan.output, size, plan.quantizations, calibration)
    done = []
    for name in plan.writers_of(task):
        written = WRITERS[name](job)
        while True:
            with quiet.filtered_stderr():
                one = next(written, None)
            if one is None:
                break
            done.append(one)
            entry = manifest.entry(one.artefact, loaded, images, **task.about, **one.kind)
            path = one.artefact.path.relative_to(plan.output).as_posix()
            manifest.update(plan.output, {path: entry})
            print(describe(one.artefact, images.origin), flush=True)
            _warn(one, path)
    return done


def _web_models(method, task, written):
    """The WebModel of a translator's first TFLite model; [] of anything else."""
    models = [one for one in written if one.kind["format"] == "tflite"]
    if task.name not in method.directions or not models:
        return []
    path, kind = models[0].artefact.path, models[0].kind
    channels = [method.channels[domain] for domain in task.name.split("2")]
    return [WebModel(task.name, path, kind["image_size"], *channels, kind["quantization"])]


def describe(artefact, origin):
    """The line that is printed for one artefact."""
    parity = artefact.parity
    same = f"{parity.psnr:.1f} dB" if math.isfinite(parity.psnr) else "equal"
    if parity.label_agreement is not None:
        same = f"{parity.label_agreement:.4f} of labels agree"
    times = "".join(f"  {ms:.3g} ms on {n}" for n, ms in artefact.latency.items())
    return (
        f"{artefact.path}  {artefact.num_bytes / 1e6:.2f} MB  {same}  "
        f"max difference {parity.max_difference:.1e} on {origin}{times}"
        + (" threads" if times else "")
    )


def _warn(written, path):
    parity = written.artefact.parity
    if parity.label_agreement is not None:
        if parity.label_agreement < EXPECTED_AGREEMENT:
            _say(
                f"{path}: reads {parity.label_agreement:.4f} of the images as the model does, "
                f"below the {EXPECTED_AGREEMENT} that it should reach"
            )
        return
    expected = EXPECTED_DB.get(written.kind.get("quantization"), 0)
    if parity.psnr < expected:
        _say(f"{path}: below the {expected} dB that it should reach; docs/deploy.md has others")


def _say(line):
    print(line, file=sys.stderr)
