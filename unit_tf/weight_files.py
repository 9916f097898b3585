"""Files of other networks' weights, which a user names; read without TensorFlow."""

import pathlib
import zipfile
import zlib

FETCHED = "imagenet"  # the word, instead of a file, that lets Keras download its own
_UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_npz(path):
    """{name: array} of a file; nothing in it is unpickled.

    Raises:
      ValueError: there is no such file, or it is none; names it.
    """
    import numpy as np  # here, since --help asks for FETCHED alone

    try:
        with open(pathlib.Path(path).expanduser(), "rb") as raw:
            with np.lib.npyio.NpzFile(raw, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
    except _UNREADABLE as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ValueError(f"{path}: not a readable .npz ({str(reason).lower()})") from None
