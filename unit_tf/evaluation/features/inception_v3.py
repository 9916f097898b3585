"""Features of images for FID and KID: Keras' InceptionV3 without its classifier.

Published FIDs use another Inception, TF-slim's of 2015, with other weights and another resizing:
**figures from these features compare with none of them**, as ``LABEL`` says wherever they appear.
They compare with one another, under the same weights and for the same real images.

The Inception Score has a classifier of the user's and stands in ``inception.py``.
"""

import hashlib
import pathlib

import keras
import numpy as np
import tensorflow as tf

from unit_tf.weight_files import FETCHED

LABEL = "Keras InceptionV3; not comparable with FIDs of TF-slim's Inception"
SIDE, WIDTH = 299, 2048
AT_A_TIME = 16
# All that decides the features beside weights and images; a change here is a change of them.
RECIPE = f"InceptionV3 {SIDE}x{SIDE} bilinear, antialiased, [-1, 1], averaged, {WIDTH}; 1"


class InceptionV3:
    """Features of images.

    Args:
      network: keras.Model, float32 RGB [N, SIDE, SIDE, 3] in [-1, 1] -> float32 [N, WIDTH].

    Attributes:
      digest: hex digits that are the same for the same features of the same images.

    Example:
      >>> load_inception_v3("inception_v3_notop.h5").features(images)  # -> float32 [N, 2048]
    """

    def __init__(self, network):
        network.trainable = False
        signature = [tf.TensorSpec((None, SIDE, SIDE, 3))]
        self._compiled = tf.function(
            lambda x: network(x, training=False), signature, autograph=False
        )
        found = hashlib.sha256(RECIPE.encode())
        for variable in network.weights:
            found.update(np.ascontiguousarray(variable))
        self.digest = found.hexdigest()

    def features(self, images):
        """The mean of the last convolutions' outputs over the image.

        Args:
          images: iterable of uint8 [H_i, W_i, 1 or 3], or uint8 [N, H, W, 1 or 3]; read once.
            They are resized to 299x299, bilinear and, where that is smaller, antialiased, whatever
            their proportions. Grey is taken as RGB of equal channels.

        Returns:
          float32 [N, 2048].

        Raises:
          ValueError: no images, or another type or shape.
        """
        rows, waiting = [], []
        for image in images:
            waiting.append(prepared(image))
            if len(waiting) == AT_A_TIME:
                rows.append(self._compiled(tf.stack(waiting)).numpy())
                waiting = []
        if waiting:
            rows.append(self._compiled(tf.stack(waiting)).numpy())
        if not rows:
            raise ValueError("no images to read features of")
        return np.concatenate(rows)


def prepared(image):
    """What the network reads of an image.

    Args:
      image: uint8 [H, W, 1 or 3].

    Returns:
      float32 [SIDE, SIDE, 3] in [-1, 1].

    Raises:
      ValueError: another type or shape.
    """
    shape = image.shape
    if image.dtype != np.uint8 or len(shape) != 3 or shape[2] not in (1, 3) or not image.size:
        raise ValueError(f"expected uint8 [H, W, 1 or 3], got {image.dtype} {shape}")
    x = tf.image.resize(tf.constant(image), (SIDE, SIDE), antialias=True) / 127.5 - 1.0
    return tf.image.grayscale_to_rgb(x) if shape[2] == 1 else x


def load_inception_v3(weights):
    """Builds InceptionV3 and reads its weights.

    Args:
      weights: Keras' own file, ``inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5``, or a
        ``.weights.h5`` saved from ``keras.applications.InceptionV3(include_top=False)``; or
        ``"imagenet"``, which lets Keras download that file. Nothing else ever fetches anything.

    Returns:
      InceptionV3.

    Raises:
      ValueError: there is no such file, or it holds other weights; names it.
    """
    try:
        network = keras.applications.InceptionV3(
            include_top=False, weights=FETCHED if weights == FETCHED else None,
            input_shape=(SIDE, SIDE, 3), pooling="avg",
        )  # fmt: skip
        if weights != FETCHED:
            network.load_weights(pathlib.Path(weights).expanduser())
    except Exception as error:  # h5py, Keras and urllib have no common one
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{weights}: not Keras' InceptionV3 weights without its classifier ({reason})"
        ) from None
    if not all(np.isfinite(variable).all() for variable in network.weights):
        raise ValueError(f"{weights}: weights that are not finite")
    return InceptionV3(network)
