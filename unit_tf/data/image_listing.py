"""Which images a folder holds and which places a setting names: the same for every command.

Training, translating and the serving client list images by this alone.
"""

import collections
import importlib.util
import os
import pathlib
import typing

from unit_tf.config import plural

_HEIF = frozenset((".heic", ".heif"))
_READ_BY_PILLOW = frozenset((
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".jp2",
    ".avif",
))  # fmt: skip
EXTENSIONS = _READ_BY_PILLOW | (_HEIF if importlib.util.find_spec("pillow_heif") else frozenset())
_UNREADABLE = "unreadable folder"


class Listing(typing.NamedTuple):
    """What lies below a folder.

    Attributes:
      images: sorted list of pathlib.Path, each below the folder; videos too where asked for.
      ignored: Counter of the endings of files that are not images, and of folders not read.
      videos: how many of ``images`` are videos.
    """

    images: list
    ignored: collections.Counter
    videos: int = 0

    def remark(self):
        """How many images there are and what is ignored: "12 images (3 ignored: 2 .txt, 1 .db)"."""
        images = plural(len(self.images) - self.videos, "image")
        images += f" and {plural(self.videos, 'video')}" if self.videos else ""
        return f"{images} ({_ignored_text(self.ignored)})" if self.ignored else images


def nothing_found(ignored):
    """Why a place has no image to offer, with the endings that images may have.

    Args:
      ignored: as Listing's.
    """
    text = f"no images in it ({' '.join(sorted(EXTENSIONS))})"
    return f"{text}; {_ignored_text(ignored)}" if ignored else text


def _ignored_text(ignored):
    counts = sorted(ignored.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{count} {ending}" for ending, count in counts)
    hint = "; heic needs pip install 'unit_tf[heic]'" if _HEIF & set(ignored) else ""
    return f"{sum(ignored.values())} ignored: {named}{hint}"


def list_images(folder, leave_out=None):
    """The images of ``list_folder``, without what is ignored."""
    return list_folder(folder, leave_out).images


def list_folder(folder, leave_out=None, videos=()):
    """The image files below a folder, in the order of their names, and what else is there.

    Hidden files and folders are left out (macOS leaves ``._x.jpg``). Links to folders are followed;
    a folder that can be reached in several ways is read once, without a link where there is such a
    way, so a link may lead back up.

    Args:
      folder: path.
      leave_out: a folder of results, not read itself, nor what is below it unless ``folder`` is
        too; or None.
      videos: further extensions to list, as ".mp4".

    Returns:
      Listing; hidden files do not count as ignored, nor does what ``leave_out`` leaves out.
    """
    ignored = collections.Counter()

    def unread(error):
        del error
        ignored[_UNREADABLE] += 1

    top = os.path.realpath(folder)
    results = os.path.realpath(leave_out) if leave_out is not None else None
    found, seen, places = [], set(), [folder]
    for place in places:
        for parent, folders, files in os.walk(place, onerror=unread):
            real = os.path.realpath(parent)
            if real in seen or _is_result(real, results, top):
                folders.clear()
                continue
            seen.add(real)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            below = (os.path.join(parent, name) for name in folders)
            places += [path for path in below if os.path.islink(path)]
            found += [os.path.join(parent, name) for name in files if not name.startswith(".")]
    paths = sorted(map(pathlib.Path, found))
    taken = EXTENSIONS | set(videos)
    ignored.update(_ending(path) for path in paths if path.suffix.lower() not in taken)
    listed = [path for path in paths if path.suffix.lower() in taken]
    return Listing(listed, ignored, sum(not is_image_name(path) for path in listed))


def is_image_name(path):
    """Whether a pathlib.Path has the extension of an image."""
    return path.suffix.lower() in EXTENSIONS


def _ending(path):
    return path.suffix.lower() or "without an ending"


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
