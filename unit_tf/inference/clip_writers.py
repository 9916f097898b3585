"""Writes animations, tiffs of pages and videos, frame by frame as they come."""

import fractions
import itertools
import math

from PIL import Image, TiffImagePlugin

from unit_tf.config import UserError
from unit_tf.files import atomic_path, os_reason
from unit_tf.inference.clip_files import TIFFS
from unit_tf.inference.image_files import encoding_options
from unit_tf.inference.video_files import VIDEOS, Video, is_video_name, write_video

_STEP = 10  # milliseconds, the unit of gif's times
_USUAL = 100  # milliseconds that browsers show a frame without a time


def write_clip(path, frames, source, clip):
    """Writes a clip whole or not at all, in the format of its extension; folders are made.

    Equal frames in a row may come to be one that is shown as long as they are together.

    Args:
      path: pathlib.Path with an extension that holds it.
      frames: iterator of uint8 [H, W, C], ``clip.count`` of them.
      source: pathlib.Path of the clip, whose sound a video gets.
      clip: clip_files.Clip, whose times are kept.

    Raises:
      UserError: it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix in VIDEOS:
        rate, frames = steady_frames(frames, clip)
        write_video(path, frames, rate, source if is_video_name(source) else None)
        return
    write = _write_pages if suffix in TIFFS else _write_animation
    try:
        with atomic_path(path) as temporary:
            write(temporary, frames, clip)
    except UserError:
        raise
    except (EOFError, LookupError, OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


def frame_times(clip, unit=1):
    """How long each frame of a Clip is shown, a list of milliseconds whose sum is kept.

    Args:
      clip: clip_files.Clip.
      unit: milliseconds that times are multiples of.
    """
    if isinstance(clip.held, Video):
        ends = [1000 * k / clip.held.rate for k in range(clip.count + 1)]
    else:
        ends = [0, *itertools.accumulate(clip.milliseconds)]
    ends = [unit * round(end / unit) for end in ends]
    return [last - first for first, last in itertools.pairwise(ends)]


def _write_animation(path, frames, clip):
    suffix, first = path.suffix.lower(), _pillow(next(frames))
    rest = map(_pillow, frames)
    times = frame_times(clip, _STEP if suffix == ".gif" else 1)
    options = encoding_options(path, first.mode == "L") | {"duration": times}
    plays = 0 if isinstance(clip.held, Video) else clip.held.plays
    if suffix != ".gif":
        options["loop"] = plays
    elif plays != 1:  # it says how often it is repeated, or nothing
        options["loop"] = max(0, plays - 1)
    if suffix == ".webp":
        _OneByOne(first, rest, clip.count).save(path, save_all=True, **options)
    else:
        first.save(path, save_all=True, append_images=rest if suffix == ".gif" else list(rest),
                   **options)  # fmt: skip


def _write_pages(path, frames, clip):
    del clip
    with TiffImagePlugin.AppendingTiffWriter(str(path), True) as writer:
        for frame in frames:
            image = _pillow(frame)
            image.save(writer, "TIFF", **encoding_options(path, image.mode == "L"))
            writer.newFrame()


class _OneByOne(Image.Image):
    """Frames as one image of several, of which a writer that takes them in order holds one.

    Args:
      first: Pillow image.
      rest: iterator of Pillow images.
      count: how many there are.
    """

    def __init__(self, first, rest, count):
        super().__init__()
        self._rest, self._at = rest, 0
        self.n_frames = count
        self._show(first)

    def tell(self):
        return self._at

    def seek(self, frame):
        if frame <= self._at:  # writers go back at their end, and ask for nothing of it
            return
        image = next(self._rest, None) if frame == self._at + 1 else None
        if image is None:
            raise EOFError(f"no frame {frame} after frame {self._at}")
        self._show(image)
        self._at = frame

    def _show(self, image):
        self.im, self._mode, self._size = image.im, image.mode, image.size


def steady_frames(frames, clip):
    """(rate, frames) of an animation as a video has them: one time for all, and frames repeated."""
    if isinstance(clip.held, Video):
        return clip.held.rate, frames
    times = [time if time >= _STEP else _USUAL for time in frame_times(clip)]
    step = math.gcd(*times)
    if step < _STEP:
        step = _STEP
    repeats = [max(1, round(time / step)) for time in times]
    repeated = (f for f, n in zip(frames, repeats, strict=True) for _ in range(n))
    return fractions.Fraction(1000, step), repeated


def _pillow(frame):
    return Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame)
