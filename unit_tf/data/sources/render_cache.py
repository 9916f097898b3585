"""Rendered faces in a folder: made once by several processes, then read.

What identifies a file is everything that its images follow from: the faces, their size, and the
versions of the code and of both packages. Two processes that want the same faces make them once.
"""

import hashlib
import json
import sys
import tokenize
import zipfile
import zlib

import numpy as np

from unit_tf.config import printable
from unit_tf.data.base import DataError
from unit_tf.data.cache_folder import cache_folder
from unit_tf.data.sources import avatar_images, render_pool
from unit_tf.files import atomic_path, lock_folder

FILE = "faces.npz"
# What NumPy and zipfile raise for damaged bytes, depending on where the damage is.
_UNREADABLE = (
    OSError, EOFError, KeyError, ValueError, RuntimeError, MemoryError, SyntaxError,
    tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def cached_faces(faces, size, folder="", name="faces"):
    """Images of faces, rendered unless the folder has them.

    Args:
      faces: list of avatar_faces.Face.
      size: pixels a side.
      folder: of the cache, as --data.cache_dir has it.
      name: what the entry is called, for people. A damaged entry is made again, with one line on
        stderr.

    Returns:
      uint8 array [N, size, size, 3], in the order of ``faces``.

    Raises:
      DataError: a package is missing, the folder cannot be used, or rendering fails; one line.
    """
    place = cache_folder(folder)
    if place is None:
        return render_pool.render_faces(faces, size)
    manifest = describe(faces, size)
    digest = hashlib.sha256(json.dumps(manifest).encode()).hexdigest()
    entry = place / "avatars" / f"{name}_{size}_{digest[:16]}"
    try:
        entry.mkdir(parents=True, exist_ok=True)
        release = _lock(entry)
        try:
            return _read_or_render(entry / FILE, manifest, faces, size)
        finally:
            release()
    except OSError as error:
        raise DataError(f"--data.cache_dir={place}: {error.strerror or error}") from None


def describe(faces, size):
    """What the images follow from, as a dict fit for JSON.

    Raises:
      DataError: a package is missing.
    """
    names = json.dumps([avatar_images.parts(face) for face in faces])
    return {
        "faces": hashlib.sha256(names.encode()).hexdigest(),
        "count": len(faces),
        "size": size,
        "version": avatar_images.VERSION,
        **avatar_images.package_versions(),
    }


def read(path, manifest):
    """The images of a file.

    Args:
      path: of the file.
      manifest: what ``describe`` gave for these images.

    Returns:
      uint8 array [N, size, size, 3], or None where the file is damaged or of other images.

    Raises:
      FileNotFoundError: there is no such file.
    """
    try:
        # Opened here, as NumPy leaves a file open that it cannot read.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            images, text = stored["images"], str(stored["manifest"])
        known = json.loads(text)
    except FileNotFoundError:
        raise
    except _UNREADABLE:
        return None
    expected = {**manifest, "sha256": _checksum(images)}
    shape = (manifest["count"], manifest["size"], manifest["size"], 3)
    fits = images.dtype == np.uint8 and images.shape == shape
    return images if fits and known == expected else None


def write(path, manifest, images):
    """Stores images with their manifest; the file appears whole or not at all."""
    text = json.dumps({**manifest, "sha256": _checksum(images)})
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, images=images, manifest=text)


def _read_or_render(path, manifest, faces, size):
    try:
        if (images := read(path, manifest)) is not None:
            return images
        print(f"{printable(path)}: damaged; rendering it again", file=sys.stderr)
    except FileNotFoundError:
        pass
    images = render_pool.render_faces(faces, size)
    write(path, manifest, images)
    return images


def _lock(entry):
    """Holds an entry, after whoever renders it just now."""
    try:
        return lock_folder(entry)
    except BlockingIOError:
        print(f"{printable(entry)}: waiting for another process that renders it", file=sys.stderr)
        return lock_folder(entry, wait=True)


def _checksum(images):
    return hashlib.sha256(np.ascontiguousarray(images)).hexdigest()
