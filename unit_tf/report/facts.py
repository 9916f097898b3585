"""Everything that a report shows of a training, as one dict fit for JSON."""

import base64
import io
import json
import math
import pathlib

from unit_tf.config import ExperimentConfig
from unit_tf.data.image_grids import spread
from unit_tf.data.images import BadImage, decode
from unit_tf.methods.registry import find_method
from unit_tf.presets import PRESETS, preset_config
from unit_tf.report.event_files import read_history
from unit_tf.training.checkpoint_choice import best_checkpoint, read_best
from unit_tf.training.health.health_log import read_health
from unit_tf.training.workdir import IMAGES, LOGS, list_checkpoints, read_config

MOST_POINTS = 400  # of a curve
MOST_SAMPLES = 24
SAMPLE_BYTES = 3 * 2**20  # of all samples together
LONGEST_PAUSE = 900  # seconds between two events; after more a training was stopped
EVALUATION = "evaluation.json"
LARGEST_FILE = 2**24
# In an evaluation: a student beside its teacher. Each column is a figure, a factor and its format.
BESIDE_TEACHER = "beside_teacher"
COLUMNS = {
    "10^9 multiply-adds": ("gmac", 1, ".3g"),
    "MB, float32": ("megabytes", 1, ".2f"),
    "ms, TensorFlow": ("milliseconds", 1, ".1f"),
    "PSNR to the teacher, dB": ("psnr", 1, ".1f"),
    "1000 KID": ("kid", 1000, ".1f"),
}


def gather(workdir):
    """Reads a training's folder.

    Args:
      workdir: path of the folder, which a training may be writing to.

    Returns:
      dict of "name", "folder", "preset", "task", "method", "directions", "step", "steps" and
        "settings": list of [name, value, the preset's], as ``changed_settings``;
        "data": list of [what, text];
        "curves": {tag: [[step, value]]};
        "samples": list of {"step", "url"}, and "columns", their titles;
        "health": list of entries, as ``shown_health``;
        "scores": the evaluation's directions, or None;
        "beside_teacher": of a student, the table of ``beside_teacher``, or [];
        "newest": the newest checkpoint's step, or None;
        "best": {"step", "name", "value"} of the best one, or None;
        "seconds": trained so far;
        "left": seconds to the end, or None.

    Raises:
      UserError: it is no training's folder.
    """
    config = read_config(workdir)
    folder = pathlib.Path(workdir)
    history = read_history(folder / LOGS)
    step = max((s for values in history.scalars.values() for s in values), default=0)
    preset, scores = PRESETS.get(config.preset), evaluation(folder / EVALUATION)
    spec = find_method(config.model.method)
    seconds = trained_seconds(history.times)
    return {
        "name": folder.resolve().name,
        "folder": str(workdir),
        "preset": config.preset,
        "task": preset.task if preset else "",
        "method": config.model.method,
        "directions": list(spec.directions_of(config.model)),
        "step": step,
        "steps": config.run.steps,
        "settings": changed_settings(config),
        "data": data_lines(config, folder),
        "curves": curves(history.scalars),
        "samples": samples(history.grids),
        "columns": history.columns,
        "health": shown_health(read_health(folder)),
        "scores": scores,
        "beside_teacher": beside_teacher(scores),
        "newest": max((int(path.name) for path in list_checkpoints(folder)), default=None),
        "best": read_best(folder) if best_checkpoint(folder) else None,
        "seconds": seconds,
        "left": seconds / step * max(0, config.run.steps - step) if step and seconds else None,
    }


def changed_settings(config):
    """Settings that differ from the preset's: list of [name, value, the preset's], as text."""
    base = preset_config(config.preset) if config.preset in PRESETS else ExperimentConfig()
    theirs = dict(base.items())
    return [[k, _text(v), _text(theirs[k])] for k, v in config.items() if v != theirs[k]]


def _text(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def data_lines(config, folder):
    """What was trained on: list of [what, text]."""
    data = config.data
    lines = [["source", data.source], ["crop", _text(data.image_size)]]
    lines += [
        [key, getattr(data, key)]
        for key in ("root", "dir_a", "dir_b", "test_dir_a", "test_dir_b", "attribute", "map")
        if getattr(data, key) and not (key == "map" and data.source != "blue_marble")
    ]
    images = _json(folder / IMAGES)
    for domain in "ab":
        names = images.get(domain) if isinstance(images, dict) else None
        if isinstance(names, list | dict):
            lines.append([f"images of {domain.upper()}", f"{len(names):,}"])
    return lines


def curves(scalars):
    """{tag: [[step, value]]} of at most MOST_POINTS points each; what is not finite is left out."""
    found = {}
    for tag, values in sorted(scalars.items()):
        points = [[s, v] for s, v in sorted(values.items()) if math.isfinite(v)]
        found[tag] = spread(points, MOST_POINTS)
    return {tag: points for tag, points in found.items() if points}


def samples(grids):
    """Grids of images, evenly spaced over the training, the last one among them.

    Args:
      grids: {step: bytes of a PNG}.

    Returns:
      list of {"step": int, "url": data URL of a JPEG}, in order; damaged ones are left out.
    """
    chosen = spread(sorted(grids), MOST_SAMPLES)
    urls = [(step, _jpeg_url(grids[step], quality=88)) for step in chosen]
    found = [{"step": step, "url": url} for step, url in urls if url]
    while len(found) > 1 and sum(len(sample["url"]) for sample in found) > SAMPLE_BYTES:
        found = found[::-2][::-1]  # every second one, the last among them
    return found


def _jpeg_url(png, quality):
    """A data URL; None of a PNG that is damaged."""
    from PIL import Image

    try:
        pixels = decode(png, 3, "sample")
    except BadImage:
        return None
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def trained_seconds(times):
    """Seconds that a training ran, without the pauses in which it was stopped.

    Args:
      times: list of (seconds since 1970, step).
    """
    moments = sorted(moment for moment, _ in times)
    gaps = (later - earlier for earlier, later in zip(moments, moments[1:], strict=False))
    return sum(gap for gap in gaps if gap < LONGEST_PAUSE)


def shown_health(entries):
    """The entries of health that the page shows: every alarm, and each symptom's last.

    Args:
      entries: from ``read_health``; a long training has some hundred thousand.
    """
    last = {entry["symptom"]: entry for entry in entries}
    return [entry for entry in entries if entry["alarm"] or entry is last[entry["symptom"]]]


def evaluation(path):
    """{"step": int, "directions": {direction: dict}} of an evaluation.json; None without one."""
    found = _json(path)
    directions = found.get("directions") if isinstance(found, dict) else None
    if not isinstance(directions, dict):
        return None
    return {"step": found.get("step"), "directions": directions}


def beside_teacher(scores):
    """A student's figures beside its teacher's, taken out of an evaluation's.

    Args:
      scores: what ``evaluation`` returns; what the table shows is removed from it.

    Returns:
      list of rows of text, the titles first; [] without such figures.
    """
    rows = []
    for figures in (scores or {"directions": {}})["directions"].values():
        found = figures.pop(BESIDE_TEACHER, None) if isinstance(figures, dict) else None
        for who in ("teacher", "student") if isinstance(found, dict) else ():
            known = dict(found[who]) if isinstance(found.get(who), dict) else {}
            if who == "student":
                known["kid"] = _kid(figures)
            rows.append([who, *(_shown(known, *column) for column in COLUMNS.values())])
    return [["", *COLUMNS], *rows] if rows else []


def _kid(figures):
    """The KID of an evaluation's own translations; None without one."""
    realism = figures.get("realism")
    found = figures.get("kid") or (realism.get("kid") if isinstance(realism, dict) else None)
    return found.get("translation") if isinstance(found, dict) else None


def _shown(known, key, scale, form):
    """A number as text, with its standard error where it has one; "" where there is none."""
    found = known.get(key)
    parts = (
        [found.get(n) for n in ("mean", "standard_error")] if isinstance(found, dict) else [found]
    )
    texts = [f"{scale * p:{form}}" for p in parts if isinstance(p, int | float)]
    return " ± ".join(texts)


def _json(path):
    """A file's value, with None for what a page cannot have: NaN, infinities, vast integers."""
    try:
        return json.loads(
            _read(path), parse_constant=lambda name: None, parse_float=_finite, parse_int=_whole
        )
    except (ValueError, RecursionError):
        return None


def _finite(text):
    number = float(text)  # 1e999 is an infinity
    return number if math.isfinite(number) else None


def _whole(text):
    return None if _finite(text) is None else int(text)


def _read(path):
    """A small file's text; "" where there is none."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
