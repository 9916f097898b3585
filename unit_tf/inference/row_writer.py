"""Image files written from top to bottom by libvips, so that never more than a band is in memory.

Rows go to the encoder through a pipe, as a png that is not compressed: that can be read while it is
written, and libvips encodes it as png, jpeg or tiff.
"""

import contextlib
import os
import pathlib
import struct
import threading
import zlib

from unit_tf.config import UserError
from unit_tf.data.colour_profiles import srgb_profile
from unit_tf.data.image_rows import import_libvips, in_words
from unit_tf.files import atomic_path, os_reason

LONGEST_JPEG = 65_500  # pixels of a side, by libjpeg
_CLASSIC_TIFF = 2**32 - 2**26  # bytes that one with places of 32 bits may have, and its tables
_PROBE = 2**20  # bytes
_PNG, _JPEG, _TIFF = "png", "jpeg", "tiff"
_FORMATS = {
    ".png": _PNG, ".jpg": _JPEG, ".jpeg": _JPEG, ".jpe": _JPEG, ".jfif": _JPEG,
    ".tif": _TIFF, ".tiff": _TIFF,
}  # fmt: skip


def why_not_by_rows(path, size):
    """Why a result cannot be written by rows, in words; "" where it can.

    Args:
      path: its file.
      size: (height, width).
    """
    kind = _FORMATS.get(pathlib.Path(path).suffix.lower())
    if kind is None:
        return f"no {pathlib.Path(path).suffix} file is written by rows; name a .png or .tif"
    if kind == _JPEG and max(size) > LONGEST_JPEG:
        return f"a jpeg's sides have at most {LONGEST_JPEG} pixels; name a .png or .tif"
    return ""


@contextlib.contextmanager
def row_writer(path, size, channels):
    """Writes an image whole or not at all, in the format of its extension.

    As ``write_image`` writes smaller ones, but that a tiff is compressed (deflate) in tiles of
    256x256, and a BigTIFF where it could have 4 GiB.

    Args:
      path: a file that ``why_not_by_rows`` has nothing against.
      size: (height, width).
      channels: 1 or 3.

    Yields:
      (uint8 [rows, W, channels]) -> None, to be called until all rows have been written.

    Raises:
      UserError: it cannot be written.
    """
    try:
        with atomic_path(path) as temporary, _encoder(temporary, size, channels) as write:
            yield write
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


class _EncoderGone(Exception):
    """The encoder reads no more, and says why."""


@contextlib.contextmanager
def _encoder(path, size, channels):
    """As ``row_writer``, into a file that is there; raises OSError."""
    source, target = os.pipe()
    failures = []
    thread = threading.Thread(target=_encode, args=(source, path, size, channels, failures))
    thread.start()
    try:
        with open(target, "wb", buffering=0) as pipe:
            yield _begin_png(pipe, size, channels)
            _write_chunk(pipe, b"IEND", b"")
    except _EncoderGone:
        pass
    finally:
        thread.join()
    if failures:
        raise OSError(failures[0])


def _encode(source, path, size, channels, failures):
    """Reads a png from a pipe and writes it as a file; a reason why it failed goes to a list."""
    pyvips = import_libvips()
    try:
        with open(path, "r+b") as file:
            try:
                _convert(pyvips, source, file, _FORMATS[path.suffix.lower()], size, channels)
            except pyvips.Error as error:
                # libvips does not say why a disk took no more; this does.
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, _PROBE)
                failures.append(in_words(error))
    except Exception as error:  # whatever it is, the file is not whole
        failures.append(os_reason(error))
    finally:
        os.close(source)


def _convert(pyvips, source, file, kind, size, channels):
    """Encodes what comes through a pipe."""
    image = pyvips.Image.pngload_source(
        pyvips.Source.new_from_descriptor(source), access="sequential", fail_on="error",
        unlimited=True,
    )  # fmt: skip
    target = pyvips.Target.new_to_descriptor(file.fileno())
    getattr(image, f"{kind}save_target")(target, **_options(kind, size, channels))


def _options(kind, size, channels):
    """What libvips is told for the files that Pillow writes of smaller images."""
    options = {"keep": "icc"} if channels == 3 else {"keep": "none"}
    if kind == _PNG:
        return options | {"compression": 4, "filter": "all"}
    if kind == _JPEG:
        return options | {"Q": 95, "subsample_mode": "on"}
    large = size[0] * size[1] * channels > _CLASSIC_TIFF
    tiles = {"tile": True, "tile_width": 256, "tile_height": 256, "bigtiff": large}
    return options | tiles | {"compression": "deflate", "predictor": "horizontal"}


def _begin_png(pipe, size, channels):
    """Writes a png's beginning; returns what writes its rows."""
    colour = 0 if channels == 1 else 2
    _send(pipe, b"\x89PNG\r\n\x1a\n")
    _write_chunk(pipe, b"IHDR", struct.pack(">IIBBBBB", size[1], size[0], 8, colour, 0, 0, 0))
    if channels == 3:
        _write_chunk(pipe, b"iCCP", b"sRGB\0\0" + zlib.compress(srgb_profile()))
    packer, left = zlib.compressobj(0), size[0]

    def write(rows):
        nonlocal left
        left -= len(rows)
        for row in rows:
            _write_chunk(pipe, b"IDAT", packer.compress(b"\0" + row.tobytes()))
        if not left:
            _write_chunk(pipe, b"IDAT", packer.flush())

    return write


def _write_chunk(pipe, kind, data):
    """Writes one chunk of a png: its length, kind, content and checksum."""
    chunk = struct.pack(">I", len(data)) + kind + data
    _send(pipe, chunk + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _send(pipe, data):
    """Writes all of some bytes; raises _EncoderGone where nobody reads them."""
    view = memoryview(data)
    try:
        while view:
            view = view[pipe.write(view) :]
    except BrokenPipeError:
        raise _EncoderGone from None
