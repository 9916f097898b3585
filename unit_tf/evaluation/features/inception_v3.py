"""Features of images for FID and KID: Keras' InceptionV3 without its classifier.

Published FIDs use another Inception, TF-slim's of 2015, with other weights and another resizing:
**figures from these features compare with none of them**, as ``LABEL`` says wherever they appear.
They compare with one another, under the same weights and for the same real images.

The Inception Score has a classifier of the user's and stands in ``inception.py``.
"""

import pathlib

import keras
import numpy as np

from unit_tf.evaluation.features.image_features import ImageFeatures
from unit_tf.weight_files import FETCHED

LABEL = "Keras InceptionV3; not comparable with FIDs of TF-slim's Inception"
SIDE, WIDTH = 299, 2048
# All that decides the features beside weights and images; a change here is a change of them.
RECIPE = f"InceptionV3 {SIDE}x{SIDE} bilinear, antialiased, [-1, 1], averaged, {WIDTH}; 1"


class InceptionV3(ImageFeatures):
    """Features of images: the mean of the last convolutions' outputs over the image.

    Args:
      network: keras.Model, float32 RGB [N, SIDE, SIDE, 3] in [-1, 1] -> float32 [N, WIDTH].

    Example:
      >>> load_inception_v3("inception_v3_notop.h5").features(images)  # -> float32 [N, 2048]
    """

    def __init__(self, network):
        super().__init__(network, SIDE, 127.5, 1.0, RECIPE, LABEL)


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
