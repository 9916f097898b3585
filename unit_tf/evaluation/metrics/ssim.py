"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004)."""

from unit_tf.evaluation.metrics.pairs import check_pair

WINDOW = 11


def ssim(image, truth):
    """Mean SSIM of one image: the paper's Gaussian window of 11x11, sigma 1.5, K1 .01, K2 .03.

    ``tf.image.ssim`` on values 0..255, over the windows that lie inside the image; colour
    images get the mean of their channels' figures. In images smaller than the window it shrinks
    to their shortest side, so figures of such images compare only with those of the same size.
    It computes in float32, which in flat parts is within about 3e-4 of the formula.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].

    Returns:
      float in [-1, 1]; 1 for equal images.

    Raises:
      ValueError: the shapes differ.
    """
    import tensorflow as tf

    check_pair(image, truth)
    window = min(WINDOW, *image.shape[:2])
    pair = (tf.constant(x, tf.float32) for x in (image, truth))
    value = tf.image.ssim(
        *pair, max_val=255.0, filter_size=window, filter_sigma=1.5, k1=0.01, k2=0.03
    )
    return float(value)
