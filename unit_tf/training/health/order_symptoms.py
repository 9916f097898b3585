"""Symptoms of turned colours: what was bright is dark, or what was blue is orange.

No truth is at hand, and a target may rightly be a negative of the source, as black digits on white
are of white ones on black. So both domains' distributions, each brought to mean 0 and deviation 1,
are compared: where the target's lies nearer to the source's turned round than to the source's
itself, turning round is right, and nothing is said. Nor is before reconstructions are learned.
"""

import numpy as np
from scipy import stats

from unit_tf.training.health.base import Symptom, worst
from unit_tf.training.health.translation_symptoms import Reconstruction

SIDE = 16  # blocks along a side, whose means are compared: shapes may change a little
TIE = 0.1  # differences below it, as a flat ground's, have no order
LEAST_PAIRS = 0.02  # share of pairs that must have one in both
LEAST_CONTRAST = 0.02  # standard deviation below which there is no distribution to compare
MARGIN = 0.1  # by how much nearer the turned distribution must be to count
ADVICE = (
    "a new folder with --model.same_start=true",
    "another --run.seed",
    "a higher --weights.identity",
    "to leave it so if B's images are meant to be negatives of A's",
)


class Turned(Symptom):
    """A property of pixels has the opposite order in translations and in their images.

    value = (C - D) / (C + D): of the pairs of blocks of one image that differ by more than 0.1 in
    both, C are in the same order in an image and its translation, and D in the other. This is
    Goodman and Kruskal's gamma, a rank correlation without ties, which would make a correlation of
    flat grounds one of noise.
    """

    above = False
    advice = ADVICE

    def properties(self, x, y, target):
        """The property of the pixels of images, of their translations, and of the target's images.

        Args:
          x, y, target: float32 [N, H, W, C] of each.

        Returns:
          list of three float [N, H, W]; None where they do not have it.
        """
        raise NotImplementedError

    def measure(self, seen):
        if not learned(seen):
            return None
        found = {}
        for direction, y in seen.translated.items():
            x, target = (seen.images[d] for d in direction.split("2"))
            parts = self.properties(x, y, target)
            if parts is not None:
                found[direction] = kept_order(*parts)
        return worst(found, self.above)


class BrightnessTurned(Turned):
    """Translations are dark where their images are bright: their luminance is turned."""

    name = "brightness_turned"
    limit = -0.7
    says = "translations {where} are dark where their images are bright"
    number = "rank correlation of brightness"

    def properties(self, x, y, target):
        return [luminance(part) for part in (x, y, target)]


class HueTurned(Turned):
    """Translations have the opposite hues of their images.

    The property is the colours without their brightness, projected on the axis along which the
    images' differ most.
    """

    name = "hue_turned"
    limit = -0.5
    says = "translations {where} have the opposite hues of their images"
    number = "rank correlation of hue"

    def properties(self, x, y, target):
        if any(part.shape[-1] != 3 for part in (x, y, target)):
            return None
        colours = [opponents(part) for part in (x, y, target)]
        axis = main_axis(colours[0])
        return [part @ axis for part in colours]


def learned(seen):
    """Returns whether images are reconstructed so well that the translations' order says something.

    Before, what is bright and what is dark is still left to the start. True where nothing is
    reconstructed.
    """
    reconstruction = Reconstruction()
    measurement = reconstruction.measure(seen)
    return measurement is None or measurement.value <= reconstruction.limit


def luminance(x):
    """Returns the brightness, float32 [N, H, W], of images [N, H, W, 1 or 3]."""
    return x @ np.float32([0.299, 0.587, 0.114]) if x.shape[-1] == 3 else x[..., 0]


def opponents(x):
    """Returns hue and saturation as two opponent colours, float32 [N, H, W, 2]: R - G, yellow - B.

    Both are 0 for every grey.
    """
    red, green, blue = np.moveaxis(x, -1, 0)
    return np.stack([red - green, (red + green) / 2 - blue], -1)


def main_axis(x):
    """Returns the direction, float [C], in which the vectors [N, H, W, C] differ most."""
    flat = x.reshape(-1, x.shape[-1]).astype(np.float64)
    centred = flat - flat.mean(0)
    return np.linalg.eigh(centred.T @ centred)[1][:, -1]


def blocks(x):
    """Returns means over blocks, [N, B], of [N, H, W]; at most 16 along a side."""
    height, width = (max(1, side // SIDE) for side in x.shape[1:])
    x = x[:, : x.shape[1] // height * height, : x.shape[2] // width * width]
    x = x.reshape(len(x), x.shape[1] // height, height, -1, width)
    return x.mean((2, 4)).reshape(len(x), -1)


def kept_order(x, y, target):
    """Returns the rank correlation of images and translations, over pairs of blocks of an image.

    Args:
      x: float [N, H, W], a property of the images' pixels.
      y: the same of the translations.
      target: the same of the target domain's images.

    Returns:
      float in [-1, 1]; None where nothing varies, or where the order should turn.
    """
    x, y, target = blocks(x), blocks(y), blocks(target)
    if min(x.std(), target.std()) < LEAST_CONTRAST or should_turn(x, target):
        return None
    orders = _order(x) * _order(y)
    pairs = np.count_nonzero(orders)
    return float(orders.sum() / pairs) if pairs > LEAST_PAIRS * orders.size else None


def _order(x):
    """int8 [N, B, B]: for each pair of blocks whether the first is larger, 1, smaller, -1, or 0."""
    difference = x[:, :, None] - x[:, None]
    return (difference > TIE).astype(np.int8) - (difference < -TIE)


def should_turn(x, target):
    """Returns whether the target's distribution is rather the negative's than the source's.

    Args:
      x: float array of the source's values.
      target: float array of the target's.
    """
    straight, turned = (_distance(sign * x, target) for sign in (1, -1))
    return turned < straight - MARGIN


def _distance(x, y):
    """The Wasserstein distance of two distributions at mean 0 and deviation 1."""
    return stats.wasserstein_distance(*((v.ravel() - v.mean()) / v.std() for v in (x, y)))
