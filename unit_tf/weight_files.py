"""Files of arrays, and of other networks' weights, which a user names; read without TensorFlow."""

import pathlib
import zipfile
import zlib

FETCHED = "imagenet"  # the word, instead of a file, that lets Keras download its own
# What a file raises that is no .npz, or damaged.
UNREADABLE = (
    OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


def load_arrays(path, names=()):
    """Reads an .npz file; nothing in it is unpickled.

    Args:
      path: the file.
      names: arrays to read; empty for all that it has.

    Returns:
      {name: array}.

    Raises:
      Exception: one of UNREADABLE.
    """
    import numpy as np  # here, since --help asks for FETCHED alone

    with open(path, "rb") as raw, np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
        return {name: file[name] for name in names or file.files}


def read_npz(path):
    """Reads a file that a user named, as ``load_arrays``.

    Args:
      path: the file.

    Returns:
      {name: array}.

    Raises:
      ValueError: there is no such file, or it is none; names it.
    """
    try:
        return load_arrays(pathlib.Path(path).expanduser())
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"{path}: not a readable .npz ({str(reason).lower()})") from None
