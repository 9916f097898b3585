"""LPIPS v0.1 on VGG16 (Zhang, Isola, Efros, Shechtman, Wang 2018): a learned perceptual distance.

  d(x, y) = sum_l 1/(H_l W_l) sum_hw sum_c w_lc (f_lhwc(x) - f_lhwc(y))^2

f_l are the features behind the last ReLU of VGG16's five blocks, relu1_2 to relu5_3, divided by
their length over the channels; w_l >= 0 are weights that were fitted to people's judgements.

**Which VGG16 matters.** The published w_l belong to the channels of torchvision's VGG16, which
takes RGB normalised by ImageNet's mean and deviation. Keras' own weights are those of the original
Caffe network, trained apart, on BGR without its mean: other features, and in no common order. With
them this computes the same formula on other numbers, each w_lc at a channel that it was not fitted
to: **the result is not LPIPS as published and compares with no published figure.** For LPIPS, give
torchvision's weights (tools/convert_lpips.sh converts them). With Keras' rather leave w_l out, so
that all are 1: the paper's uncalibrated distance. ``Lpips.name`` and ``label`` say which it was.
"""

import numpy as np
import tensorflow as tf

from unit_tf.evaluation.metrics.diversity import check_batches
from unit_tf.models.vgg16_weights import CHANNELS, SMALLEST
from unit_tf.weight_files import read_npz

EPSILON = 1e-10
PIXELS_AT_A_TIME = 2**19


class Lpips:
    """Distance of batches of images.

    Args:
      vgg: Vgg from ``vgg16.load_vgg``.
      linear: from ``read_linear``; None: every channel weighs 1, the uncalibrated distance.

    Attributes:
      name: ``"lpips"`` for LPIPS as published, else ``"vgg16_features"``.
      label: the same in words, so that no figure is taken for another.

    Example:
      >>> distance = Lpips(load_vgg("vgg16_torchvision.npz"), read_linear("lpips_vgg.npz"))
      >>> distance(images, others)  # uint8 [N, H, W, 3] -> float32 [N]
    """

    def __init__(self, vgg, linear=None):
        self._vgg = vgg
        self._linear = linear
        published = vgg.origin == "torchvision" and linear is not None
        self.name = "lpips" if published else "vgg16_features"
        self.label = "LPIPS v0.1 on VGG16" if published else _label(vgg.origin, linear)
        self._compiled = tf.function(self._distance, reduce_retracing=True, autograph=False)

    def __call__(self, images, others):
        """The distance of each image to the other at its place.

        Args:
          images: uint8 [N, H, W, C], or float [N, H, W, C] in [0, 1]; C 1 or 3, sides of at least
            16. Grey is taken as RGB of equal channels.
          others: the same shape and type.

        Returns:
          float32 [N], not negative; for equal images 0, but for rounding.

        Raises:
          ValueError: other shapes or types.
        """
        check_batches(images, others)
        shape = images.shape
        if min(shape[1:3]) < SMALLEST or shape[3] not in (1, 3):
            raise ValueError(
                f"images {shape[1]}x{shape[2]} with {shape[3]} channels; LPIPS on VGG16 needs "
                f"{SMALLEST}x{SMALLEST} or more, and 1 or 3 channels"
            )
        rows = max(1, PIXELS_AT_A_TIME // (2 * shape[1] * shape[2]))
        found = [
            self._compiled(_signed(images[i : i + rows]), _signed(others[i : i + rows])).numpy()
            for i in range(0, len(images), rows)
        ]
        return np.concatenate(found)

    def _distance(self, x, y):
        """float32 RGB in [-1, 1], twice [N, H, W, 3] -> float32 [N]."""
        features = self._vgg.features(tf.concat([x, y], 0))
        pairs = [tf.split(f, 2) for f in features]
        return feature_distance(*zip(*pairs, strict=True), self._linear)


def feature_distance(features, others, linear=None):
    """The formula above, from features.

    Args:
      features: sequence of float32 [N, H_l, W_l, C_l], one a layer.
      others: the same shapes, of the other images.
      linear: sequence of float32 [C_l], not negative; None: all 1.

    Returns:
      float32 [N].
    """
    total = 0.0
    for i, (f, g) in enumerate(zip(features, others, strict=True)):
        squared = tf.square(_unit_length(f) - _unit_length(g))
        weighted = squared if linear is None else squared * linear[i]
        total += tf.reduce_mean(tf.reduce_sum(weighted, -1), (1, 2))
    return total


def read_linear(path):
    """The weights w_l that tools/convert_lpips.py wrote.

    Args:
      path: the ``.npz``; ``lin0`` to ``lin4``, float32 [C_l].

    Returns:
      list of five float32 [C_l].

    Raises:
      ValueError: there is no such file, or it holds something else; names it.
    """
    arrays = read_npz(path)
    linear = [arrays.get(f"lin{i}", np.zeros(())) for i in range(len(CHANNELS))]
    for i, (weights, channels) in enumerate(zip(linear, CHANNELS, strict=True)):
        if weights.shape != (channels,) or weights.dtype.kind != "f" or not (weights >= 0).all():
            raise ValueError(
                f"{path}: lin{i} is not {channels} weights of 0 or more; tools/convert_lpips.sh "
                "writes such a file"
            )
    return [weights.astype(np.float32) for weights in linear]


def _unit_length(features):
    length = tf.sqrt(tf.reduce_sum(tf.square(features), -1, keepdims=True))
    return features / (length + EPSILON)


def _signed(images):
    """Images as ``Lpips`` takes them -> float32 RGB in [-1, 1]."""
    white = 255 if images.dtype == np.uint8 else 1
    x = tf.constant(images.astype(np.float32) * np.float32(2 / white) - 1)
    return tf.image.grayscale_to_rgb(x) if x.shape[-1] == 1 else x


def _label(origin, linear):
    kind = "without" if linear is None else "with"
    return (
        f"squared distance of VGG16's features ({origin}'s weights) {kind} LPIPS' linear weights; "
        "not LPIPS as published"
    )
