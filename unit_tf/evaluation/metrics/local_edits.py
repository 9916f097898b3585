"""Scores apart for the region that a translation should change, and for the rest of the image.

The changed region holds the pixels in which the truth differs from the input. An edit such as a
pair of glasses covers 1 or 2 % of an image: a score over all pixels is then nearly perfect for the
untouched input and says little about a translator. Inside the region the untouched input is the
score to beat; outside it is almost perfect, and a translator should stay close to it.
"""

import numpy as np

from unit_tf.evaluation.metrics.pairs import check_pair
from unit_tf.evaluation.metrics.pixel_accuracy import HEADLINE, THRESHOLD

# Largest difference between input and truth, in any channel, that is not yet a change. Rounding of
# rasterised artwork is off by a few levels, and so is a JPEG file of good quality; an edit that
# somebody can see is far more.
UNCHANGED = 8
# Mean share of the pixels up to which an edit is local. Beyond it the region is nearly the whole
# image, and what lies outside may be a dozen pixels.
LOCAL = 0.5
REGIONS = ("inside", "outside")
CONTENDERS = ("translation", "identity")
ACCURACY = f"accuracy/{HEADLINE}"
METRICS = (ACCURACY, "l1")


def changed_region(image, truth, unchanged=UNCHANGED):
    """True where the truth differs from the input.

    Args:
      image: uint8 [H, W, C], the input.
      truth: uint8 [H, W, C].
      unchanged: largest difference in any channel that does not count, 0..255.

    Returns:
      bool [H, W].

    Raises:
      ValueError: the shapes differ.
    """
    check_pair(image, truth)
    return (_difference(image, truth) > unchanged).any(-1)


def score_regions(image, translation, truth):
    """Scores of one translation, and of its untouched input, inside and outside the changed region.

    Args:
      image: uint8 [H, W, C], the input.
      translation: uint8 [H, W, C].
      truth: uint8 [H, W, C].

    Returns:
      dict: "changed", the region's share of the pixels in [0, 1], and under "inside" and "outside"
      {contender: {metric: float}}, or None where that region has no pixel. Metrics are L1 (0-255,
      mean over pixels and channels) and the share of pixels within 16 in all channels.

    Raises:
      ValueError: the shapes differ.
    """
    inside = changed_region(image, truth)
    found = {"changed": float(inside.mean()), **dict.fromkeys(REGIONS)}
    check_pair(translation, truth)
    differences = {
        "translation": _difference(translation, truth), "identity": _difference(image, truth)
    }  # fmt: skip
    for region, mask in zip(REGIONS, (inside, ~inside), strict=True):
        if mask.any():
            found[region] = {name: _scores(d[mask]) for name, d in differences.items()}
    return found


def summarize(scores):
    """The means over a test set.

    A region's means are over the images in which it is not empty, and each of them weighs the same.

    Args:
      scores: non-empty list of dict from ``score_regions``.

    Returns:
      dict fit for JSON: "unchanged" (the threshold), "images", "changed" (mean share of the
      pixels), and under "inside" and "outside" "images" (how many have that region) and
      {contender: {metric: mean}}, or None where no image has that region.
    """
    return {
        "unchanged": UNCHANGED,
        "images": len(scores),
        "changed": float(np.mean([s["changed"] for s in scores])),
        **{region: _means([s[region] for s in scores if s[region]]) for region in REGIONS},
    }


def table(result):
    """The figures as a few lines of text.

    Args:
      result: dict from ``summarize``.

    Returns:
      str without a final newline.
    """
    lines = [
        f"changed region: {result['changed']:.2%} of the pixels, where truth and input differ by "
        f"more than {result['unchanged']}"
    ]
    for region in REGIONS:
        found = result[region]
        if not found:
            lines.append(f"{region}: no image has such pixels")
            continue
        heading = f"{region}, {found['images']} image{'s' * (found['images'] != 1)}"
        lines.append(f"{heading:26}" + "".join(f"{name:>13}" for name in CONTENDERS))
        for metric in METRICS:
            cells = "".join(f"{found[name][metric]:13.4f}" for name in CONTENDERS)
            lines.append(f"  {metric:24}{cells}")
    return "\n".join(lines)


def _difference(image, truth):
    return np.abs(image.astype(np.int16) - truth)


def _scores(difference):
    """{metric: float} of int [N, C], the absolute differences in one region's pixels."""
    right = (difference <= THRESHOLD).all(-1)
    return {ACCURACY: float(right.mean()), "l1": float(difference.mean())}


def _means(scores):
    if not scores:
        return None
    means = {
        name: {metric: float(np.mean([s[name][metric] for s in scores])) for metric in METRICS}
        for name in CONTENDERS
    }
    return {"images": len(scores), **means}
