"""Translation of images of any size, shared by the command line and the exports."""

import tensorflow as tf


def translate_any_size(method, x, direction, style=None):
    """Translates after padding to the networks' stride, and crops the result back.

    The border is mirrored (the edge pixel included), so the padding looks like more of the image.
    Pixels are added at the bottom and the right, up to the next multiple of the stride and to no
    less than ``method.smallest_side``, as often mirrored as a tiny image needs.

    Args:
      method: a Method.
      x: float32 [N, H, W, C] in [-1, 1], any H, W >= 1 up to ``method.largest_side``; with a style
        [1, H, W, C] too, a single image for all of them.
      direction: ``"a2b"`` or ``"b2a"``.
      style: float32 [N, method.style_size], or None for the method's own ``translate``.

    Returns:
      float32 [N, H, W, C'] in [-1, 1].

    Raises:
      ValueError: a side, where it is known, is above ``method.largest_side``.
    """
    if max(side or 0 for side in x.shape[1:3]) > method.largest_side:
        raise ValueError(
            f"{x.shape[1]}x{x.shape[2]} pixels; this translator takes at most "
            f"{method.largest_side}x{method.largest_side}"
        )
    height, width = tf.shape(x)[1], tf.shape(x)[2]
    padded = mirror_padded(method, x)
    if style is None:
        translated = method.translate(padded, direction)
    else:
        translated = method.translate_styled(padded, direction, style)
    return translated if padded is x else translated[:, :height, :width]


def mirror_padded(method, x):
    """Images [N, H, W, C] as ``translate_any_size`` pads them; ``x`` itself where they fit."""
    for axis in (1, 2):
        x = _mirror_pad(x, axis, method.stride, method.smallest_side)
    return x


def _mirror_pad(x, axis, stride, smallest):
    """Extends ``axis`` to a multiple of ``stride``, at least ``smallest``, by mirrored rows."""
    size = x.shape[axis]
    if size is not None:
        wanted = max(-(-size // stride) * stride, smallest)
        if wanted == size:
            return x
    else:
        size = tf.shape(x)[axis]
        wanted = tf.maximum(-(-size // stride) * stride, smallest)
    # 0 1 2 | 2 1 0 | 0 1 2 ...: a gather works for any size, where REFLECT needs pad < size.
    index = tf.range(wanted) % (2 * size)
    index = tf.minimum(index, 2 * size - 1 - index)
    return tf.gather(x, index, axis=axis)
