"""Translates clips: every frame through the networks, evened out over time, scored, written."""

import collections
import contextlib
import math

import tensorflow as tf

from unit_tf.data.check_progress import with_progress
from unit_tf.data.images import to_uint8
from unit_tf.evaluation.metrics.flicker import Flicker
from unit_tf.inference import compiled_networks
from unit_tf.inference.clip_writers import write_clip
from unit_tf.inference.contact_sheets import planned_styles
from unit_tf.inference.overlap import PIXELS_SIDE_BY_SIDE, side_by_side, workers
from unit_tf.inference.shift_average import over_shifts
from unit_tf.inference.style_codes import PIXELS_AT_A_TIME, compiled_styles
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
    translate = _translator(translation, method)
    styles = planned_styles(translation, method) if translation.plan else None
    for job in translation.jobs:
        if clip := translation.clips.get(job.source):
            yield from _write_one(translation, job, clip, translate, styles)


def _write_one(translation, job, clip, translate, styles):
    """Writes one clip in ``styles``, [N, S] or None; yields each file's path once it is there."""
    targets = translation.plan.targets(job) if translation.plan else [job.target]
    count = styles_at_a_time(clip, translation.decoded.spare_bytes)
    for first in range(0, len(targets), count):
        some = targets[first : first + count]
        style = [] if styles is None else [tf.constant(styles[first : first + count])]
        found = _translated(translation, job, translate, *style)
        for target, frames in zip(some, _results(translation, clip, some, found), strict=True):
            shown = with_progress(frames, clip.count, str(target), unit="frame", verb="translat")
            with contextlib.closing(shown):
                write_clip(target, shown, job.source, clip)
            yield target


def styles_at_a_time(clip, spare):
    """In how many styles a clip goes through the networks together, so that it is encoded once.

    Clips are written one after the other, and the frames of the others are kept meanwhile.

    Args:
      clip: clip_files.Clip.
      spare: bytes that these may take.

    Returns:
      int, at least 1; 1 of pages, which are of any size.
    """
    if not clip.moves:
        return 1
    pixels = math.prod(clip.held.size)
    return max(1, min(PIXELS_AT_A_TIME // pixels, 1 + spare // (3 * pixels * clip.count)))


def steadied(frames, smoothing, flicker):
    """Evens frames out over time, and scores them.

    Args:
      frames: iterable of (input uint8 [H, W, C], translation float32 [H, W, C'] in [-1, 1]).
      smoothing: as TemporalSmoothing takes it.
      flicker: Flicker that they are added to.

    Returns:
      iterator over uint8 [H, W, C'].
    """
    finish = _finisher(smoothing, flicker)
    return (finish(x, y) for x, y in frames)


def _finisher(smoothing, flicker):
    """A function of one frame and the next, (input, translation) -> uint8; as ``steadied``'s."""
    smooth = TemporalSmoothing(smoothing)

    def finish(x, y):
        frame = to_uint8(smooth(x, y))
        flicker.add(x, frame)
        return frame

    return finish


def _translator(translation, method):
    """A function (float32 [1, H, W, C], styles [N, S] if there are any) -> tensor [N, H, W, C']."""
    if translation.plan:
        compiled = compiled_styles(method, translation.direction)
    else:
        several = len(translation.decoded.sizes) > 1
        compiled = compiled_networks.compiled_translation(method, translation.direction, several)
    return over_shifts(compiled, method.stride, translation.shifts)


def _results(translation, clip, targets, found):
    """Iterators over the frames of each target, to be used up in order; found: ``_translated``."""
    finishers = []
    for target in targets:
        if clip.moves:
            flicker = translation.flickers[target] = Flicker()
            finishers.append(_finisher(translation.temporal_smoothing, flicker))
        else:
            finishers.append(lambda _, y: to_uint8(y))
    frames = ([f(x, y) for f, y in zip(finishers, ys, strict=True)] for x, ys in found)
    return _in_turn(frames, len(targets))


def _in_turn(rows, count):
    """An iterator over each column of rows; while the first is used, the others' items are kept."""
    kept = [collections.deque() for _ in range(count - 1)]

    def first():
        for head, *others in rows:
            for column, item in zip(kept, others, strict=True):
                column.append(item)
            yield head

    def later(column):
        while column:
            yield column.popleft()

    return [first(), *map(later, kept)]


def _translated(translation, job, translate, *style):
    """Yields (input, its float32 translations) of each image, two at a time where small."""
    name = str(job.source)

    def compute(x):
        return x, compiled_networks.run_checked(translate, x, name, *style)

    def is_large(x):
        return x.shape[0] * x.shape[1] > PIXELS_SIDE_BY_SIDE

    with workers() as pool:
        yield from side_by_side(pool, compute, translation.decoded.images(job.source), is_large)
