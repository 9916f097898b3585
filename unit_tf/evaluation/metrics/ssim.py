"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004)."""

from unit_tf.evaluation.metrics.pairs import check_pair

WINDOW = 11


def ssim(picture, truth):
    """Mean SSIM of one picture: the paper's Gaussian window of 11x11, sigma 1.5, K1 .01, K2 .03.

    ``tf.image.ssim`` on values 0..255, over the windows that lie inside the picture; colour
    pictures get the mean of their channels' figures. In pictures smaller than the window it shrinks
    to their shortest side, so figures of such pictures compare only with those of the same size.
    It computes in float32, which in flat parts is within about 3e-4 of the formula.

    Args:
      picture: uint8 [H, W, C].
      truth: uint8 [H, W, C].

    Returns:
      float in [-1, 1]; 1 for equal pictures.

    Raises:
      ValueError: the shapes differ.
    """
    import tensorflow as tf

    check_pair(picture, truth)
    window = min(WINDOW, *picture.shape[:2])
    pair = (tf.constant(image, tf.float32) for image in (picture, truth))
    value = tf.image.ssim(
        *pair, max_val=255.0, filter_size=window, filter_sigma=1.5, k1=0.01, k2=0.03
    )
    return float(value)
