"""Reads ordinary files alone: a pipe or a device would block for ever, or never end."""

import errno
import math
import os
import stat

# Beyond any image that is decoded: 89 million pixels of 64 bits take 0.7e9 bytes uncompressed.
LARGEST = 2**30
_KINDS = {
    stat.S_IFIFO: "a named pipe, not a file",
    stat.S_IFSOCK: "a socket, not a file",
    stat.S_IFCHR: "a device, not a file",
    stat.S_IFBLK: "a device, not a file",
}


def read_regular_file(path, largest=LARGEST):
    """The content of an ordinary file, reached through whichever links.

    Args:
      path: path.
      largest: bytes that it may have. No more are read, even if the file grows meanwhile.

    Returns:
      bytes.

    Raises:
      OSError: it is not there, no ordinary file, or too large; ``strerror`` says which.
    """
    with open_regular_file(path, largest) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise OSError(errno.EFBIG, _too_large(largest))
    return content


def open_regular_file(path, largest=math.inf):
    """An ordinary file, reached through whichever links, open for reading.

    Args:
      path: path.
      largest: bytes that it may have.

    Returns:
      binary file, to be closed.

    Raises:
      OSError: as of ``read_regular_file``.
    """
    _refuse(os.stat(path), largest)  # opening a device may do something by itself
    file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    try:
        _refuse(os.fstat(file.fileno()), largest)  # another may stand there by now
    except OSError:
        file.close()
        raise
    return file


def _refuse(status, largest):
    """Raises OSError unless a file of this os.stat_result may be read."""
    kind = stat.S_IFMT(status.st_mode)
    if kind == stat.S_IFDIR:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, _KINDS.get(kind, "not an ordinary file"))
    if status.st_size > largest:
        raise OSError(errno.EFBIG, _too_large(largest))


def _too_large(largest):
    return f"more than {largest / 1e6:,.0f} million bytes"
