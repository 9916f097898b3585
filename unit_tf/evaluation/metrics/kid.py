"""KID (Binkowski, Sutherland, Arbel, Gretton 2018): the unbiased squared MMD of two sets.

  k(x, y) = (x.y / D + 1)^3
  MMD^2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)

x and y are Inception's features of length D. Unlike FID it is unbiased at any number of images:
for two sets of the same kind it is centred on 0, and so may be negative. As in the paper it is a
mean over random subsets, sampled without replacement; its cost then grows no faster than the sets.
"""

import math

import numpy as np

from unit_tf.evaluation.metrics.feature_sets import checked_features

SUBSETS, LARGEST_SUBSET = 100, 1000  # the paper's


def kid(features, others, subsets=SUBSETS, largest=LARGEST_SUBSET, seed=0):
    """Mean of MMD^2 over subsets of both sets, with its standard error.

    A subset has ``m = min(largest, n / 2)`` images of each set, n being the smaller set's size.
    The standard error says how far the mean may lie from its value over all images there could be:
    how much it would move with other images of the same kind, and other subsets. From the
    deviation s over subsets it is

      s sqrt(m / (n - m) + 1 / subsets)

    The first part is the delete-d jackknife (Shao and Wu 1989); s / sqrt(subsets) alone, the second
    part, would fall to 0 with ever more subsets of the same few images. It is too large rather
    than too small: where the sets differ in size, and where MMD is nearly 0.

    Args:
      features: float [N, D], one row an image, N of at least 2.
      others: float [M, D], M of at least 2.
      subsets: how many are sampled, 2 or more.
      largest: most images of a set in one, 2 or more.
      seed: of the subsets; equal seeds have equal figures.

    Returns:
      dict fit for JSON: "mean", less is better; "standard_error", None with 2 images in a set,
      which have no smaller subset; "subsets"; "subset_size".

    Raises:
      ValueError: fewer images, other shapes, or values that are not finite.
    """
    x, y = checked_features(features, others)
    count = min(len(x), len(y))
    size = min(largest, max(2, count // 2))
    rng = np.random.default_rng(seed)
    found = [unbiased_mmd(_sampled(rng, x, size), _sampled(rng, y, size)) for _ in range(subsets)]
    error = None
    if count > size:
        error = float(np.std(found, ddof=1) * math.sqrt(size / (count - size) + 1 / subsets))
    return {
        "mean": float(np.mean(found)), "standard_error": error,
        "subsets": subsets, "subset_size": size,
    }  # fmt: skip


def unbiased_mmd(x, y):
    """MMD^2 as above, of all rows.

    Args:
      x: float64 [N, D], N of at least 2.
      y: float64 [M, D], M of at least 2.

    Returns:
      float, which may be negative.
    """
    within = [(_kernel(z, z), len(z)) for z in (x, y)]
    # An image with itself is left out: it is what biases the estimate.
    means = [(k.sum() - np.trace(k)) / (n * (n - 1)) for k, n in within]
    return float(sum(means) - 2 * _kernel(x, y).mean())


def _kernel(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def _sampled(rng, rows, size):
    return rows[rng.choice(len(rows), size, replace=False)]
