"""Videos, through the programs ffmpeg and ffprobe where they are installed: frames in pipes.

A video has one rate here. One of changing rates gets its average, and frames are repeated or left
out so that sound stays with them. It is shown upright, as players turn it.
"""

import contextlib
import fractions
import json
import shutil
import subprocess
import tempfile
import typing

import numpy as np

from unit_tf.config import UserError, plural
from unit_tf.data.images import BadImage
from unit_tf.data.regular_files import open_regular_file
from unit_tf.files import atomic_path, os_reason
from unit_tf.inference.cut_videos import missing_bytes

VIDEOS = frozenset((".mp4", ".mov", ".mkv", ".webm"))
_PROGRAMS = ("ffmpeg", "ffprobe")
_QUIET = ("-v", "error", "-nostdin")
# A file may name others: only those on this machine are opened.
_LOCAL = ("-protocol_whitelist", "file,pipe")
_H264 = ("-c:v", "libx264", "-crf", "16")
_VP9 = ("-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4")
# What players take videos for that do not say.
_COLOURS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
_NEARLY = fractions.Fraction(1, 100)


class Video(typing.NamedTuple):
    """What a video holds.

    Attributes:
      size: (height, width) as stored; turned by a quarter they change places.
      rate: frames a second, fractions.Fraction.
      count: frames.
    """

    size: tuple
    rate: fractions.Fraction
    count: int


def is_video_name(path):
    """Whether a pathlib.Path has the extension of a video."""
    return path.suffix.lower() in VIDEOS


def missing_programs():
    """In words what is not installed; "" where all is there."""
    missing = [name for name in _PROGRAMS if not shutil.which(name)]
    return f"needs {' and '.join(missing)}, which this machine lacks" if missing else ""


def open_video(path):
    """Reads all of a video once.

    Args:
      path: pathlib.Path.

    Returns:
      Video.

    Raises:
      BadImage: the programs are missing, or it is damaged, cut off or none.
    """
    if missing := missing_programs():
        raise BadImage(path, f"{missing}; install ffmpeg, or give an animated webp")
    _refuse_cut(path)
    entries = "stream=width,height,avg_frame_rate,r_frame_rate"
    probe = ["ffprobe", "-v", "error", *_LOCAL, "-select_streams", "v:0", "-show_entries", entries]
    streams = json.loads(_output(path, [*probe, "-of", "json", _place(path)])).get("streams")
    if not streams:
        raise BadImage(path, "has no video in it")
    size, rate = (streams[0]["height"], streams[0]["width"]), _rate(streams[0])
    # -xerror: what is damaged would be shown grey.
    progress = ("-progress", "pipe:1", "-nostats", "-f", "null", "-")
    said = _output(path, ["ffmpeg", *_QUIET, "-xerror", *_input(path, rate), *progress])
    counts = [line[6:] for line in said.decode().splitlines() if line.startswith("frame=")]
    if not counts or not int(counts[-1]):
        raise BadImage(path, "has no frame in it")
    return Video(size, rate, int(counts[-1]))


def read_video(path, rate):
    """Reads the frames of a video.

    Args:
      path: pathlib.Path.
      rate: Video's.

    Yields:
      uint8 [H, W, 3].

    Raises:
      BadImage: it has been damaged meanwhile.
    """
    command = ["ffmpeg", *_QUIET, "-xerror", *_input(path, rate)]
    command += ["-f", "image2pipe", "-c:v", "ppm", "pipe:1"]
    with _running(command, stdout=subprocess.PIPE) as (process, reason):
        while (frame := _read_ppm(process.stdout)) is not None:
            yield frame
        if process.wait():
            raise BadImage(path, reason())


def write_video(path, frames, rate, sound=None):
    """Writes a video whole or not at all.

    Args:
      path: pathlib.Path with one of the extensions VIDEOS.
      frames: iterator of at least one uint8 [H, W, C] of one size, C 1 or 3.
      rate: frames a second, fractions.Fraction.
      sound: pathlib.Path of a video whose sound is taken; or None. It is copied as it is, but for
        one of another format.

    Raises:
      UserError: it cannot be written.
    """
    if missing := missing_programs():
        raise UserError(f"{path}: {missing}; install ffmpeg, or name a .webp")
    first = next(frames)
    try:
        with atomic_path(path) as temporary:
            command = _encoding(temporary, first, rate, sound)
            with _running(command, stdin=subprocess.PIPE) as (process, reason):
                _feed(process.stdin, first, frames)
                if process.wait():
                    raise UserError(f"{path}: cannot be written ({reason()})")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


def _refuse_cut(path):
    """Raises BadImage for a file whose end is missing, or that is none."""
    try:
        with open_regular_file(path) as file:
            missing = missing_bytes(file)
    except OSError as error:
        raise BadImage(path, os_reason(error)) from None
    if missing:
        raise BadImage(path, f"cut off: at least {plural(missing, 'byte')} missing at its end")


def _encoding(path, first, rate, sound):
    """The command that encodes raw frames as large as the first one."""
    height, width, channels = first.shape
    raw = ("-f", "rawvideo", "-pix_fmt", "gray" if channels == 1 else "rgb24")
    command = ["ffmpeg", *_QUIET, "-y", *raw, "-s", f"{width}x{height}", "-r", str(rate)]
    command += ["-i", "pipe:0"]
    if sound:
        command += [*_LOCAL, "-i", _place(sound), "-map", "0:v", "-map", "1:a?"]
        same = sound.suffix.lower() == path.suffix.lower() or path.suffix.lower() == ".mkv"
        command += ["-c:a", "copy"] if same else []
    # Halved colours are what every player takes; they need even sides.
    colours = "yuv444p" if height % 2 or width % 2 else "yuv420p"
    command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", colours]
    command += [*_COLOURS, *(_VP9 if path.suffix.lower() == ".webm" else _H264)]
    return [*command, _place(path)]


def _feed(stream, first, frames):
    """Writes frames into a pipe; one that the program has closed says why by itself."""
    with contextlib.suppress(BrokenPipeError):
        stream.write(np.ascontiguousarray(first).data)
        for frame in frames:
            stream.write(np.ascontiguousarray(frame).data)
    with contextlib.suppress(BrokenPipeError):
        stream.close()


@contextlib.contextmanager
def _running(command, **pipes):
    """Yields (Popen, () -> its last line of complaint); it has ended when the block is left."""
    with tempfile.TemporaryFile() as said:

        def reason():
            said.seek(0)
            return _last_line(said.read())

        process = subprocess.Popen(command, stderr=said, **pipes)
        try:
            yield process, reason
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    _ = pipe and pipe.close()


def _output(path, command):
    """What a program prints; raises BadImage where it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise BadImage(path, _last_line(done.stderr))
    return done.stdout


def _last_line(said):
    lines = said.decode(errors="replace").strip().splitlines()
    return f"ffmpeg: {lines[-1].rpartition(': ')[-1].lower() if lines else 'failed'}"


def _input(path, rate):
    """Flags that read a video at one rate, from the time 0 on at which its sound begins."""
    steady = f"fps={rate}:start_time=0"
    return (*_LOCAL, "-i", _place(path), "-map", "0:v:0", "-vf", steady)


def _place(path):
    """A path that is taken neither for a flag nor for an address."""
    return f"file:{path}"


def _rate(stream):
    """Frames a second: the one that times are multiples of, or where that is another the mean."""
    base, mean = (_fraction(stream.get(key)) for key in ("r_frame_rate", "avg_frame_rate"))
    if not mean or abs(base - mean) <= _NEARLY * mean:
        return base or fractions.Fraction(25)
    return mean


def _fraction(text):
    try:
        return fractions.Fraction(text)
    except (TypeError, ValueError, ZeroDivisionError):
        return fractions.Fraction(0)


def _read_ppm(stream):
    """The next image of a stream of ppm files, uint8 [H, W, 3]; None at its end."""
    head = [stream.readline() for _ in range(3)]  # P6, the sides, 255
    if not head[2]:
        return None
    width, height = map(int, head[1].split())
    pixels = stream.read(width * height * 3)
    if len(pixels) < width * height * 3:
        return None
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
