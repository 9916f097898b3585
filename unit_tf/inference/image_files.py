"""Image files on their way through a command: found, planned, checked and written."""

import math
import os
import pathlib
import sys
import typing

from PIL import Image

from unit_tf.config import FILE_ENDINGS, UserError, name_some, output_path, printable, user_path
from unit_tf.data.check_progress import check_in_threads
from unit_tf.data.colour_profiles import srgb_profile
from unit_tf.data.image_listing import list_folder, nothing_found
from unit_tf.data.images import BadImage
from unit_tf.data.parts_of_files import remark_lines
from unit_tf.files import atomic_path, os_reason, write_refusal
from unit_tf.inference.clip_files import ANIMATED, holders, video_extensions
from unit_tf.inference.decoded_images import DecodedImages
from unit_tf.inference.video_files import is_video_name

# What Pillow writes grey and RGB to as they are. GIF is not here: it would leave 256 colours.
WRITABLE = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".tif", ".tiff"))
# Pillow's defaults of 75 and 80 show in flat parts.
_LOSSY = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".webp"))
_QUALITY = {"quality": 95}
# zlib's usual 6 takes two to four times as long for files 1 to 6 percent smaller.
_COMPRESSION = {"compress_level": 4}
NAMED_IN_MESSAGES = 20
LONGEST_NAME = 255  # bytes, on every file system in use


class Job(typing.NamedTuple):
    """One image to translate.

    Attributes:
      source: the file to read.
      target: the file to write.
    """

    source: pathlib.Path
    target: pathlib.Path


def plan(source, output, skip_bad=False, lines=None, clips=False):
    """What to translate, and where each result goes.

    Folders are read as data/image_listing.py says, without what lies in the output folder, and
    their structure is kept. A file named as such is taken whatever its
    extension. Names are kept, but an extension that cannot hold the result becomes ``.png``, and
    that of an animation ``.webp``.

    Args:
      source: an image, or a folder of images.
      output: a folder; need not exist. For one image also a file, by its WRITABLE extension, and
        for an animation or a video by one that holds it.
      skip_bad: bad sources will be left out. So two may have one result, and whoever has checked
        them calls ``refuse_shared_targets`` for those that are left.
      lines: as ``find``'s.
      clips: videos are taken too, and animations whole; else as single images.

    Returns:
      non-empty list of Job, in order.

    Raises:
      UserError: nothing to translate, or a result would land on a source or on another result.
    """
    if job := _one_file(source, output, clips):
        refuse_collisions([job])
        return [job]
    folder, files = find("input", source, output, lines, video_extensions() if clips else ())
    output = user_path("--output", output)
    names = [_target_name(file, file.relative_to(folder), clips) for file in files]
    jobs = [Job(file, output / name) for file, name in zip(files, names, strict=True)]
    refuse_collisions(jobs, shared=skip_bad)
    return jobs


def _one_file(source, output, clips):
    """The Job of one image whose result's file is named; None of any other request."""
    source, output = user_path("--input", source), user_path("--output", output)
    suffix = output.suffix.lower()
    if output.is_dir() or not source.is_file():
        return None
    is_video = clips and is_video_name(source)
    takes = (frozenset() if is_video else WRITABLE) | (holders(source) if clips else frozenset())
    if suffix not in takes:
        if suffix not in FILE_ENDINGS:
            return None
        why = "holds no video" if is_video else "cannot be written"
        endings = " ".join(sorted(takes))
        raise UserError(f"--output={output}: {why}; name a folder or one of {endings}")
    if reason := write_refusal(output_path(output.parent)):
        raise UserError(f"--output={output}: cannot be written to ({reason})")
    return Job(source, output)


def find(flag, source, output, lines=None, videos=()):
    """The images that a flag names, none of them in the folder for the results.

    Args:
      flag: its name, for messages.
      source: an image, or a folder of images.
      output: a folder; need not exist.
      lines: list that receives how many images a folder has and what is ignored in it; None to
        print that on stderr where something is ignored.
      videos: as ``list_folder``'s.

    Returns:
      (folder that they lie below, non-empty list of pathlib.Path in order).

    Raises:
      UserError: there are none, or the results would come to lie beside them.
    """
    source = user_path(f"--{flag}", source)
    if not source.exists():
        raise UserError(f"--{flag}={source}: no such file or folder")
    output = output_path(output)
    folder = source if source.is_dir() else source.parent
    if os.path.realpath(output) == os.path.realpath(folder):
        raise UserError(f"--output={output}: is where the {flag} lies; name another folder")
    if reason := write_refusal(output):
        raise UserError(f"--output={output}: cannot be written to ({reason})")
    if not source.is_dir():
        return folder, [source]
    listing = list_folder(source, output, videos)
    if not listing.images:
        raise UserError(f"--{flag}={source}: {nothing_found(listing.ignored)}")
    line = printable(f"--{flag}={source}: {listing.remark()}")
    if lines is not None:
        lines.append(line)
    elif listing.ignored:
        print(line, file=sys.stderr)
    return folder, listing.images


def usable(jobs, channels, skip_bad, largest=math.inf, decoded=None, where="input", lines=None):
    """``check``, with lines on stderr.

    A line names each image left out, and another the images that are taken in part.

    Args:
      jobs, channels, skip_bad, largest, decoded: as ``check`` takes them.
      where: what to call the images as a whole.
      lines: list that receives the lines, which are not printed then. While a long check runs, its
        last one so far says what is checked.

    Returns:
      list of the Jobs that are left.

    Raises:
      UserError: as ``check``.
    """
    decoded = decoded or DecodedImages(channels, budget=0)
    what = lines[-1] if lines else ""
    jobs, bad = check(jobs, channels, skip_bad, largest, decoded, what)
    said = [f"skipped {error}" for error in bad]
    said += remark_lines({job.source: decoded.remarks.get(job.source) for job in jobs})
    said += [*decoded.settle(where), *filter(None, [decoded.long_line()])]
    for line in said:
        print(line, file=sys.stderr) if lines is None else lines.append(line)
    return jobs


def check(jobs, channels, skip_bad, largest=math.inf, decoded=None, what=""):
    """Decodes every source once, so that nothing is written if one of them is bad.

    Args:
      jobs: list of Job.
      channels: 1 or 3.
      skip_bad: leave bad ones out, unless all are; those too large for memory always are.
      largest: longest side that can be translated.
      decoded: DecodedImages that keeps what it can for later; or None.
      what: which images they are, to be said while a long check runs.

    Returns:
      (list of Job whose sources decode, list of BadImage left out).

    Raises:
      UserError: sources are bad and skip_bad is off, or none is left; one line naming them.
    """
    decoded = decoded or DecodedImages(channels, budget=0)
    errors = check_in_threads(lambda job: _fault(job, decoded, largest), jobs, what)
    bad = [error for error in errors if error]
    fatal = [error for error in bad if not (skip_bad or error.too_large)]
    if fatal or (bad and len(bad) == len(jobs)):
        named = name_some([f"{e.name} ({e.reason})" for e in bad], NAMED_IN_MESSAGES)
        hint = "; --skip_bad leaves them out and names each" if fatal and not skip_bad else ""
        raise UserError(f"{len(bad)} of {len(jobs)} images cannot be used: {named}{hint}")
    return [job for job, error in zip(jobs, errors, strict=True) if not error], bad


def write_image(path, image):
    """Writes an image whole or not at all, in the format of its extension; folders are made.

    One of colours carries an sRGB profile, where the format has a place for it.

    Args:
      path: a file with one of the WRITABLE extensions.
      image: uint8 [H, W, C], C 1 or 3.

    Raises:
      UserError: it cannot be written.
    """
    grey = image.shape[-1] == 1
    encoder = Image.fromarray(image[..., 0] if grey else image)
    try:
        with atomic_path(path) as temporary:
            encoder.save(temporary, **encoding_options(path, grey))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


def encoding_options(path, grey):
    """How Pillow encodes an image of a file's extension, as arguments of its ``save``."""
    options = {} if grey else {"icc_profile": srgb_profile()}
    suffix = pathlib.Path(path).suffix.lower()
    return options | (_QUALITY if suffix in _LOSSY else _COMPRESSION if suffix == ".png" else {})


def _target_name(file, name, clips):
    """What the result of a file is called that is called ``name`` itself."""
    if name.suffix.lower() in WRITABLE or (clips and is_video_name(name)):
        return name
    return name.with_suffix(ANIMATED if clips and ANIMATED in holders(file) else ".png")


def refuse_collisions(jobs, read=(), shared=False):
    """Raises UserError where a result would overwrite an input or another, or have too long a name.

    Args:
      jobs: objects with ``source`` and ``target``, pathlib.Path.
      read: further inputs, pathlib.Path.
      shared: results may overwrite one another.
    """
    sources = {os.path.realpath(path) for path in {*(job.source for job in jobs), *read}}
    for job in jobs:
        size = len(os.fsencode(job.target.name))
        if size > LONGEST_NAME:
            raise UserError(
                f"{job.source}: its result's name would be of {size} bytes, {job.target.name}; at "
                f"most {LONGEST_NAME} are possible; rename it"
            )
        if os.path.realpath(job.target) in sources:
            raise UserError(f"{job.target}: is an input as well; name another --output")
    if not shared:
        refuse_shared_targets(jobs)


def refuse_shared_targets(jobs):
    """Raises UserError where two of ``jobs`` have one result."""
    targets = {}
    for job in jobs:
        if job.target in targets:
            both = f"{targets[job.target]} and {job.source}"
            raise UserError(f"{both}: both would be written to {job.target}; rename one")
        targets[job.target] = job.source


def _fault(job, decoded, largest):
    """Why an image cannot be used, as a BadImage; None if it can."""
    try:
        height, width = decoded.measure(job.source, job.target)
    except BadImage as error:
        return error
    if max(height, width) > largest:
        reason = f"{height}x{width} pixels, at most {largest}x{largest} are taken"
        return BadImage(job.source, reason)
    return None
