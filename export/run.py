"""unit-export's work, once its flags are checked."""

import math
import pathlib
import sys
import tempfile
import typing

from unit_tf.export import manifest, warmup
from unit_tf.export.formats import WRITERS, Job
from unit_tf.export.parity import Artefact, ExportError, Reference
from unit_tf.export.pictures import CALIBRATION, batch, comparison_pictures, training_crops
from unit_tf.export.quantize import QUANTIZATIONS
from unit_tf.export.tflite import tflite_path
from unit_tf.export.web.writer import LiteRT, WebModel, write_web

from unit_tf.cli import quiet
from unit_tf.config import DataConfig, UserError
from unit_tf.data.base import DataError
from unit_tf.training import workdir as workdir_lib

# What each quantization should reach, in dB; below it shows in a picture.
EXPECTED_DB = {"float16": 50, "dynamic": 35, "int8": 32, "int8_float_norm": 32}


class Plan(typing.NamedTuple):
    """What unit-export was asked for; every value is checked.

    Attributes:
      data: DataConfig of the pictures to compare and calibrate on.
      data_named: whether the user said where they are now: then they must be there.
      output: folder.
      formats: of saved_model, tflite, web.
      directions: of a2b, b2a.
      image_size: (height, width) of TFLite models, None for any.
      quantizations: names in quantize.QUANTIZATIONS.
      litert: web.writer.LiteRT, or None without web.
    """

    data: DataConfig
    data_named: bool
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

    Raises:
      UserError: the data or the output folder cannot be used.
    """
    loaded = workdir_lib.load_method(workdir)
    workdir_lib.require_directions(loaded)
    # Before anything is written: what cannot be calibrated is refused whole.
    calibration = {d: _calibration(plan, d) for d in plan.directions}
    if "saved_model" in plan.formats and not warmup.is_available():
        _say(f"no warm-up requests in the SavedModels; {warmup.INSTALL} adds them")
    pictures = {d: _comparison(plan, d) for d in plan.directions}
    try:
        _probe(plan)
        models = []
        for d in plan.directions:
            models += _export_direction(loaded, d, plan, pictures[d], calibration[d])
        if plan.litert:
            _export_page(loaded, models, plan)
    except ExportError as error:
        _say(f"unit-export: {error}")
        return 1
    except OSError as error:
        reason = f"{error.strerror or error} ({error.filename or plan.output})"
        raise UserError(f"--output={plan.output}: cannot be written to: {reason}") from None


def _probe(plan):
    """Raises OSError now rather than after minutes of work."""
    folders = {"saved_model": ["serving"], "tflite": ["tflite"], "web": ["tflite", "web"]}
    plan.output.mkdir(parents=True, exist_ok=True)
    for folder in {name for each in plan.formats for name in folders[each]} | {"."}:
        path = plan.output / folder
        # A mounted folder must take files too; one that is not there will be made.
        if path.exists() or path.is_symlink():
            tempfile.TemporaryFile(dir=path).close()
    for direction in plan.directions:
        for name in plan.quantizations if "tflite" in _writers(plan.formats) else ():
            path = tflite_path(plan.output, direction, plan.image_size, name)
            if path.is_dir():
                raise IsADirectoryError(None, "a folder is where a file should go", str(path))


def _comparison(plan, direction):
    """pictures.Pictures of the direction's first domain."""
    size = plan.image_size or plan.data.image_size
    pictures = comparison_pictures(plan.data, direction[0], size)
    if pictures.why_random and plan.data_named:
        raise UserError(pictures.why_random)
    if pictures.why_random:
        _say(f"comparing on random pictures: {pictures.why_random}")
    return pictures


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


def _export_page(loaded, models, plan):
    """Writes the page of both directions' models."""
    page = write_web(plan.output, models, plan.litert, loaded.config.preset or "unit_tf")
    artefact = Artefact(page, None)
    of = [model.path.relative_to(plan.output).as_posix() for model in models]
    entry = manifest.entry(artefact, loaded, None, format="web", models=of)
    manifest.update(plan.output, {page.relative_to(plan.output).as_posix(): entry})
    print(f"{page}  {artefact.num_bytes / 1e6:.2f} MB")


def _export_direction(loaded, direction, plan, pictures, calibration):
    """Writes one direction; returns its WebModels."""
    size = plan.image_size or plan.data.image_size
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
    expected = EXPECTED_DB.get(written.kind.get("quantization"), 0)
    if written.artefact.parity.psnr < expected:
        _say(f"{path}: below the {expected} dB that it should reach; docs/deploy.md has others")


def _say(line):
    print(line, file=sys.stderr)
