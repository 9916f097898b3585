"""Image files read from top to bottom by libvips, so that no more than a band of them is in memory.

What a row becomes is decided by the functions that ``decode`` has: grey or sRGB, opaque, 8 bits.
"""

import contextlib
import importlib.util
import os
import pathlib
import stat

import numpy as np
from PIL import Image

from unit_tf.data.base import Unusable
from unit_tf.data.cut_jpeg import CUT_OFF, lacks_scans
from unit_tf.data.depth import eight_bits, refuse_infinite, stated_range
from unit_tf.data.images import from_pillow, tame_warnings
from unit_tf.data.parts_of_files import part_taken
from unit_tf.data.value_ranges import extent_of, joined_extent

EXTRA = "pip install 'unit_tf[large]'"
_ROWS = 128  # decoded at a time
_LOADERS = {
    b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"II*\0": "tiff", b"MM\0*": "tiff",
    b"II+\0": "tiff", b"MM\0+": "tiff",
}  # fmt: skip
_DEEP_KINDS = (("ushort", "grey16", 1), ("ushort", "rgb16", 3), ("float", "b-w", 1))
_OTHER_COLOURS = ("YCbCr", "LAB", "RGBa")  # Pillow's names of what libvips may take for RGB
_PHOTOMETRIC = 262  # TIFF's tag; 0 where white is the lowest value
_DEEP = {"ushort": np.uint16, "float": np.float32}  # by libvips' formats
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # by bands


def has_libvips():
    """Whether the extra ``large`` is installed; imports nothing."""
    return importlib.util.find_spec("pyvips") is not None


def import_libvips():
    """The module pyvips, told to keep nothing of what it has done."""
    import pyvips

    pyvips.cache_set_max(0)
    return pyvips


def in_words(error):
    """What libvips says of an error, in one line; those before may be of other files' warnings."""
    lines = (error.detail or error.message or "").strip().splitlines()
    return lines[-1] if lines else "libvips fails"


@contextlib.contextmanager
def unusable_errors():
    """Gives pyvips; its errors come out as Unusable, for files that do not decode."""
    pyvips = import_libvips()
    try:
        yield pyvips
    except pyvips.Error as error:
        raise Unusable(f"truncated or corrupt ({in_words(error)})") from None


class NotByRows(Unusable):
    """Nothing is wrong with an image but that its rows cannot be read one after another."""


class ImageRows:
    """The rows of one png, jpeg or tiff file, of any size, in order.

    Args:
      path: the file.
      channels: 3 for RGB, 1 for luma, as ``decode`` takes it.
      value_range: (black, white) of values of more than 8 bits; None for those that have 8, and for
        the upper 8 bits of colours.

    Attributes:
      size: (height, width), upright.
      whole_bytes: what decoding keeps in memory of the whole file: 0, but of interlaced files.
      deep: whether values have more than 8 bits.
      colours: whether there are three bands of them.
      stated_range: (black, white) of these, as the file states it; or None.
      remark: which part of the file is read, as of ``decode``; "" for all of it.

    Raises:
      Unusable: it cannot be read; NotByRows where it can be, but not by rows.
    """

    def __init__(self, path, channels, value_range=None):
        self._path, self._channels, self._range = path, channels, value_range
        with unusable_errors() as pyvips:
            image = _open(pyvips, path, "sequential")
            if image.get_typeof("orientation") and image.get("orientation") > 1:
                # Its rows come in another order: libvips decodes it into a temporary file.
                image = _open(pyvips, path, "random").autorot()
            self._dtype = _DEEP.get(image.format, np.uint8)
            self._mode = _mode_of(image)
            self._region = pyvips.Region.new(image)
        self.size = image.height, image.width
        self.deep, self.colours = self._dtype != np.uint8, self._mode == "RGB"
        # That of deep greys is not looked at by ``decode`` either.
        known = self.colours or not self.deep
        self._profile = _field(image, "icc-profile-data") if known else None
        self.remark, self.stated_range = _header(path, self.deep)
        interlaced = _field(image, "interlaced") or _field(image, "jpeg-multiscan")
        self.whole_bytes = 2 * image.bands * image.height * image.width if interlaced else 0
        self._next = 0

    def read_into(self, out):
        """Fills uint8 [rows, W, channels] with as many of the next rows.

        Raises:
          Unusable: they do not decode.
        """
        for first in range(0, len(out), _ROWS):
            part = out[first : first + _ROWS]
            part[:] = self._converted(self._eight_bits(self._fetch(len(part))))

    def check(self):
        """Decodes all rows, and keeps none. Afterwards there are none left.

        Returns:
          Extent of deep values; None of others.

        Raises:
          Unusable: some do not decode.
        """
        extent = None
        _refuse_cut_jpeg(self._path)
        for first in range(0, self.size[0], _ROWS):
            values = self._fetch(min(_ROWS, self.size[0] - first))
            if self.deep:
                refuse_infinite(values)
                extent = joined_extent(extent, extent_of(values))
        return extent

    def _fetch(self, count):
        """The next rows as in the file, [count, W, bands]."""
        with unusable_errors():
            data = self._region.fetch(0, self._next, self.size[1], count)
        self._next += count
        return np.frombuffer(data, self._dtype).reshape(count, self.size[1], -1)

    def _eight_bits(self, values):
        if not self.deep:
            return values
        if self._range is None:
            return (values >> 8).astype(np.uint8)  # as Pillow reads colours
        return eight_bits(values, self._range)

    def _converted(self, values):
        """uint8 [rows, W, bands] as in the file -> uint8 [rows, W, channels]."""
        if self._profile is None and self._mode == {1: "L", 3: "RGB"}[self._channels]:
            return values
        flat = values[..., 0] if self._mode == "L" else values
        image = Image.frombytes(self._mode, flat.shape[1::-1], flat.tobytes())
        image.info["icc_profile"] = self._profile
        return from_pillow(image, self._channels)


def _open(pyvips, path, access, fail_on="error"):
    """A libvips image of a file's first page whose header has been read."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not be waited for
    except OSError as error:
        raise Unusable(error.strerror.lower()) from None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Unusable("no ordinary file")
        start = os.pread(file, 4, 0)
        loader = next((_LOADERS[magic] for magic in _LOADERS if start.startswith(magic)), None)
        if loader is None:
            raise NotByRows("no png, jpeg or tiff, which alone are read by rows")
        source = pyvips.Source.new_from_descriptor(file)
    finally:
        os.close(file)
    load = getattr(pyvips.Image, f"{loader}load_source")
    # Without limits of its own: how many pixels are allowed has been checked before.
    return load(source, access=access, fail_on=fail_on, unlimited=True)


def _refuse_cut_jpeg(path):
    """Raises Unusable for a JPEG that was cut off and closed with a valid end.

    Where data are missing libjpeg warns, and puts grey. Of a progressive one a scan may be missing,
    of which it says nothing.
    """
    with unusable_errors() as pyvips:
        image = _open(pyvips, path, "sequential", "warning")
    if image.get("vips-loader") != "jpegload_source":
        return
    cut = bool(_field(image, "interlaced")) and lacks_scans(pathlib.Path(path).read_bytes())
    try:
        region = pyvips.Region.new(image)
        for first in range(0, image.height, _ROWS):
            region.fetch(0, first, image.width, min(_ROWS, image.height - first))
    except pyvips.Error as error:  # another warning may be about anything
        cut = cut or "premature end of data" in in_words(error)
    if cut:
        raise Unusable(CUT_OFF)


def _mode_of(image):
    """Pillow's name of how a libvips image holds its pixels; Unusable for what is not known."""
    if (image.format, image.interpretation, image.bands) in _DEEP_KINDS:
        return _MODES[image.bands]
    if image.format != "uchar":
        raise NotByRows(f"{image.bands} bands of {image.format}, which are not read by rows")
    if image.interpretation == "cmyk" and image.bands == 4:
        return "CMYK"
    if image.interpretation in ("b-w", "srgb", "rgb") and image.bands in _MODES:
        return _MODES[image.bands]
    raise NotByRows(f"{image.bands} bands of {image.interpretation}, which are not read by rows")


def _header(path, deep):
    """(in words which part of a file is taken, the range of values that it states or None).

    Raises:
      NotByRows: Pillow says of it what libvips does not know.
    """
    try:
        tame_warnings()
        with Image.open(path, formats=("PNG", "JPEG", "TIFF")) as header:
            inverted = deep and getattr(header, "tag_v2", {}).get(_PHOTOMETRIC) == 0
            if inverted or header.mode in _OTHER_COLOURS:
                kind = "inverted deep" if inverted else header.mode
                raise NotByRows(f"{kind} values, which are not read by rows")
            return part_taken(header), stated_range(header)
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        if deep:
            raise NotByRows("deep values, of a kind that is not read by rows") from None
        return "", None  # libvips alone reads it


def _field(image, name):
    return image.get(name) if image.get_typeof(name) else None
