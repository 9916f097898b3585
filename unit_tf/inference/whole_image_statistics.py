"""What normalisations over an image need to know of it, collected from its tiles.

The statistics of a normalisation depend on those before it, so each takes a pass over the image.
"""

import numpy as np
import tensorflow as tf

from unit_tf.layers.norm import moments_from


class _Unknown(BaseException):
    """The first normalisation whose statistics are not known: what is behind it is not traced.

    No Exception, which Keras would replace by one of its own.

    Attributes:
      x, axes: what it normalises, and over which axes.
    """

    def __init__(self, x, axes):
        super().__init__()
        self.x, self.axes = x, axes


def _moments_known(known):
    """For ``moments_from``: a list of (mean, variance) one after another, then _Unknown."""
    left = iter(known)

    def moments(x, axes):
        found = next(left, None)
        if found is None:
            raise _Unknown(x, axes)
        return found

    return moments


class WholeImageStatistics:
    """The statistics of one image at every normalisation over it, found one after another.

    Args:
      network: (float32 [1, h, w, C]) -> float32 [1, h, w, C'], plain TensorFlow.

    Attributes:
      known: list of (mean, variance), float32 arrays that broadcast against [1, h, w, C].
    """

    def __init__(self, network):
        self._network = network
        self.known = []

    def count(self, channels, side):
        """How many normalisations over an image the network has.

        Args:
          channels: of its images.
          side: one that it takes.
        """
        asked = []

        def moments(x, axes):
            asked.append(axes)
            return tf.zeros([1, 1, 1, 1]), tf.ones([1, 1, 1, 1])

        with moments_from(moments):
            self._network(tf.zeros([1, side, side, channels]))
        return len(asked)

    def translation(self):
        """The network by all the statistics, as a compiled function of a tile."""

        @tf.function(reduce_retracing=True, autograph=False)
        def compiled(x):
            with moments_from(_moments_known(self.known)):
                return self._network(x)

        return compiled

    def find_next(self, tiles):
        """Finds the statistics of the first normalisation that is not known yet.

        Args:
          tiles: yields (float32 [1, h, w, C], (first row, last, first column, last) that count).

        Raises:
          tf.errors.ResourceExhaustedError: a tile does not fit into memory.
        """
        axes = []

        @tf.function(reduce_retracing=True, autograph=False)
        def measured(x, part):
            try:
                with moments_from(_moments_known(self.known)):
                    self._network(x)
            except _Unknown as met:
                axes[:] = met.axes
                return _measure(met.x, part, tf.shape(x))

        total = None
        for x, part in tiles:
            counted = [value.numpy() for value in measured(tf.constant(x), tf.constant(part))]
            total = _joined(total, *(value.astype(np.float64) for value in counted))
        self.known.append(_moments(total, 3 in axes))


def _measure(x, part, size):
    """(number of pixels, mean [C], sum of squares about it [C]) of a part of a map.

    Args:
      x: [1, h, w, C].
      part: int [4], the part's (first row, last, first column, last) in pixels of the image.
      size: shape of the image.
    """
    top, bottom = (part[i] * tf.shape(x)[1] // size[1] for i in (0, 1))
    left, right = (part[i] * tf.shape(x)[2] // size[2] for i in (2, 3))
    x = x[:, top:bottom, left:right]
    mean = tf.reduce_mean(x, (0, 1, 2))
    squares = tf.reduce_sum(tf.square(x - mean), (0, 1, 2))
    return (bottom - top) * (right - left), mean, squares


def _joined(total, count, mean, squares):
    """The same three of two sets together (Chan, Golub, LeVeque 1979), float64."""
    if total is None:
        return count, mean, squares
    before, old, summed = total
    both, apart = before + count, mean - old
    squares = summed + squares + apart**2 * (before * count / both)
    return both, old + apart * (count / both), squares


def _moments(total, over_channels):
    """(mean, variance), float32 [1, 1, 1, C or 1]."""
    count, mean, squares = total
    variance = squares / count
    if over_channels:
        middle = mean.mean(keepdims=True)
        variance = (variance + (mean - middle) ** 2).mean(keepdims=True)
        mean = middle
    return tuple(value.astype(np.float32)[None, None, None] for value in (mean, variance))
