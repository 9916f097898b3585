"""unit-export's work, once its flags are checked."""

import math
import pathlib
import sys
import typing

from unit_tf.export import manifest, warmup
from unit_tf.export.formats import WRITERS, Job
from unit_tf.export.parity import ExportError, Reference
from unit_tf.export.pictures import CALIBRATION, batch, comparison_pictures, training_crops
from unit_tf.export.quantize import QUANTIZATIONS
from unit_tf.export.web.writer import LiteRT, WebModel, write_web

from unit_tf.cli import quiet
from unit_tf.config import DataConfig, UserError
from unit_tf.data.base import DataError
from unit_tf.training import workdir as workdir_lib

# Below this, int8 shows in a picture.
VISIBLE_DB = 32


class Plan(typing.NamedTuple):
    """What unit-export was asked for; every value is checked.

    Attributes:
      data: DataConfig of the pictures to compare and calibrate on.
      output: folder.
      formats: of saved_model, tflite, web.
      directions: of a2b, b2a.
      image_size: (height, width) of TFLite models, None for any.
      quantizations: names in quantize.QUANTIZATIONS.
      litert: web.writer.LiteRT, or None without web.
    """

    data: DataConfig
    output: pathlib.Path
    formats: tuple[str, ...]
    directions: tuple[str, ...]
    image_size: tuple[int, int] | None
    quantizations: tuple[str, ...]
    litert: LiteRT | None


def export(workdir, plan):
    """Loads the translator, writes and checks every format, writes the manifest.

    Args:
      workdir: a training's folder or a shipped translator's.
      plan: Plan.

    Returns:
      0, or 1 where an artefact is not what the model is.
    """
    loaded = workdir_lib.load_method(workdir)
    # Before anything is written: what cannot be calibrated is refused whole.
    calibration = {d: _calibration(plan, d) for d in plan.directions}
    if "saved_model" in plan.formats and not warmup.is_available():
        _say(f"no warm-up requests in the SavedModels; {warmup.INSTALL} adds them")
    models = []
    try:
        for direction in plan.directions:
            models += _export_direction(loaded, direction, plan, calibration[direction])
    except ExportError as error:
        _say(f"unit-export: {error}")
        return 1
    if plan.litert:
        print(write_web(plan.output, models, plan.litert, loaded.config.preset or "unit_tf"))


def _calibration(plan, direction):
    """float32 pictures [1, H, W, C] of the direction's own training data; [] if none are needed."""
    if "tflite" not in _writers(plan.formats):
        return []
    wanted = [name for name in plan.quantizations if QUANTIZATIONS[name].calibrated]
    if not wanted:
        return []
    size = plan.image_size or plan.data.image_size
    try:
        crops = training_crops(plan.data, direction[0], size, CALIBRATION)
    except DataError as error:
        raise UserError(
            f"--tflite.quantization={wanted[0]}: needs the training pictures to calibrate on; "
            f"{error}"
        ) from None
    return [batch(crops, i, (1, *size)) for i in range(len(crops))]


def _export_direction(loaded, direction, plan, calibration):
    """Writes one direction; returns its WebModels."""
    size = plan.image_size or plan.data.image_size
    pictures = comparison_pictures(plan.data, direction[0], size)
    if pictures.why_random:
        _say(f"comparing on random pictures: {pictures.why_random}")
    reference = Reference(loaded.method, direction, pictures.arrays)
    job = Job(reference, plan.output, plan.image_size, plan.quantizations, calibration)
    models = []
    for name in _writers(plan.formats):
        written = WRITERS[name](job)
        while True:
            with quiet.filtered_stderr():
                one = next(written, None)
            if one is None:
                break
            entry = manifest.entry(one.artefact, loaded, pictures, direction=direction, **one.kind)
            path = one.artefact.path.relative_to(plan.output).as_posix()
            manifest.update(plan.output, {path: entry})
            print(describe(one.artefact, pictures.origin), flush=True)
            _warn(one, path)
            if name == "tflite" and not models:
                channels = [loaded.method.channels[domain] for domain in direction.split("2")]
                kind = one.kind["quantization"]
                models.append(WebModel(direction, one.artefact.path, size, *channels, kind))
    return models


def _writers(formats):
    """Names in WRITERS, in the table's order; a page is made of TFLite models."""
    wanted = {"tflite" if name == "web" else name for name in formats}
    return [name for name in WRITERS if name in wanted]


def describe(artefact, origin):
    """The line that is printed for one artefact."""
    parity = artefact.parity
    psnr = f"{parity.psnr:.1f} dB" if math.isfinite(parity.psnr) else "equal"
    times = "".join(f"  {ms:.3g} ms on {n}" for n, ms in artefact.latency.items())
    return (
        f"{artefact.path}  {artefact.num_bytes / 1e6:.2f} MB  {psnr}  "
        f"max difference {parity.max_difference:.1e} on {origin}{times}"
        + (" threads" if times else "")
    )


def _warn(written, path):
    if written.kind.get("quantization") == "int8" and written.artefact.parity.psnr < VISIBLE_DB:
        _say(f"{path}: below {VISIBLE_DB} dB; int8_float_norm is closer where networks normalise")


def _say(line):
    print(line, file=sys.stderr)
