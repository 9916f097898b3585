"""How different the translations of one image are (MUNIT, section 5.2, after BicycleGAN).

Each of up to 100 inputs has 38 translations in random styles. They make 19 random pairs; the
input's figure is the pairs' mean distance, and the score is the mean over inputs. The caller says
what a distance is: the paper's is LPIPS (``lpips.py``), and ``pixel_distance`` needs no other
network.

Diversity alone is no quality: noise is diverse too. The same figure of random pairs of real
images says what the target domain itself has.
"""

import math

import numpy as np

INPUTS = 100
PAIRS = 19


def pixel_distance(images, others):
    """Mean |x - y| over pixels and channels, of values in [0, 1].

    Args:
      images: uint8 [N, H, W, C], where 255 counts as 1, or float [N, H, W, C] in [0, 1].
      others: the same shape and type.

    Returns:
      float64 [N], each in [0, 1].

    Raises:
      ValueError: the shapes or types differ.
    """
    check_batches(images, others)
    white = 255.0 if images.dtype == np.uint8 else 1.0
    difference = np.abs(images.astype(np.float64) - others) / white
    return difference.mean((1, 2, 3))


def check_batches(images, others):
    """Raises ValueError unless the two are [N, H, W, C] of one shape and type.

    Args:
      images: array.
      others: array.
    """
    if images.shape != others.shape or images.dtype != others.dtype or images.ndim != 4:
        raise ValueError(
            f"expected two batches [N, H, W, C] of one type, got {images.dtype} "
            f"{images.shape} and {others.dtype} {others.shape}"
        )


def paired_distance(images, distance):
    """Mean distance of the pairs (0, 1), (2, 3), ... of one input's translations.

    Translations sampled independently make random pairs in any order, and in this one no image
    stands in two pairs.

    Args:
      images: [2 * pairs, H, W, C], uint8 or float.
      distance: (batch, batch) -> [pairs], such as ``pixel_distance``.

    Returns:
      float.

    Raises:
      ValueError: no images, or an odd number.
    """
    if not len(images) or len(images) % 2:
        raise ValueError(f"expected pairs of images, got {len(images)} images")
    return float(np.mean(distance(images[::2], images[1::2])))


def mean_over_inputs(distances):
    """The score of a test set.

    Args:
      distances: one ``paired_distance`` an input; non-empty.

    Returns:
      dict fit for JSON: "mean", and "standard_error" of it (the standard deviation over inputs, by
      n - 1, over sqrt(n)), None for a single input.

    Raises:
      ValueError: no inputs.

    Example:
      >>> translations = np.stack([np.zeros((8, 8, 3)), np.full((8, 8, 3), 0.5)])
      >>> distance = paired_distance(translations, pixel_distance)
      >>> mean_over_inputs([distance, distance])
      {'mean': 0.5, 'standard_error': 0.0}
    """
    count = len(distances)
    if not count:
        raise ValueError("no inputs to score")
    error = float(np.std(distances, ddof=1) / math.sqrt(count)) if count > 1 else None
    return {"mean": float(np.mean(distances)), "standard_error": error}


def table(distances, groups):
    """Means and their standard errors as lines of text, one distance a line.

    Args:
      distances: {name: {"label": what it is, group: ``mean_over_inputs`` of it, or None}}.
      groups: names of the columns.

    Returns:
      str without a final newline.
    """
    lines = [f"{'':26}" + "".join(f"{group:>20}" for group in groups)]
    for name, found in distances.items():
        cells = "".join(f"{_cell(found[group]):>20}" for group in groups)
        lines.append(f"{name:26}{cells}  {found['label']}")
    return "\n".join(lines)


def _cell(found):
    if found is None:
        return "-"
    error = found["standard_error"]
    return f"{found['mean']:.4f}" + ("" if error is None else f" +- {error:.4f}")
