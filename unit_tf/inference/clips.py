"""Translates clips: every frame through the networks, evened out over time, scored, written."""

import contextlib
import functools

import tensorflow as tf

from unit_tf.data.check_progress import with_progress
from unit_tf.data.images import to_float, to_uint8
from unit_tf.evaluation.metrics.flicker import Flicker
from unit_tf.inference import compiled_networks
from unit_tf.inference.clip_writers import write_clip
from unit_tf.inference.contact_sheets import planned_styles
from unit_tf.inference.overlap import PIXELS_SIDE_BY_SIDE, side_by_side, workers
from unit_tf.inference.shift_average import over_shifts
from unit_tf.inference.style_codes import compiled_styles
from unit_tf.inference.temporal_smoothing import TemporalSmoothing


def write_clips(translation, method):
    """Writes the translations of every clip, in every style that is asked for.

    Frames are read while earlier ones are computed; a few are held at a time. All frames of a clip
    have one style.

    Args:
      translation: file_translation.FileTranslation; its ``flickers`` are filled.
      method: Method.

    Yields:
      pathlib.Path of each file, once it is there.

    Raises:
      UserError: a clip cannot be read any more, translated or written.
    """
    translators = list(_translators(translation, method))
    for job in translation.jobs:
        clip = translation.clips.get(job.source)
        if clip is None:
            continue
        targets = translation.plan.targets(job) if translation.plan else [job.target]
        for target, translate in zip(targets, translators, strict=True):
            frames = _translated(translation, job, translate)
            if clip.moves:
                flicker = translation.flickers[target] = Flicker()
                frames = steadied(frames, translation.temporal_smoothing, flicker)
            else:
                frames = (to_uint8(y) for _, y in frames)
            shown = with_progress(frames, clip.count, str(target), unit="frame", verb="translat")
            with contextlib.closing(shown):
                write_clip(target, shown, job.source, clip)
            yield target


def steadied(frames, smoothing, flicker):
    """Evens frames out over time, and scores them.

    Args:
      frames: iterable of (input uint8 [H, W, C], translation float32 [H, W, C'] in [-1, 1]).
      smoothing: as TemporalSmoothing takes it.
      flicker: Flicker that they are added to.

    Yields:
      uint8 [H, W, C'].
    """
    smooth = TemporalSmoothing(smoothing)
    for x, y in frames:
        frame = to_uint8(smooth(x, y))
        flicker.add(x, frame)
        yield frame


def _translators(translation, method):
    """A function (float32 [1, H, W, C]) -> tensor [1, H, W, C'] for each style."""
    if not translation.plan:
        several = len(translation.decoded.sizes) > 1
        direction = translation.direction
        compiled = compiled_networks.compiled_translation(method, direction, several)
        yield over_shifts(compiled, method.stride, translation.shifts)
        return
    compiled = compiled_styles(method, translation.direction)
    compiled = over_shifts(compiled, method.stride, translation.shifts)
    for style in planned_styles(translation, method):
        yield functools.partial(_in_style, compiled, tf.constant(style[None]))


def _in_style(compiled, style, x):
    return compiled(x, style)


def _translated(translation, job, translate):
    """Yields (input, float32 translation) of each image, computed two at a time where small."""
    name = str(job.source)

    def compute(x):
        y = compiled_networks.run_network(translate, to_float(x)[None], name)
        return x, compiled_networks.require_finite(y, name)[0]

    def is_large(x):
        return x.shape[0] * x.shape[1] > PIXELS_SIDE_BY_SIDE

    with workers() as pool:
        yield from side_by_side(pool, compute, translation.decoded.images(job.source), is_large)
