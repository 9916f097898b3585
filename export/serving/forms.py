"""The two forms in which an image travels to the server and back: an image file, or floats."""

import functools
import io

import numpy as np
from PIL import Image
from unit_tf.export.serving.transport import ServingError

from unit_tf.config import UserError
from unit_tf.data.colour_profiles import is_srgb
from unit_tf.data.images import BadImage, decode, to_uint8
from unit_tf.data.regular_files import read_regular_file
from unit_tf.files import atomic_path
from unit_tf.inference.image_files import write_image

_ORIENTATION = 0x0112  # EXIF: 1 or nothing is upright
_PNG_DEPTH = 24  # the byte of a PNG file that says how many bits a channel has


class EncodedForm:
    """Images as the bytes of PNG or JPEG files, for the signature ``translate_bytes``.

    Args:
      channels: 1 or 3, those that the model takes.

    Attributes:
      remarks: {path: which part of the file is taken} of those read, where it is not all of it.
    """

    def __init__(self, channels):
        self._channels = channels
        self.remarks = {}

    def read(self, path):
        """The file's own bytes where the server reads them as we do, else a PNG of its pixels.

        Raises:
          BadImage: it cannot be read; found here, before it spoils a whole batch.
        """
        try:
            encoded = read_regular_file(path)
        except OSError as error:
            raise BadImage(path, (error.strerror or str(error)).lower()) from None
        keep = functools.partial(self.remarks.__setitem__, path)
        image = decode(encoded, self._channels, str(path), keep)
        if _is_plain(encoded, self._channels):
            return encoded
        file = io.BytesIO()
        Image.fromarray(image[..., 0] if self._channels == 1 else image).save(file, "PNG")
        return file.getvalue()

    def group(self, payload):
        """Images of any size share a request."""
        del payload

    def write(self, path, result):
        """Writes the server's PNG as it came."""
        try:
            with atomic_path(path) as temporary:
                temporary.write_bytes(result)
        except OSError as error:
            reason = str(error.strerror or error).lower()
            raise UserError(f"{path}: cannot be written ({reason})") from None


class FloatForm:
    """Images as float32 arrays [H, W, C] in [0, 1], for the signature ``serving_default``.

    Args:
      channels: 1 or 3, those that the model takes.

    Attributes:
      remarks: as EncodedForm's.
    """

    def __init__(self, channels):
        self._channels = channels
        self.remarks = {}

    def read(self, path):
        """float32 [H, W, C] in [0, 1]; raises BadImage."""
        keep = functools.partial(self.remarks.__setitem__, path)
        return decode(path, self._channels, remark=keep).astype(np.float32) / np.float32(255)

    def group(self, payload):
        """Only images of one size make an array [N, H, W, C]."""
        return payload.shape

    def write(self, path, result):
        """Writes float32 [H, W, C'] in [0, 1] as a PNG."""
        if not np.isfinite(result).all():
            raise ServingError("the model gives NaN; its training has diverged")
        write_image(path, to_uint8(result * 2 - 1))


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
