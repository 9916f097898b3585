"""Checks of image files, remembered between commands by size and time of change.

CACHE/checked_images/<hash of the folder that the files lie below>.json holds, for each file that
decoded whole, what was found. A file of another size or time is checked again, and so is all that
another Pillow has checked. Files that could not be used are not remembered.
"""

import hashlib
import json
import math
import os
import sys
import threading
import typing

import PIL

from unit_tf.config import printable
from unit_tf.data.value_ranges import Extent
from unit_tf.files import lock_folder, os_reason, write_text

FOLDER = "checked_images"
LONG_SECONDS = 1.0  # a check that took less is not worth a file
KEPT_OTHERS = 100_000  # files of other lists below the same folder
_FORM = 1


class Check(typing.NamedTuple):
    """What decoding a file found.

    Attributes:
      size: bytes of the file.
      height, width: pixels.
      digest: BLAKE2b of its content, hexadecimal.
      remark: which part of it is taken; "" for all.
      extent: Extent of its values, where they have more than 8 bits; else None.
    """

    size: int
    height: int
    width: int
    digest: str
    remark: str
    extent: Extent | None = None


class RememberedChecks:
    """What is known of some files. Threads may share it.

    Args:
      folder: pathlib.Path of the cache; None keeps and knows nothing.
      paths: the files that will be asked for. Nothing is written for an empty list.
      megapixels: how many an image may have.
    """

    def __init__(self, folder, paths, megapixels):
        paths = [os.path.abspath(path) for path in paths]
        self._lock = threading.Lock()
        self._made_by = {"form": _FORM, "pillow": PIL.__version__, "megapixels": megapixels}
        self._known, self._new, self._damaged = {}, {}, False
        self._file = None
        if folder is not None and paths:
            common = os.path.commonpath([os.path.dirname(path) for path in paths])
            name = hashlib.sha256(os.fsencode(common)).hexdigest()[:16]
            self._file = folder / FOLDER / f"{name}.json"
            self._known = self._read()

    def find(self, path, status):
        """The Check of a file that has this os.stat_result, or None."""
        entry = self._known.get(os.path.abspath(path))
        if entry is None or entry[:2] != [status.st_size, status.st_mtime_ns]:
            return None
        *found, extent = entry[2:]
        return Check(status.st_size, *found, Extent(*extent) if extent else None)

    def add(self, path, status, check):
        """Remembers a Check of a file that had this os.stat_result before it was read."""
        entry = [status.st_size, status.st_mtime_ns, *check[1:]]
        with self._lock:
            self._new[os.path.abspath(path)] = entry

    def save(self, took):
        """Writes what is new, if checking took long or the file is damaged; never raises.

        Args:
          took: seconds that checking took.
        """
        if self._file is None or not self._new or (took < LONG_SECONDS and not self._damaged):
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            release = lock_folder(self._file.parent, wait=True)
            try:
                self._write()
            finally:
                release()
        except OSError as error:
            print(
                f"{printable(self._file)}: cannot be written ({os_reason(error)}); these images "
                "will be checked again",
                file=sys.stderr,
            )

    def _write(self):
        """Adds what is new to what is there by now: another process may have added to it.

        The oldest come first. Those of one check are sorted, for their threads end in any order.
        """
        others = [(k, entry) for k, entry in self._read(True).items() if k not in self._new]
        images = dict(others[-KEPT_OTHERS:] + sorted(self._new.items()))
        write_text(self._file, json.dumps({"made_by": self._made_by, "images": images}))

    def _read(self, quiet=False):
        """{absolute path: [bytes, nanoseconds, height, width, digest, remark, extent]}."""
        try:
            content = json.loads(self._file.read_bytes())
            if content["made_by"] != self._made_by:
                return {}
            images = content["images"]
            if not all(_is_entry(entry) for entry in images.values()):
                raise ValueError
        except OSError:  # mostly since there is none yet
            return {}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            if not quiet:
                said = f"{printable(self._file)}: damaged; checking images again"
                print(said, file=sys.stderr)
                self._damaged = True
            return {}
        return images


def _is_entry(entry):
    kinds = (int, int, int, int, str, str)
    if not isinstance(entry, list) or tuple(map(type, entry[:-1])) != kinds:
        return False
    extent = entry[-1]
    if extent is None:
        return True
    if not isinstance(extent, list) or tuple(map(type, extent)) != (float, float, bool):
        return False
    return -math.inf < extent[0] <= extent[1] < math.inf
