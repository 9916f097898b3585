"""Paths as users give them. Standard library only, as ``config`` is."""

import os
import pathlib

from unit_tf.config.fields import UserError

# A user who names one of these for a new folder expects a file.
FILE_ENDINGS = frozenset((
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".jp2",
    ".avif", ".heic", ".heif", ".mp4", ".mov", ".mkv", ".webm", ".json", ".csv", ".html", ".txt",
    ".npz", ".h5", ".keras", ".tflite", ".onnx", ".pb", ".zip",
))  # fmt: skip


def user_path(name, value):
    """The path that a user named, with ``~`` expanded.

    Args:
      name: what a message calls it: a flag as ``--workdir``.
      value: text or path-like.

    Returns:
      pathlib.Path; need not exist, but can be asked whether it does.

    Raises:
      UserError: it is no path, too long to be one, below the home of nobody or below a folder that
        lets nobody in.
    """
    try:
        text = os.path.expanduser(os.fsdecode(value))
    except TypeError:
        raise UserError(f"{name}={value!r}: expected a path") from None
    if text.startswith("~"):
        raise UserError(f"{name}={text}: no such user")
    try:
        os.stat(text or ".")
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:  # ValueError: a null byte
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{name}={text}: {str(reason).lower()}") from None
    return pathlib.Path(text)


def refuse_no_utf8(name, path):
    """Raises UserError for the path of a folder that TensorFlow is to write to and cannot name.

    Args:
      name: what a message calls it.
      path: pathlib.Path.
    """
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(
            f"{name}={path}: its name is not UTF-8, and TensorFlow writes to no such folder; name "
            "another"
        ) from None


def output_path(value, name="--output"):
    """The path of a folder to write to, as ``user_path``.

    Returns:
      pathlib.Path; need not exist.

    Raises:
      UserError: it is no path, or a file or a folder that takes nothing is in the way, or it would
        be a folder called like a file.
    """
    output = user_path(name, value)
    refuse_file_name(name, output)
    there = next(path for path in (output, *output.absolute().parents) if path.exists())
    if not there.is_dir():
        raise UserError(f"{name}={value}: {there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(f"{name}={value}: no permission to write to {there}")
    return output


def refuse_file_name(name, folder):
    """Raises UserError for a folder that would be made, and is called like a file.

    Args:
      name: what a message calls it.
      folder: pathlib.Path.
    """
    if folder.suffix.lower() in FILE_ENDINGS and not folder.exists():
        raise UserError(
            f"{name}={folder}: would be a folder, and {folder.suffix} is an ending of files; name "
            "another, or make it first"
        )


def output_file(value, name):
    """The path of a file to write, as ``user_path``.

    Returns:
      pathlib.Path; need not exist.

    Raises:
      UserError: it is no path, or a folder or a device, or there can be no file.
    """
    path = user_path(name, value)
    if path.is_dir():
        raise UserError(f"{name}={value}: a folder, not a file")
    if path.exists() and not path.is_file():
        raise UserError(f"{name}={value}: a device or a pipe, not a file")
    output_path(path.absolute().parent, name)
    return path
