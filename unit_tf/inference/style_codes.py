"""Methods with styles, at work on files' images: reads their styles, renders them in others."""

import numpy as np
import tensorflow as tf

from unit_tf.data.images import to_uint8
from unit_tf.inference.any_size import mirror_padded, translate_any_size
from unit_tf.inference.compiled_networks import run_checked
from unit_tf.inference.shift_average import over_shifts
from unit_tf.layers.subpixel import faster_doubling

# Pixels that go through the networks at a time.
PIXELS_AT_A_TIME = 2**19


def sample_styles(rng, count, size):
    """Styles from N(0, I); of the same ``rng`` the first ones are the same whatever the count.

    Args:
      rng: numpy Generator.
      count: how many.
      size: length of a style.

    Returns:
      float32 [count, size].
    """
    return rng.standard_normal((count, size), np.float32)


def compiled_styles(method, direction):
    """A function that translates an image in styles, compiled for the first size and then for any.

    Args:
      method: Method with styles.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      (float32 [1, H, W, C] in [-1, 1], styles float32 [N, style_size]) -> float32 [N, H, W, C'].
    """

    @tf.function(reduce_retracing=True, autograph=False)
    def compiled(x, style):
        with faster_doubling():
            return translate_any_size(method, x, direction, style)

    return compiled


def styled_translator(method, direction, shifts=1):
    """A function that translates one image in many styles.

    Small images go through the networks together, so that their content is encoded once. Like
    ``compiled_networks.image_translator`` it compiles for the first size and then once for any.

    Args:
      method: Method with styles.
      direction: ``"a2b"`` or ``"b2a"``.
      shifts: as ``over_shifts`` takes them.

    Returns:
      (image uint8 [H, W, C], styles float32 [N, style_size], name for messages) -> iterator over
      N translations uint8 [H, W, C']; only those computed together are held.
    """
    compiled = over_shifts(compiled_styles(method, direction), method.stride, shifts)

    def translate(image, styles, name):
        rows = max(1, PIXELS_AT_A_TIME // (image.shape[0] * image.shape[1]))
        for first in range(0, len(styles), rows):
            style = tf.constant(styles[first : first + rows])
            yield from to_uint8(run_checked(compiled, image, name, style))

    return translate


def style_encoder(method, domain):
    """A function that reads the style of an image, at the size that it has.

    Images are padded as for a translation: mirrored, up to the next multiple of the method's
    stride and to no less than its smallest side.

    Args:
      method: Method with styles.
      domain: ``"a"`` or ``"b"``, where the images come from.

    Returns:
      (image uint8 [H, W, C], name for messages) -> float32 [1, style_size].
    """

    @tf.function(reduce_retracing=True, autograph=False)
    def compiled(x):
        return method.encode_style(mirror_padded(method, x), domain)

    return lambda image, name: run_checked(compiled, image, name)
