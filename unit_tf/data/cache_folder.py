"""Where the package keeps what it need not compute twice: the user's cache folder, or another."""

import contextlib
import os
import pathlib

from unit_tf.config import user_path
from unit_tf.data.base import DataError
from unit_tf.files import write_refusal

OFF = "off"  # as --data.cache_dir


def default_folder():
    """The user's cache folder of this package: $XDG_CACHE_HOME/unit_tf or ~/.cache/unit_tf."""
    # The specification of that variable has relative paths ignored.
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (root if root.is_absolute() else pathlib.Path.home() / ".cache") / "unit_tf"


def cache_folder(text):
    """The folder that ``--data.cache_dir`` names.

    Args:
      text: a path; "" for ``default_folder()``; OFF for none.

    Returns:
      pathlib.Path, which need not exist; or None where nothing is to be kept.

    Raises:
      DataError: a folder was named that takes no files.
    """
    if text == OFF:
        return None
    if not text:
        with contextlib.suppress(RuntimeError):  # a user without a home
            return default_folder()
        return None
    folder = user_path("--data.cache_dir", text)
    if reason := write_refusal(folder):
        raise DataError(f"--data.cache_dir={folder}: cannot be written to ({reason})")
    return folder
