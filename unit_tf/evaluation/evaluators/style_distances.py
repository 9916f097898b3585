"""How different two images are, in one measure or more, and real images to measure beside."""

import typing

import numpy as np

from unit_tf.config import UserError
from unit_tf.data.scaling import resize_and_crop
from unit_tf.evaluation.metrics.diversity import PAIRS, pixel_distance


class Distance(typing.NamedTuple):
    """A measure of how different two images are.

    Attributes:
      label: what it is, in words.
      function: (uint8 [N, H, W, C], uint8 [N, H, W, C]) -> float [N].
    """

    label: str
    function: typing.Callable


def open_distances(vgg_weights=None, lpips_weights=None):
    """The distances that there are weights for.

    Args:
      vgg_weights: what ``open_lpips`` takes; None for pixels alone.
      lpips_weights: the same.

    Returns:
      {name: Distance}, ``"pixel"`` always among them.

    Raises:
      UserError: a file cannot be used.
    """
    found = {"pixel": Distance("mean |x - y| of values in [0, 1]", pixel_distance)}
    if vgg_weights:
        distance = open_lpips(vgg_weights, lpips_weights)
        found[distance.name] = Distance(distance.label, distance)
    return found


def open_lpips(vgg_weights, lpips_weights=None):
    """The distance of VGG16's features.

    Args:
      vgg_weights: what ``vgg16.load_vgg`` takes.
      lpips_weights: what ``lpips.read_linear`` takes; None for uncalibrated features.

    Returns:
      lpips.Lpips.

    Raises:
      UserError: a file cannot be used.
    """
    from unit_tf.evaluation.features import lpips
    from unit_tf.models import vgg16

    linear, flag = None, "vgg_weights"
    try:
        vgg = vgg16.load_vgg(vgg_weights)
        if lpips_weights:
            flag = "lpips_weights"
            linear = lpips.read_linear(lpips_weights)
    except ValueError as error:
        raise UserError(f"--{flag}={error}") from None
    return lpips.Lpips(vgg, linear)


def real_pairs(reals, size, rng):
    """As many random pairs of different real images as there are of translations.

    Args:
      reals: list of () -> uint8 [H_i, W_i, C], two or more.
      size: (height, width) to cut them to, as training crops are cut.
      rng: numpy Generator.

    Returns:
      uint8 [2 * PAIRS, *size, C]; each two that follow one another are a pair.
    """
    chosen = [i for _ in range(PAIRS) for i in rng.choice(len(reals), 2, replace=False)]
    return np.stack([resize_and_crop(reals[i](), size, 0, False, rng) for i in chosen])
