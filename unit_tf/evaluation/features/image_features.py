"""A network that turns images into rows of numbers, for scores that compare sets of images."""

import hashlib

import numpy as np
import tensorflow as tf

from unit_tf.evaluation.features.batches import AT_A_TIME, Batches


class ImageFeatures:
    """Features of images.

    Args:
      network: keras.Model, float32 RGB [N, side, side, 3] -> float32 [N, D].
      side: pixels that it reads.
      scale, shift: it reads x / scale - shift of values x in 0..255.
      recipe: text of all that decides the features beside weights and images; a change there is a
        change of them.
      label: what scores by these features compare with, for reports.

    Attributes:
      label: as given.
      digest: hex digits that are the same for the same features of the same images.
    """

    def __init__(self, network, side, scale, shift, recipe, label):
        network.trainable = False
        self.label, self._side, self._scale, self._shift = label, side, scale, shift
        signature = [tf.TensorSpec((None, side, side, 3))]
        self._compiled = tf.function(
            lambda x: network(x, training=False), signature, autograph=False
        )
        found = hashlib.sha256(recipe.encode())
        for variable in network.weights:
            found.update(np.ascontiguousarray(variable))
        self.digest = found.hexdigest()

    def features(self, images):
        """What the network makes of images.

        Args:
          images: iterable of uint8 [H_i, W_i, 1 or 3], or uint8 [N, H, W, 1 or 3]; read once.
            They are resized to a square, bilinear and, where that is smaller, antialiased, whatever
            their proportions. Grey is taken as RGB of equal channels.

        Returns:
          float32 [N, D].

        Raises:
          ValueError: no images, or another type or shape.
        """
        batches = Batches(lambda some: self._compiled(tf.stack(some)).numpy(), AT_A_TIME)
        for image in images:
            batches.add(self.prepared(image))
        return batches.rows()

    def prepared(self, image):
        """What the network reads of an image.

        Args:
          image: uint8 [H, W, 1 or 3].

        Returns:
          float32 [side, side, 3].

        Raises:
          ValueError: another type or shape.
        """
        shape = image.shape
        if image.dtype != np.uint8 or len(shape) != 3 or shape[2] not in (1, 3) or not image.size:
            raise ValueError(f"expected uint8 [H, W, 1 or 3], got {image.dtype} {shape}")
        side = (self._side, self._side)
        x = tf.image.resize(tf.constant(image), side, antialias=True) / self._scale - self._shift
        return tf.image.grayscale_to_rgb(x) if shape[2] == 1 else x
