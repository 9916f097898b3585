"""Files of arrays, such as other networks' weights; whatever they hold, reading them is safe."""

import contextlib
import math
import pathlib
import typing
import zipfile

FETCHED = "imagenet"  # the word, instead of a file, that lets Keras download its own
# Zeros shrink to a thousandth. Weights hardly shrink at all, so what unpacks to so many times its
# size was made to fill a memory; small files may do as they like.
LARGEST_RATIO, ALWAYS_READ = 50, 2**26


class Header(typing.NamedTuple):
    """What an .npz file says of one of its arrays."""

    shape: tuple[int, ...]
    dtype: typing.Any  # numpy's, which --help must not import


class NpzReader:
    """The arrays of an open .npz file. Nothing is unpickled, and headers are checked first.

    Args:
      archive: zipfile.ZipFile.
      size: of its file, in bytes.

    Attributes:
      names: of its arrays; other things that lie in the file have theirs too.
    """

    def __init__(self, archive, size):
        self._archive, self._size = archive, size
        self._members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        self.names = tuple(self._members)

    def header(self, name):
        """The Header of an array, whose data are not read.

        Raises:
          ValueError: there is no such array, or it is damaged; in words, without the file's name.
        """
        with _as_value_error(name), self._archive.open(self._members[name]) as member:
            return self._header(name, member)

    def read(self, name):
        """An array; raises as ``header`` does."""
        import numpy as np

        with _as_value_error(name):
            with self._archive.open(self._members[name]) as member:
                self._header(name, member)
            with self._archive.open(self._members[name]) as member:
                return np.lib.format.read_array(member, allow_pickle=False)

    def read_all(self, names=()):
        """{name: array} of some arrays, or of all; raises as ``header`` does.

        Nobody knows here how large they should be, so what can only be made to fill a memory is
        refused.
        """
        names = names or self.names
        unpacked = sum(self._members[name].file_size for name in names if name in self._members)
        if unpacked > max(ALWAYS_READ, LARGEST_RATIO * self._size):
            raise ValueError(f"{self._size} bytes that unpack to {unpacked}")
        return {name: self.read(name) for name in names}

    def _header(self, name, member):
        import numpy as np

        version = np.lib.format.read_magic(member)
        form = np.lib.format
        read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        shape, _, dtype = read(member)
        if dtype.hasobject:
            raise ValueError("holds Python objects")
        size = self._members[name].file_size - member.tell()
        if min(shape, default=1) < 0 or math.prod(shape) * dtype.itemsize != size:
            raise ValueError(f"its header speaks of other data than the {size} bytes there")
        return Header(shape, dtype)


@contextlib.contextmanager
def _as_value_error(name):
    """Turns whatever a damaged file raises in zipfile, zlib and NumPy into a ValueError."""
    try:
        yield
    except Exception as error:
        what = "no such array" if isinstance(error, KeyError) else reason_of(error)
        raise ValueError(f"{name}: {what}") from None


def reason_of(error):
    """What an exception says, on one line."""
    text = getattr(error, "strerror", None) or " ".join(str(error).split())
    return str(text or type(error).__name__)[:200]


@contextlib.contextmanager
def open_npz(path):
    """Opens an .npz file.

    Args:
      path: a regular file.

    Yields:
      NpzReader.

    Raises:
      ValueError: there is no such file, or it is none; in words, without the file's name.
    """
    path = pathlib.Path(path).expanduser()
    with contextlib.ExitStack() as stack:
        try:
            if path.exists() and not path.is_file():
                raise ValueError("not a regular file")
            raw = stack.enter_context(open(path, "rb"))
            archive = stack.enter_context(zipfile.ZipFile(raw))
            reader = NpzReader(archive, path.stat().st_size)
        except Exception as error:
            raise ValueError(reason_of(error)) from None
        yield reader


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
        with open_npz(path) as file:
            return file.read_all()
    except ValueError as error:
        raise ValueError(f"{path}: not a readable .npz ({str(error).lower()})") from None
