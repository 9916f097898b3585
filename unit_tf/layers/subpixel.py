"""Nearest doubling and the convolution behind it as one convolution of the small image.

Of the taps that fall on one pixel's four copies only the sum counts. So each of the four output
phases is a smaller convolution of the image before it is doubled (Shi et al., CVPR 2016, section
2.2, read backwards): 4 multiply-adds a result where a 3x3 kernel has 9, and 9 where a 5x5 one has
25. The sums are of the same numbers in another order, so results agree to rounding. Weights are the
same objects.

A graph that is traced inside ``with faster_doubling():`` has this form, as those of unit-translate,
of Translator, of TFLite models of one size and of trainings with ``run.subpixel`` have.
"""

import contextlib
import contextvars

import numpy as np
import tensorflow as tf

from unit_tf.layers import litert_forms
from unit_tf.layers.borders import crop, mirror_pad

_IN_USE = contextvars.ContextVar("faster_doubling", default=False)


@contextlib.contextmanager
def faster_doubling(wanted=True):
    """Makes blocks that double by nearest neighbours use this form inside, where ``wanted``."""
    token = _IN_USE.set(bool(wanted))
    try:
        yield
    finally:
        _IN_USE.reset(token)


def is_faster_doubling():
    """Whether the code runs inside ``faster_doubling``."""
    return _IN_USE.get()


def doubled_conv(x, kernel, bias, padding="zero", activation=None, then=None):
    """A "same" convolution of each pixel doubled, computed on the small image.

    What follows pixel by pixel runs before the pixels are put in their places: activations are
    computed with the convolution then, and what ``then`` returns is mostly smaller.

    Args:
      x: [N, H, W, in]; with ``reflect`` and a 5x5 kernel H and W of at least 2.
      kernel: [k, k, in, out], k 3 or 5.
      bias: [out].
      padding: of the doubled image: ``zero``, or ``reflect`` without the edge itself.
      activation: function of each number, for any shape; None for none.
      then: function of each pixel, [N, h, w, out] -> [N, h, w, out'] for any h and w; or None.

    Returns:
      [N, 2H, 2W, out]; with ``then`` [N, 2H, 2W, out'].
    """
    activation, then = activation or _unchanged, then or _unchanged
    y = _interleaved(activation(_small_conv(x, kernel, bias, padding)), then)
    if _shift(kernel):
        y = crop(y, 1)
    if padding == "reflect" and kernel.shape[0] == 5:
        y = _with_ring(x, y, kernel, bias, lambda ring: then(activation(ring)))
    return y


def _unchanged(y):
    return y


def _shift(kernel):
    """How many rows and columns are too many at each side of what ``_small_conv`` computes."""
    return (kernel.shape[0] - 1) // 2 % 2


def _small_conv(x, kernel, bias, padding):
    """All results, [N, h, w, 4 * out]: one after another the four that a small pixel has.

    With ``reflect`` and a 5x5 kernel the outermost ring is not yet right.
    """
    select = tf.constant(_phases(kernel.shape[0], _shift(kernel)), kernel.dtype)
    # d, e: place in the small kernel; p, q: phase; t, s: tap of the original kernel.
    small = tf.einsum("dpt,eqs,tsio->deipqo", select, select, kernel)
    places, (channels, filters) = select.shape[0], kernel.shape[2:]
    small = tf.reshape(small, [places, places, channels, 4 * filters])
    return tf.nn.bias_add(
        tf.nn.conv2d(_bordered(x, padding), small, 1, "VALID"), tf.tile(bias, [4])
    )


def _bordered(x, padding):
    """One more row and column at each end: zeros, or the outermost ones again."""
    if padding == "zero":
        return tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    if not litert_forms.is_for_litert():
        return mirror_pad(x, 1, edge=True)
    x = tf.concat([x[:, :1], x, x[:, -1:]], 1)
    return tf.concat([x[:, :, :1], x, x[:, :, -1:]], 2)


def _interleaved(y, then):
    """[N, h, w, 4 * out] -> [N, 2h, 2w, out'], every pixel by ``then`` before it is moved."""
    count, height, width = _sides(y)
    filters = y.shape[-1] // 4
    if then is not _unchanged:
        y = then(tf.reshape(y, [count, height, 4 * width, filters]))
        filters = y.shape[-1]
    if litert_forms.is_for_litert():  # whose transpositions of five axes take longer
        return tf.nn.depth_to_space(tf.reshape(y, [count, height, width, 4 * filters]), 2)
    # As depth_to_space does it, which takes longer.
    y = tf.transpose(tf.reshape(y, [count, height, width, 2, 2 * filters]), [0, 1, 3, 2, 4])
    return tf.reshape(y, [count, 2 * height, 2 * width, filters])


def _sides(y):
    """(N, H, W), as numbers where the graph knows them."""
    known, found = y.shape[:3], tf.unstack(tf.shape(y)[:3])
    return [f if k is None else k for k, f in zip(known, found, strict=True)]


def _phases(taps, shift):
    """Which taps each phase adds up at which place of the small kernel.

    Row 2c - shift + p of the result, p in (0, 1), reads row floor((p - shift - border + t) / 2)
    below c of the small image by tap t. Shifted by one, a 3x3 kernel needs two places, not three.

    Returns:
      0/1 array [places, 2 phases, taps].
    """
    border = (taps - 1) // 2
    select = np.zeros((2 if shift else 3, 2, taps))
    for phase in (0, 1):
        for tap in range(taps):
            select[(phase - shift - border + tap) // 2 + 1, phase, tap] = 1
    return select


def _with_ring(x, y, kernel, bias, finish):
    """The results with their outermost rows and columns replaced, by ``finish`` of a convolution.

    A reflected doubled image shows its second row once and its third one behind it; these are of
    two rows of the small image, which no padding of that one can show.
    """

    def plain(part):
        if litert_forms.is_for_litert():
            doubled = litert_forms.reflect_pad(litert_forms.double(part), 2)
        else:
            doubled = tf.repeat(tf.repeat(part, 2, 1), 2, 2)
            doubled = mirror_pad(doubled, 2, edge=False)
        return finish(tf.nn.bias_add(tf.nn.conv2d(doubled, kernel, 1, "VALID"), bias))

    top, bottom = plain(x[:, :2])[:, :1], plain(x[:, -2:])[:, -1:]
    left, right = plain(x[:, :, :2])[:, 1:-1, :1], plain(x[:, :, -2:])[:, 1:-1, -1:]
    middle = tf.concat([left, crop(y, 1), right], 2)
    return tf.concat([top, middle, bottom], 1)
