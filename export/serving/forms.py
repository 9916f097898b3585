"""The two forms in which an image travels to the server and back: an image file, or floats."""

import functools
import io
import struct
import warnings

import numpy as np
from PIL import Image
from unit_tf.export.serving.transport import ServingError, size_of
from unit_tf.export.size_limits import fitting, refusal

from unit_tf.config import UserError
from unit_tf.data.base import Unusable
from unit_tf.data.colour_profiles import is_srgb
from unit_tf.data.image_limits import USUAL
from unit_tf.data.images import BadImage, decode, read_encoded, to_uint8
from unit_tf.data.scaling import Scaling
from unit_tf.files import atomic_path, os_reason
from unit_tf.inference.image_files import write_image

_ORIENTATION = 0x0112  # EXIF: 1 or nothing is upright
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_PNG_SIZE = slice(16, 24)  # width and height
_PNG_DEPTH = 24  # the byte of a PNG file that says how many bits a channel has


class EncodedForm:
    """Images as the bytes of PNG or JPEG files, for the signature ``translate_bytes``.

    Args:
      channels: 1 or 3, those that the model takes.
      value_range: (black, white) of images of more than 8 bits; None: as their type says.
      resize: pixels that an image's shorter side is scaled to first; 0 for images as they are.

    Attributes:
      remarks: {path: which part of the file is taken} of those read, where it is not all of it.
    """

    def __init__(self, channels, value_range=None, resize=0):
        self._channels, self._range, self._resize = channels, value_range, resize
        self.remarks = {}

    def read(self, path):
        """The file's own bytes where the server reads them as we do, else a PNG of its pixels.

        Raises:
          BadImage: it cannot be read, or the server does not take one as large; found here, before
            it is sent and spoils a whole batch.
        """
        encoded = read_encoded(path)
        size = _scaled_size(_stated_size(encoded), self._resize)
        if reason := refusal(*size):
            raise BadImage(path, reason + _fitting_flag(size))
        keep = functools.partial(self.remarks.__setitem__, path)
        image = decode(encoded, self._channels, str(path), keep, self._range)
        if self._resize:
            image = _scaled(image, self._resize, path)
        elif _is_plain(encoded, self._channels):
            return encoded
        file = io.BytesIO()
        Image.fromarray(image[..., 0] if self._channels == 1 else image).save(file, "PNG")
        return file.getvalue()

    def group(self, payload):
        """Images of any size share a request."""
        del payload

    def write(self, path, result, payload):
        """Writes the server's PNG as it came; raises ServingError where it is none of that size."""
        _check_png(result, size_of(payload))
        try:
            with atomic_path(path) as temporary:
                temporary.write_bytes(result)
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None


class FloatForm:
    """Images as float32 arrays [H, W, C] in [0, 1], for the signature ``serving_default``.

    Args:
      channels, value_range, resize: as EncodedForm's.

    Attributes:
      remarks: as EncodedForm's.
    """

    def __init__(self, channels, value_range=None, resize=0):
        self._channels, self._range, self._resize = channels, value_range, resize
        self.remarks = {}

    def read(self, path):
        """float32 [H, W, C] in [0, 1]; raises BadImage."""
        keep = functools.partial(self.remarks.__setitem__, path)
        image = decode(path, self._channels, remark=keep, value_range=self._range)
        if self._resize:
            image = _scaled(image, self._resize, path)
        return image.astype(np.float32) / np.float32(255)

    def group(self, payload):
        """Only images of one size make an array [N, H, W, C]."""
        return payload.shape

    def write(self, path, result, payload):
        """Writes float32 [H, W, C'] in [0, 1] as a PNG; raises ServingError where it is none."""
        if result.ndim != 3 or result.shape[2] not in (1, 3):
            raise ServingError(f"the server answered no image, but an array {[*result.shape]}")
        _check_size(result.shape[:2], size_of(payload))
        if not np.isfinite(result).all():
            raise ServingError("the model gives NaN; its training has diverged")
        write_image(path, to_uint8(result * 2 - 1))


def _stated_size(encoded):
    """(height, width) in a file's header, with nothing decoded; (0, 0) where it has none to read.

    Pillow's warning of many pixels is none here: that is what is asked.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(encoded)) as image:
                return image.height, image.width
        except Exception:  # decode() says what is wrong with it
            return 0, 0


def _scaled_size(size, resize):
    """(height, width) of an image of that size, once its shorter side has ``resize`` pixels."""
    return Scaling((1, 1), resize).size_of(size) if resize and min(size) else size


def _fitting_flag(size):
    """The largest --resize that makes such an image small enough; "" where none does."""
    resize = min(fitting(*size))
    while resize and refusal(*_scaled_size(size, resize)):  # rounding goes up, too
        resize -= 1
    return f": --resize={resize}" if resize else ""


def _scaled(image, resize, path):
    """uint8 [H, W, C], its shorter side ``resize`` pixels; BadImage where that is too large."""
    try:
        return Scaling((1, 1), resize).scaled(image, USUAL)
    except Unusable as error:
        raise BadImage(path, str(error)) from None


def _check_png(result, size):
    """Raises ServingError unless bytes are a PNG of that (height, width), to its last pixel.

    The size comes first: a small file can claim to be an image of gigabytes.
    """
    if not result.startswith(_PNG_HEAD) or len(result) < _PNG_SIZE.stop:
        raise ServingError("the server answered no PNG")
    width, height = struct.unpack(">II", result[_PNG_SIZE])
    _check_size((height, width), size)
    try:
        decode(result, 3)
    except BadImage as error:
        raise ServingError(
            f"the server answered a PNG that cannot be read: {error.reason}"
        ) from None


def _check_size(found, size):
    if tuple(found) != tuple(size):
        sides = " for one of ".join("x".join(map(str, sides)) for sides in (found, size))
        raise ServingError(f"the server answered an image of {sides} (height x width)")


def _is_plain(encoded, channels):
    """Whether the file is what ``translate_bytes`` takes and holds the pixels that we see in it."""
    with Image.open(io.BytesIO(encoded)) as image:
        plain = (
            image.format in ("PNG", "JPEG")
            and image.mode == {1: "L", 3: "RGB"}[channels]
            and not image.has_transparency_data
            and not getattr(image, "is_animated", False)
            and is_srgb(image)
            and (image.format == "JPEG" or encoded[_PNG_DEPTH] == 8)
        )
        try:
            return plain and image.getexif().get(_ORIENTATION, 1) == 1
        except Exception:  # a broken EXIF block does not spoil the pixels, but we cannot vouch
            return False
