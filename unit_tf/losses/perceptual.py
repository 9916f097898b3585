"""Domain-invariant perceptual distance (MUNIT, section 5.1)."""

import tensorflow as tf

from unit_tf.layers.norm import normalize

EPSILON = 1e-5


def perceptual_distance(features, others):
    """Mean squared difference of a network's features, each image's channels normalised.

    Normalising takes out what the domains differ in (hue, contrast) and leaves what is where.

    Args:
      features: [N, h, w, c], of the images (relu5_3 of VGG16 in the paper).
      others: the same shape, of their translations.

    Returns:
      float32 scalar, finite for flat features too.
    """
    return tf.reduce_mean(tf.square(_normalised(features) - _normalised(others)))


def _normalised(features):
    return normalize(features, (1, 2), EPSILON, bounded=True)
