"""Other forms of the same arithmetic, for graphs that are exported.

While a graph is traced inside ``with for_litert():`` the blocks use all of them. Inside ``with
staged_means():`` the norms use ``mean`` alone, which is there to be exact and not to be fast.
``with scaled_squares():`` changes the norms of either so that float16 holds their sums of squares.
Weights are the same objects; results agree to rounding (tests/layers/test_litert_forms.py).
docs/deploy.md has the speeds.
"""

import contextlib
import contextvars

import numpy as np
import tensorflow as tf

SQUARES_SCALE = 16.0

_FORMS = contextvars.ContextVar("forms", default=())


@contextlib.contextmanager
def for_litert(subpixel=True):
    """Makes every block that is called inside use its LiteRT form.

    Args:
      subpixel: transposed convolutions become convolutions and depth-to-space, too. That is faster
        in float32 and, with 16 multiply-adds where there were 9, slower in int8.
    """
    with _using("litert", "means", *["subpixel"] * subpixel, *["scaled"] * has_scaled_squares()):
        yield


def staged_means():
    """Makes every norm that is called inside take its means in stages; nothing else changes."""
    return _using("means", *_FORMS.get())


def scaled_squares():
    """Makes every norm that is called inside square its values divided by SQUARES_SCALE.

    Float32 results stay as they are, bit for bit, as the scale is a power of two. In float16, which
    ends at 65504, sums of squares may then be 256 times as large; squares below 1.5e-5 become 0.
    """
    return _using("scaled", *_FORMS.get())


@contextlib.contextmanager
def _using(*forms):
    """Makes these the forms in use."""
    token = _FORMS.set(forms)
    try:
        yield
    finally:
        _FORMS.reset(token)


def is_for_litert():
    """Whether the code runs inside ``for_litert``."""
    return "litert" in _FORMS.get()


def is_subpixel():
    """Whether the code runs inside ``for_litert(subpixel=True)``."""
    return "subpixel" in _FORMS.get()


def has_staged_means():
    """Whether the code runs inside ``for_litert`` or ``staged_means``."""
    return "means" in _FORMS.get()


def has_scaled_squares():
    """Whether the code runs inside ``scaled_squares``."""
    return "scaled" in _FORMS.get()


def reflect_pad(x, border):
    """Reflect padding from slices and concatenations.

    LiteRT's XNNPACK kernels know no MIRROR_PAD: each one cuts the graph in two and runs on one
    thread, pixel by pixel.

    Args:
      x: [N, H, W, C]; H and W above ``border``.
      border: pixels on every side, the edge itself not repeated.

    Returns:
      [N, H + 2 border, W + 2 border, C].
    """
    for axis in (1, 2):
        before = [_line(x, axis, i) for i in range(border, 0, -1)]
        after = [_line(x, axis, -1 - i) for i in range(1, border + 1)]
        # Lines first, then the image: XNNPACK concatenates at most five tensors at once.
        x = tf.concat([tf.concat(before, axis), x, tf.concat(after, axis)], axis)
    return x


def _line(x, axis, i):
    """Row or column ``i`` of a batch of images, counted from the end where negative."""
    one = slice(i, i + 1 or None)
    return x[:, one] if axis == 1 else x[:, :, one]


def double(x):
    """Each pixel of [N, H, W, C] four times, as [N, 2H, 2W, C]; Keras' has 5 axes on the way."""
    return tf.nn.depth_to_space(tf.concat([x] * 4, -1), 2)


def mean(x, axes, keepdims):
    """The mean over some axes of [N, H, W, C], one axis after another.

    TensorFlow and LiteRT add the values of a map one after another, so that the digits lost grow
    with the number of pixels. A sum of row sums loses few of them, and takes no longer; columns
    first lose as few and take longer.

    Args:
      x: float32 [N, H, W, C].
      axes: some of 1, 2 and 3.
      keepdims: whether the axes stay, with one entry each.
    """
    *first, _ = [axis for axis in (2, 1, 3) if axis in axes]
    for axis in first:
        x = tf.reduce_mean(x, axis, keepdims=True)
    return tf.reduce_mean(x, axes, keepdims=keepdims)  # the others have one entry


def transposed_conv(x, kernel, bias, crop):
    """A transposed convolution of stride 2 as a convolution and depth-to-space, exactly.

    Output pixel 2p + q sees only the taps t of one parity, at input pixel p + (q + crop - t) / 2.
    So each of the four phases (q for rows times q for columns) is a small convolution of the input;
    one convolution computes them as four groups of channels, and depth-to-space interleaves them.

    Args:
      x: [N, H, W, in].
      kernel: [k, k, out, in], the layout of ``keras.layers.Conv2DTranspose``.
      bias: [out].
      crop: first row and column of the full result that is kept.

    Returns:
      [N, 2H, 2W, out]: rows and columns crop … crop + 2H - 1 of the full result.
    """
    select, before, after = _phases(kernel.shape[0], crop)
    select = tf.constant(select, kernel.dtype)
    # d, e: place in the small kernel; p, q: phase; t, s: tap of the original kernel.
    small = tf.einsum("dpt,eqs,tsoi->deipqo", select, select, kernel)
    places, filters = select.shape[0], kernel.shape[2]
    small = tf.reshape(small, [places, places, kernel.shape[3], 4 * filters])
    x = tf.pad(x, [[0, 0], [before, after], [before, after], [0, 0]])
    x = tf.nn.conv2d(x, small, 1, "VALID") + tf.tile(bias, [4])
    return tf.nn.depth_to_space(x, 2)


def _phases(taps, crop):
    """Which tap each phase reads at which offset.

    Returns:
      (0/1 array [places, 2 phases, taps], zeros needed before the image, and after it).
    """
    offsets = {
        (phase, tap): (phase + crop - tap) // 2
        for phase in (0, 1)
        for tap in range(taps)
        if (phase + crop - tap) % 2 == 0
    }
    first, last = min(0, *offsets.values()), max(0, *offsets.values())
    select = np.zeros((last - first + 1, 2, taps))
    for (phase, tap), offset in offsets.items():
        select[offset - first, phase, tap] = 1
    return select, -first, last
