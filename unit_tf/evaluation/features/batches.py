"""Images, a few at a time through a network."""

import numpy as np

AT_A_TIME = 16  # images, through a network for features


class Batches:
    """Collects images and runs a network on them in batches, in the order in which they come.

    Args:
      function: list of images -> array [N, ...].
      size: images in a batch; the last one may be smaller.
    """

    def __init__(self, function, size):
        self._function, self._size = function, size
        self._waiting, self._rows = [], []

    def add(self, image):
        """Takes one image; runs the network when a batch is full."""
        self._waiting.append(image)
        if len(self._waiting) >= self._size:
            self._flush()

    def rows(self):
        """What the network returned for all images so far.

        Returns:
          array [N, ...].

        Raises:
          ValueError: there were none.
        """
        self._flush()
        if not self._rows:
            raise ValueError("no images were given")
        return np.concatenate(self._rows)

    def _flush(self):
        if self._waiting:
            self._rows.append(self._function(self._waiting))
            self._waiting = []
