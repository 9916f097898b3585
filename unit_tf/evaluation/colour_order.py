"""Whether a translation gives its colours to the right things.

An unpaired translator is told which colours the other domain has, not what has them: deserts drawn
in the forests' colour and forests in the deserts' fool a discriminator as well as the reverse.
"""

import numpy as np

from unit_tf.evaluation.pairs import check_pair


def colour_order(pictures, truths, masks=None):
    """Correlation of translations and truths along the truths' main colour axis.

    The axis is the first principal component of the truths' colours, along which they differ most.
    Both are projected on it, and the projections of all pixels correlated.

    Args:
      pictures: list of uint8 [H_i, W_i, C], translations.
      truths: list of uint8 of the same shapes.
      masks: list of bool [H_i, W_i], the pixels that count; None for all.

    Returns:
      float in [-1, 1]: 1 where colours lie as in the truth, negative where they are swapped, 0
      where nothing can be said because one of the two is flat.

    Raises:
      ValueError: no pixels, or shapes that differ.

    Example:
      >>> stripes = np.uint8([[[0, 9, 0], [200, 9, 0]]])
      >>> round(colour_order([stripes[:, ::-1]], [stripes]), 3)
      -1.0
    """
    for picture, truth in zip(pictures, truths, strict=True):
        check_pair(picture, truth)
    masks = masks or [np.ones(truth.shape[:2], bool) for truth in truths]
    found, true = (
        np.concatenate([p[m] for p, m in zip(side, masks, strict=True)] or [[]]).astype(np.float64)
        for side in (pictures, truths)
    )
    if not len(true):
        raise ValueError("no pixels to compare")
    centred = true - true.mean(0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    x, y = (found - found.mean(0)) @ axis, centred @ axis
    spread = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / spread) if spread > 1e-9 * len(true) else 0.0
