"""Output files appear whole or not at all: written beside their place, then renamed."""

import contextlib
import errno
import fcntl
import functools
import os
import pathlib
import re
import secrets

# What only writing meets, so that a failure to read is never taken for one.
_DISK_FAULTS = [
    os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
]


@contextlib.contextmanager
def atomic_path(path):
    """Gives a temporary path in the same folder; on success it is renamed to ``path``.

    Args:
      path: the final file. Its folder is created.

    Yields:
      pathlib.Path with the final file's suffix.

    Raises:
      OSError: a device or a pipe is there, whose place the file would take.
    """
    path = pathlib.Path(path)
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(errno.EEXIST, "a device or a pipe, not a file", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _new_file_beside(path)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _new_file_beside(path):
    """An empty hidden file in the folder of ``path``, as readable as any other new file.

    ``tempfile`` makes private ones, and what new files may be is known only by changing the umask,
    which is the whole process': threads would disturb one another.
    """
    while True:
        # Of a long name a part, or a file that can exist could not be written.
        temporary = path.with_name(f".{path.name[:32]}.{secrets.token_hex(4)}{path.suffix}")
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        except FileExistsError:
            continue
        return temporary


def lock_folder(folder, wait=False):
    """Keeps a folder from other callers of this until it is released, or the process ends.

    Leaves nothing in it. On file systems without locks everybody gets one.

    Args:
      folder: path.
      wait: until another has released it.

    Returns:
      a function that releases it, to be called once.

    Raises:
      BlockingIOError: another holds it, without ``wait``.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError:
        pass
    return functools.partial(os.close, handle)


def move_folder(new, folder):
    """Renames a whole folder to its place; one that another process has put there meanwhile stays.

    Args:
      new: path of the folder, on the same file system.
      folder: pathlib.Path of its place, where nothing was.
    """
    try:
        os.rename(new, folder)
    except OSError:
        if not folder.is_dir():
            raise


def write_text(path, text):
    """Writes UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def os_reason(error):
    """What an OSError or its like says, for a message: "no such file or directory"."""
    return (getattr(error, "strerror", None) or str(error)).lower()


def disk_fault(error):
    """Why a disk took no more, by an exception of Python's or of TensorFlow's, which are others.

    Args:
      error: exception.

    Returns:
      one line such as "no space left on device (/data/run/events)"; None of any other failure.
    """
    text = f"{getattr(error, 'strerror', None) or ''} {error}"
    fault = next((fault for fault in _DISK_FAULTS if fault in text), None)
    if fault is None:
        return None
    found = re.search(r"(/[^\s;:']+)\s*[;:]\s*" + re.escape(fault), text)
    path = getattr(error, "filename", None) or (found and found[1])
    return fault.lower() + (f" ({path})" if path else "")


def write_refusal(folder):
    """Tries whether files can be written into a folder, which need not exist, and leaves none.

    Whoever works for minutes should ask first. Permissions alone do not tell: root may do all, but
    not on a file system that is read-only or full.

    Args:
      folder: path.

    Returns:
      None, or the reason in words, "read-only file system".
    """
    folder, reason = pathlib.Path(folder).absolute(), None
    for _ in range(5):
        try:
            _write_and_remove(folder)
        except FileNotFoundError as error:
            # Another process asked of a folder above, and has just removed what it had made.
            reason = os_reason(error)
        except OSError as error:
            return os_reason(error)
        else:
            return None
    return reason


def _write_and_remove(folder):
    """Leaves no folder that it makes, but one that another process then writes into."""
    made = []
    try:
        for path in (*reversed(folder.parents), folder):
            if not path.exists():
                with contextlib.suppress(FileExistsError):  # another process was quicker
                    path.mkdir()
                    made.append(path)
        _new_file_beside(folder / "x").unlink()
    finally:
        with contextlib.suppress(OSError):
            for path in reversed(made):
                path.rmdir()
