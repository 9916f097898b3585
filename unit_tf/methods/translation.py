"""Translation of pictures of any size, shared by the command line and the exports."""

import tensorflow as tf


def translate_any_size(method, x, direction):
    """Translates after padding to the networks' stride, and crops the result back.

    The border is mirrored (the edge pixel included), so the padding looks like more of the picture.
    At most stride - 1 pixels are added at the bottom and the right, repeatedly where the picture is
    smaller than that.

    Args:
      method: a Method.
      x: float32 [N, H, W, C] in [-1, 1], any H, W >= 1.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      float32 [N, H, W, C'] in [-1, 1].
    """
    height, width = tf.shape(x)[1], tf.shape(x)[2]
    padded = _mirror_pad(_mirror_pad(x, 1, method.stride), 2, method.stride)
    return method.translate(padded, direction)[:, :height, :width]


def _mirror_pad(x, axis, stride):
    """Extends ``axis`` to the next multiple of ``stride`` by gathering mirrored rows."""
    size = x.shape[axis] or tf.shape(x)[axis]
    if isinstance(size, int) and size % stride == 0:
        return x
    # 0 1 2 | 2 1 0 | 0 1 2 ...: a gather works for any size, where REFLECT needs pad < size.
    index = tf.range(-(-size // stride) * stride) % (2 * size)
    index = tf.minimum(index, 2 * size - 1 - index)
    return tf.gather(x, index, axis=axis)
