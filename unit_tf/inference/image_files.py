"""Images on their way through a command: listed, checked, translated and written."""

import concurrent.futures
import math
import os
import pathlib
import sys
import typing

import numpy as np
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.image_listing import EXTENSIONS, list_images
from unit_tf.data.images import BadImage, decode, to_float, to_uint8
from unit_tf.files import atomic_path

# What Pillow writes grey and RGB to as they are. GIF is not here: it would leave 256 colours.
WRITABLE = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".tif", ".tiff"))
# Pillow's defaults of 75 and 80 show in flat parts.
_LOSSY = frozenset((".jpg", ".jpeg", ".jpe", ".webp"))
_QUALITY = {"quality": 95}
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


def plan(source, output):
    """What to translate, and where each result goes.

    Folders are read with all below them (hidden files and folders, and what lies in the output
    folder, are left out) and their structure is kept. A file named as such is taken whatever its
    extension. Names are kept, but an extension that cannot hold the result becomes ``.png``.

    Args:
      source: an image, or a folder of images.
      output: a folder; need not exist.

    Returns:
      non-empty list of Job, in order.

    Raises:
      UserError: nothing to translate, or a result would land on a source or on another result.
    """
    folder, files = find("input", source, output)
    output = pathlib.Path(output).expanduser()
    jobs = [Job(file, output / _target_name(file.relative_to(folder))) for file in files]
    refuse_collisions(jobs)
    return jobs


def find(flag, source, output):
    """The images that a flag names, none of them in the folder for the results.

    Args:
      flag: its name, for messages.
      source: an image, or a folder of images.
      output: a folder; need not exist.

    Returns:
      (folder that they lie below, non-empty list of pathlib.Path in order).

    Raises:
      UserError: there are none, or the results would come to lie beside them.
    """
    source, output = pathlib.Path(source).expanduser(), pathlib.Path(output).expanduser()
    if not os.path.exists(source):  # pathlib's raises where a name is too long to be one
        raise UserError(f"--{flag}={source}: no such file or folder")
    if output.exists() and not output.is_dir():
        raise UserError(f"--output={output}: not a folder")
    folder = source if source.is_dir() else source.parent
    if output.resolve() == folder.resolve():
        raise UserError(f"--output={output}: is where the {flag} lies; name another folder")
    files = list_images(source, output) if source.is_dir() else [source]
    if not files:
        raise UserError(f"--{flag}={source}: no images in it ({' '.join(sorted(EXTENSIONS))})")
    return folder, files


def usable(jobs, channels, skip_bad, largest=math.inf):
    """``check``, with a line on stderr for each image left out; gives the jobs that are left."""
    jobs, bad = check(jobs, channels, skip_bad, largest)
    for error in bad:
        print(f"skipped {error}", file=sys.stderr)
    return jobs


def check(jobs, channels, skip_bad, largest=math.inf):
    """Decodes every source once, so that nothing is written if one of them is bad.

    Args:
      jobs: list of Job.
      channels: 1 or 3.
      skip_bad: leave bad ones out, unless all are.
      largest: longest side that can be translated.

    Returns:
      (list of Job whose sources decode, list of BadImage left out).

    Raises:
      UserError: sources are bad and skip_bad is off, or none is left; one line naming them.
    """
    workers = min(32, os.cpu_count() or 1)  # Pillow lets go of the GIL while it decodes
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        errors = list(pool.map(lambda job: _fault(job.source, channels, largest), jobs))
    bad = [error for error in errors if error]
    if bad and (not skip_bad or len(bad) == len(jobs)):
        named = ", ".join(f"{e.name} ({e.reason})" for e in bad[:NAMED_IN_MESSAGES])
        more = len(bad) - NAMED_IN_MESSAGES
        hint = "" if skip_bad else "; --skip_bad leaves them out"
        more = f" and {more} more" if more > 0 else ""
        raise UserError(f"{len(bad)} of {len(jobs)} images cannot be used: {named}{more}{hint}")
    return [job for job, error in zip(jobs, errors, strict=True) if not error], bad


def image_translator(method, direction):
    """A function that translates images as files hold them.

    It is compiled for the first image's size and once more for any size, so that a folder of
    photographs does not compile (and keep) a graph for each.

    Args:
      method: Method; its latent noise is off.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      (image uint8 [H, W, C], name for messages) -> uint8 [H, W, C'].
    """
    import tensorflow as tf

    from unit_tf.inference.any_size import translate_any_size

    @tf.function(reduce_retracing=True, autograph=False)
    def compiled(x):
        return translate_any_size(method, x, direction)

    return lambda image, name: to_uint8(run_checked(compiled, image, name)[0])


def run_checked(compiled, image, name, *more):
    """What a network gives for an image.

    Args:
      compiled: (float32 [1, H, W, C] in [-1, 1], *more) -> float32 tensor.
      image: uint8 [H, W, C].
      name: what to call it in messages.
      *more: tensors.

    Returns:
      numpy array.

    Raises:
      UserError: it does not fit into memory, or what comes out is not finite.
    """
    import tensorflow as tf

    try:
        result = compiled(tf.constant(to_float(image)[None]), *more).numpy()
    except tf.errors.ResourceExhaustedError:
        size = "x".join(map(str, image.shape[:2]))
        raise UserError(f"{name}: {size} pixels do not fit into the device's memory") from None
    if not np.isfinite(result).all():
        raise UserError(f"{name}: the translator gives NaN; its training has diverged")
    return result


def write_image(path, image):
    """Writes an image whole or not at all, in the format of its extension; folders are made.

    Args:
      path: a file with one of the WRITABLE extensions.
      image: uint8 [H, W, C], C 1 or 3.

    Raises:
      UserError: it cannot be written.
    """
    encoder = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    try:
        with atomic_path(path) as temporary:
            encoder.save(temporary, **(_QUALITY if temporary.suffix.lower() in _LOSSY else {}))
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{path}: cannot be written ({str(reason).lower()})") from None


def _target_name(path):
    return path if path.suffix.lower() in WRITABLE else path.with_suffix(".png")


def refuse_collisions(jobs, read=()):
    """Raises UserError where a result would overwrite an input or another, or have too long a name.

    Args:
      jobs: objects with ``source`` and ``target``, pathlib.Path.
      read: further inputs, pathlib.Path.
    """
    sources = {path.resolve() for path in {*(job.source for job in jobs), *read}}
    targets = {}
    for job in jobs:
        size = len(os.fsencode(job.target.name))
        if size > LONGEST_NAME:
            raise UserError(
                f"{job.source}: its result's name would be of {size} bytes, {job.target.name}; at "
                f"most {LONGEST_NAME} are possible; rename it"
            )
        if job.target.resolve() in sources:
            raise UserError(f"{job.target}: is an input as well; name another --output")
        if job.target in targets:
            both = f"{targets[job.target]} and {job.source}"
            raise UserError(f"{both}: both would be written to {job.target}; rename one")
        targets[job.target] = job.source


def _fault(path, channels, largest):
    """Why an image cannot be used, as a BadImage; None if it can."""
    try:
        height, width = decode(path, channels).shape[:2]
    except BadImage as error:
        return error
    if max(height, width) > largest:
        return BadImage(path, f"{height}x{width} pixels, at most {largest}x{largest} are taken")
    return None
