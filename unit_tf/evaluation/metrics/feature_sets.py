"""What a distance of two sets asks of their features."""

import numpy as np


def checked_features(features, others):
    """Both sets in float64, in which means over many thousands of products stay exact enough.

    Args:
      features: float [N, D], one row an image, N of at least 2.
      others: float [M, D], M of at least 2.

    Returns:
      (float64 [N, D], float64 [M, D]).

    Raises:
      ValueError: fewer rows, another shape, rows of different lengths, or values that are not
        finite.
    """
    pair = [np.asarray(rows, np.float64) for rows in (features, others)]
    for rows in pair:
        if rows.ndim != 2 or not rows.shape[1]:
            raise ValueError(f"expected features [N, D], got shape {rows.shape}")
        if len(rows) < 2:
            raise ValueError(f"features of {len(rows)} images; 2 or more of each set are needed")
        if not np.isfinite(rows).all():
            raise ValueError("features that are not finite")
    if pair[0].shape[1] != pair[1].shape[1]:
        widths = " and ".join(str(rows.shape[1]) for rows in pair)
        raise ValueError(f"features of {widths} values; they are of different networks")
    return pair
