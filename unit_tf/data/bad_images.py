"""Messages about images that cannot be used: the first by name, all of many in a file."""

import hashlib
import os

from unit_tf.config import name_some, printable
from unit_tf.data.cache_folder import cache_folder
from unit_tf.files import write_text

NAMED_IN_MESSAGES = 20


def name_bad(faults, cache_dir):
    """The first images with their reasons and, where there are more, the file that names them all.

    Args:
      faults: {name: reason in words}.
      cache_dir: folder for that file, as --data.cache_dir has it.

    Returns:
      str of one line.
    """
    lines = [printable(f"{name} ({reason})") for name, reason in faults.items()]
    path = _write_all(lines, cache_dir) if len(lines) > NAMED_IN_MESSAGES else None
    return name_some(lines, NAMED_IN_MESSAGES) + (f", all in {printable(path)}" if path else "")


def _write_all(lines, cache_dir):
    """Writes a line for each image; the file's path, or None where nothing can be kept."""
    folder = cache_folder(cache_dir)
    if folder is None:
        return None
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace").decode()
    # The same faults have the same file, however often the command is tried.
    path = folder / f"bad_images_{hashlib.sha256(text.encode()).hexdigest()[:8]}.txt"
    try:
        write_text(path, text)
    except OSError:
        return None
    return os.path.abspath(path)
