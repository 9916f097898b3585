"""Finds gifs that were cut off between two frames: Pillow takes those before the cut for all."""

_EXTENSION, _FRAME, _END = b"!", b",", b";"
_HEAD, _DESCRIPTOR = 13, 9  # bytes
_NO_MORE = b"\0"


def lacks_end(file):
    """Whether the blocks of a gif stop without the one that says that no more follow.

    Args:
      file: binary file of a gif.
    """
    file.seek(0)
    _skip_colours(file, file.read(_HEAD)[10:])
    while kind := file.read(1):
        if kind == _END:
            return False
        if kind == _FRAME:
            _skip_colours(file, file.read(_DESCRIPTOR)[8:])
        if kind in (_EXTENSION, _FRAME):
            file.read(1)  # what the extension is of, or the size of the codes
            _skip_data(file)
    return True


def _skip_colours(file, flags):
    """Goes beyond the table of colours that a head or a frame has, if it has one."""
    if flags and flags[0] & 0x80:
        file.seek(3 * 2 ** ((flags[0] & 7) + 1), 1)


def _skip_data(file):
    """Goes beyond pieces of data, each behind its length."""
    while (length := file.read(1)) not in (b"", _NO_MORE):
        file.seek(length[0], 1)
