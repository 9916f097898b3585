"""Domain-invariant perceptual distance (MUNIT, section 5.1)."""

import tensorflow as tf

from unit_tf.layers.norm import normalize

EPSILON = 1e-5


def perceptual_distance(features, others):
    """mean (n(f) - n(g))^2 over every element, n(f) = (f - mean(f)) / sqrt(var(f) + 1e-5).

    Mean and variance are each channel's, over the pixels of one image (instance normalisation).
    This removes hue and contrast, in which the domains differ, and keeps the layout. The paper
    describes it in section 5.1, without an equation.

    Args:
      features: f, [N, h, w, c], of the images (relu5_3 of VGG16 in the paper).
      others: g, the same shape, of their translations.

    Returns:
      float32 scalar, finite for flat features too.

    Example:
      >>> f = keras.random.normal((1, 8, 8, 4))
      >>> float(perceptual_distance(f, 3 * f + 1)) < 1e-3  # contrast and offset do not count
      True
    """
    return tf.reduce_mean(tf.square(_normalised(features) - _normalised(others)))


def _normalised(features):
    return normalize(features, (1, 2), EPSILON, bounded=True)
