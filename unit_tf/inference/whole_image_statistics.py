"""What normalisations over an image need to know of it, collected from its tiles.

The statistics of a normalisation depend on those before it, so each takes a pass over the image.
"""

import numpy as np
import tensorflow as tf

from unit_tf.layers.norm import moments_from


class _Moments:
    """Takes the place of the statistics of the tile that is seen, for ``moments_from``.

    Args:
      known: list of (mean, variance), of the first normalisations of the network.

    Attributes:
      count: how many normalisations have asked.
      met: (x, axes) of the first one that is not known; None while all are.
    """

    def __init__(self, known):
        self._known = known
        self.count, self.met = 0, None

    def __call__(self, x, axes):
        index = self.count
        self.count += 1
        if index < len(self._known):
            return self._known[index]
        if self.met is None:
            self.met = x, axes
        # What follows is traced, and never computed: nothing of it is returned.
        return tf.zeros([1, 1, 1, 1]), tf.ones([1, 1, 1, 1])


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
        moments, shape = _Moments([]), [1, side, side, channels]

        def traced(x):
            with moments_from(moments):
                return self._network(x)

        tf.function(traced, autograph=False).get_concrete_function(tf.TensorSpec(shape))
        return moments.count

    def translation(self):
        """The network by all the statistics, as a compiled function of a tile."""

        @tf.function(reduce_retracing=True, autograph=False)
        def compiled(x):
            with moments_from(_Moments(self.known)):
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
            moments = _Moments(self.known)
            with moments_from(moments):
                self._network(x)
            met, found = moments.met
            axes[:] = found
            return _measure(met, part, tf.shape(x))

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
