"""Share of pixels whose colour is right: the number of the paper's map experiment.

The paper calls a pixel of a translated map right when its colour differs from the true map's by at
most 16 (of 255), and gives the mean share of right pixels over the test images. It does not say
how three channel differences make one, so there are three rules:

- ``per_channel``: each channel value counts by itself; a wrong pixel may still earn two thirds.
- ``all_channels``: a pixel is right if each of its channels is. **The headline**: "the colour of a
  pixel" is right or wrong as a whole, which rules out per_channel, and "within 16 of the value" is
  said of stored values, which speaks for comparing them one by one.
- ``euclidean``: a pixel is right if its distance in RGB is at most 16.

For any image per_channel >= all_channels >= euclidean, so the headline is also the one in the
middle. With one channel the three agree.
"""

import numpy as np

from unit_tf.evaluation.metrics.pairs import check_pair

HEADLINE = "all_channels"
THRESHOLD = 16


def _per_channel(difference, threshold):
    return np.mean(difference <= threshold)


def _all_channels(difference, threshold):
    return np.mean(np.all(difference <= threshold, axis=-1))


def _euclidean(difference, threshold):
    return np.mean(np.sum(np.square(difference), axis=-1) <= threshold**2)


RULES = {
    "per_channel": _per_channel,
    "all_channels": _all_channels,
    "euclidean": _euclidean,
}


def pixel_accuracy(image, truth, rule=HEADLINE, threshold=THRESHOLD):
    """Share of right pixels in one image; a test set's figure is the mean over its images.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].
      rule: ``"per_channel"``, ``"all_channels"`` or ``"euclidean"``.
      threshold: largest difference that is still right, 0..255.

    Returns:
      float in [0, 1].

    Raises:
      ValueError: the shapes differ.
    """
    check_pair(image, truth)
    difference = np.abs(image.astype(np.int32) - truth)
    return float(RULES[rule](difference, threshold))
