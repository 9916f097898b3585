"""The Frechet distance of two sets of features: FID (Heusel et al. 2017), if they are Inception's.

  d = |m_x - m_y|^2 + tr(C_x) + tr(C_y) - 2 tr((C_x C_y)^(1/2))

m and C are a set's mean and covariance (by n - 1), so d is the squared Wasserstein distance of the
Gaussians that have them. Two sets of the same kind are not at 0: the estimate is biased upwards, by
an amount that depends on what is compared and falls with the number of images, so figures compare
only at the same number. Below D + 1 images a covariance is singular; the formula stands that, but
the bias is large. ``kid.py`` has none.
"""

import numpy as np

from unit_tf.evaluation.metrics.feature_sets import checked_features


def frechet_distance(features, others):
    """The distance above.

    No root of a matrix is taken: with C_x = R_x^T R_x and C_y = R_y^T R_y the last trace is the sum
    of the singular values of R_x R_y^T, which loses no digits where C is singular or nearly so.

    Args:
      features: float [N, D], one row an image, N of at least 2.
      others: float [M, D], M of at least 2.

    Returns:
      float, not negative; less is better, 0 for equal means and covariances.

    Raises:
      ValueError: fewer images, other shapes, or values that are not finite.

    Example:
      >>> frechet_distance([[0.0], [2.0]], [[5.0], [7.0]])  # equal but for their means
      25.0
    """
    x, y = checked_features(features, others)
    shift = np.square(x.mean(0) - y.mean(0)).sum()
    root_x, root_y = _root_of_covariance(x), _root_of_covariance(y)
    spread = np.square(root_x).sum() + np.square(root_y).sum()
    common = np.linalg.svd(root_x @ root_y.T, compute_uv=False).sum()
    return float(max(shift + spread - 2 * common, 0.0))  # rounding makes 0 a -1e-14


def _root_of_covariance(rows):
    """R [min(N, D), D] with R^T R the covariance of float64 [N, D]."""
    root = (rows - rows.mean(0)) / np.sqrt(len(rows) - 1)
    return np.linalg.qr(root, mode="r") if len(root) > root.shape[1] else root
