"""Which images a folder holds and which places a setting names: the same for every command.

Training, translating and the serving client list images by this alone.
"""

import os
import pathlib

EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".gif", ".tif", ".tiff"))


def list_images(folder, leave_out=None):
    """The image files below a folder, in the order of their names.

    Hidden files and folders are left out (macOS leaves ``._x.jpg``). Links to folders are followed;
    a folder that can be reached in several ways is read once, without a link where there is such a
    way, so a link may lead back up.

    Args:
      folder: path.
      leave_out: a folder of results, not read itself, nor what is below it unless ``folder`` is
        too; or None.

    Returns:
      sorted list of pathlib.Path, each below ``folder``.
    """
    top = os.path.realpath(folder)
    results = os.path.realpath(leave_out) if leave_out is not None else None
    found, seen, places = [], set(), [folder]
    for place in places:
        for parent, folders, files in os.walk(place):
            real = os.path.realpath(parent)
            if real in seen or _is_result(real, results, top):
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            below = (os.path.join(parent, name) for name in folders)
            places += [path for path in below if os.path.islink(path)]
            found += [os.path.join(parent, name) for name in files if not name.startswith(".")]
    return sorted(path for path in map(pathlib.Path, found) if is_image_name(path))


def is_image_name(path):
    """Whether a pathlib.Path has the extension of an image."""
    return path.suffix.lower() in EXTENSIONS


def named_places(text):
    """Paths that a setting names, comma-separated; one that is there may have a comma in its name.

    Args:
      text: a path, or several.

    Returns:
      list of str; empty where nothing is named.
    """
    if text and os.path.exists(os.path.expanduser(text)):  # a long list is too long for pathlib
        return [text]
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_result(real, results, top):
    """Whether a folder belongs to the results; all by their real paths."""
    if results is None or top == results:
        return False
    if real == results:
        return True
    return _is_below(real, results) and not _is_below(top, results)


def _is_below(path, folder):
    return pathlib.Path(folder) in pathlib.Path(path).parents
