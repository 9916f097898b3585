"""Images that a command has read once and will need again, kept within a budget of memory."""

import functools
import threading

from unit_tf.data.images import decode

# Some two hundred photographs of a screen's size.
KEPT_BYTES = 2**29


class DecodedImages:
    """Pixels of files, decoded once where they fit into a budget, else once more when asked for.

    Threads may share it. Whoever takes an image ends its being kept.

    Args:
      channels: 1 or 3.
      budget: bytes of pixels that are kept at a time; None for KEPT_BYTES.

    Attributes:
      remarks: {path: which part of the file is taken} of those read, where it is not all of it.
    """

    def __init__(self, channels, budget=None):
        self.channels = channels
        self.remarks = {}
        self._left = KEPT_BYTES if budget is None else budget
        self._kept = {}
        self._lock = threading.Lock()

    def read(self, path):
        """Decodes a file, and keeps its pixels where they fit.

        Returns:
          uint8 [H, W, channels].

        Raises:
          BadImage: it cannot be decoded.
        """
        keep = functools.partial(self.remarks.__setitem__, path)
        image = decode(path, self.channels, remark=keep)
        with self._lock:
            if path not in self._kept and image.nbytes <= self._left:
                self._kept[path] = image
                self._left -= image.nbytes
        return image

    def take(self, path):
        """The pixels of a file: those kept, or decoded now. Raises as ``read`` does."""
        with self._lock:
            image = self._kept.pop(path, None)
            if image is not None:
                self._left += image.nbytes
        return decode(path, self.channels) if image is None else image
