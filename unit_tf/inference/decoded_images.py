"""Images that a command has read once and will need again, kept within a budget of memory."""

import functools
import threading

from unit_tf.config import plural
from unit_tf.config.value_range import AUTO, OWN
from unit_tf.data.base import Unusable
from unit_tf.data.image_limits import USUAL, TooLarge
from unit_tf.data.images import BadImage, decode
from unit_tf.data.value_ranges import recorder, settle

# Some two hundred photographs of a screen's size.
KEPT_BYTES = 2**29
LONG = 2e9  # bytes that networks take for an image, from which on their work is said before


class DecodedImages:
    """Pixels of files, decoded once where they fit into a budget, else once more when asked for.

    Threads may share it. Whoever takes an image ends its being kept.

    Args:
      channels: 1 or 3.
      budget: bytes of pixels that are kept at a time; None for KEPT_BYTES.
      value_range: of deep images, (low, high), OWN or AUTO, which ``settle`` decides.
      limits: Limits of their size.
      scaling: Scaling of each once it is decoded; None for as they are.

    Attributes:
      sizes: set of (height, width) of those read.
      remarks: {path: which part of the file is taken} of those read, where it is not all of it.
    """

    def __init__(self, channels, budget=None, value_range=OWN, limits=USUAL, scaling=None):
        self.channels = channels
        self.sizes, self.remarks = set(), {}
        self._range, self._limits = value_range, limits
        self._scaling = scaling
        self._extents = {}
        self._long = {}
        self._left = KEPT_BYTES if budget is None else budget
        self._kept = {}
        self._lock = threading.Lock()

    @property
    def spare_bytes(self):
        """How much of the budget is free."""
        return self._left

    def read(self, path):
        """Decodes a file, and keeps its pixels where they fit.

        Returns:
          uint8 [H, W, channels].

        Raises:
          BadImage: it cannot be decoded.
        """
        keep = functools.partial(self.remarks.__setitem__, path)
        image = self._decode(path, keep)
        self.sizes.add(image.shape[:2])
        self._note_long(path, image.shape[:2])
        undecided = self._range == AUTO and path in self._extents
        with self._lock:
            if not undecided and path not in self._kept and image.nbytes <= self._left:
                self._kept[path] = image
                self._left -= image.nbytes
        return image

    def measure(self, path, target):
        """Reads a file that is to be translated into another, as ``read`` does.

        Args:
          path: the file.
          target: the file for its translation.

        Returns:
          (height, width).

        Raises:
          BadImage: it cannot be translated.
        """
        del target
        return self.read(path).shape[:2]

    def take(self, path):
        """The pixels of a file: those kept, or decoded now. Raises as ``read`` does."""
        with self._lock:
            image = self._kept.pop(path, None)
            if image is not None:
                self._left += image.nbytes
        return self._decode(path) if image is None else image

    def settle(self, where):
        """Decides by all images read so far what AUTO comes to.

        Args:
          where: what to call them in lines.

        Returns:
          list of lines to show the user.
        """
        self._range, lines = settle(where, self._range, list(self._extents.values()))
        return lines

    def long_line(self):
        """In one line which of the images read take long; "" where none does."""
        if not self._long:
            return ""
        need, height, width = max(self._long.values())
        return (
            f"{plural(len(self._long), 'large image')}, of up to "
            f"{height}x{width} pixels: each takes up to about {need / 1e9:.1f} GB of memory, and "
            "maybe minutes"
        )

    def _note_long(self, path, size):
        need = self._limits.needs(*size) if self._limits.needs else 0
        if need > LONG:
            self._long[path] = (need, *size)

    def _decode(self, path, remark=None):
        known = None if self._range == OWN else recorder(self._extents, path, self._range)
        limits = self._decoding_limits
        image = decode(path, self.channels, remark=remark, value_range=known, limits=limits)
        return self._scaled(path, image)

    @property
    def _decoding_limits(self):
        """Limits of an image before it is scaled, when networks do not see it yet."""
        return self._limits._replace(needs=None) if self._scaling else self._limits

    def _scaled(self, path, image, even=False):
        """The image as networks see it; raises BadImage where it would be too large for them."""
        if not self._scaling:
            return image
        try:
            return self._scaling.scaled(image, self._limits, even)
        except Unusable as error:
            raise BadImage(path, error, isinstance(error, TooLarge)) from None
