"""Colours of 16 bits in a PNG: Pillow gives their upper eight bits alone."""

import io
import typing

import numpy as np
from PIL import Image

from unit_tf.data.base import Unusable
from unit_tf.data.cut_png import NO_LAST_ROW, lacks_rows
from unit_tf.data.orientation import orientation_of

_UPPER, _LOWER = "RGB;16B", "RGB;16L"  # the second byte of each two is the upper one elsewhere


class PngValues(typing.NamedTuple):
    """A PNG of three bands of 16 bits, not yet decompressed; as tiff_values.TiffValues.

    Attributes:
      encoded: the file's content.
      size: (height, width).
      orientation: EXIF's number of how it lies.
      profile: its ICC profile, or None.
    """

    encoded: bytes
    size: tuple
    orientation: int
    profile: bytes | None
    bands = 3
    dtype = np.dtype(np.uint16)
    tags = {}

    def load(self):
        """The values, uint16 array [H, W, 3].

        Raises:
          OSError, Unusable: the file is cut off or damaged.
        """
        upper, lower = (self._bytes(kind) for kind in (_UPPER, _LOWER))
        return upper.astype(np.uint16) << 8 | lower

    def _bytes(self, kind):
        with Image.open(io.BytesIO(self.encoded), formats=("PNG",)) as image:
            image.tile = [part._replace(args=kind) for part in image.tile]
            image.load()
            if lacks_rows(self.encoded, image):
                raise Unusable(NO_LAST_ROW)
            return np.asarray(image)


def find_colours(image, encoded):
    """The PngValues of a Pillow image just opened; None where it is not of that kind."""
    if image.format != "PNG" or image.mode != "RGB" or image.has_transparency_data:
        return None
    if not image.tile or any(part.args != _UPPER for part in image.tile):
        return None
    size = image.height, image.width
    return PngValues(encoded, size, orientation_of(image), image.info.get("icc_profile"))
