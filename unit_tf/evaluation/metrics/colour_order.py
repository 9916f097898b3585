"""Whether a translation gives its colours to the right things.

An unpaired translator is told which colours the other domain has, not what has them: deserts in
the forests' colour and forests in the deserts' fool a discriminator as well as the reverse.
"""

import numpy as np

from unit_tf.evaluation.metrics.pairs import check_pair


def colour_order(images, truths, masks=None):
    """Correlation of translations and truths along the truths' main colour axis.

    The axis is the first principal component of the truths' colours, along which they differ most.
    Both are projected on it, and the projections of all pixels correlated.

    Args:
      images: list of uint8 [H_i, W_i, C], translations.
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
    masks = masks or [np.ones(truth.shape[:2], bool) for truth in truths]
    found, true = _pixels(images, truths, masks)
    centred = true - true.mean(0)
    axis = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    x, y = (found - found.mean(0)) @ axis, centred @ axis
    spread = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / spread) if spread > 1e-9 * len(true) else 0.0


def part_contrast(images, truths, masks):
    """How far translations tell two parts of an image, such as land and sea, apart as truths do.

    c = (f_1 - f_0) . (t_1 - t_0) / |t_1 - t_0|^2, of the translations' mean colours f and the
    truths' t in the part 1 that the masks hold and in the rest 0.

    Args:
      images: list of uint8 [H_i, W_i, C], translations.
      truths: list of uint8 of the same shapes.
      masks: list of bool [H_i, W_i], one part.

    Returns:
      float: 1 where the parts differ as in the truth, 0 where they do not, negative where each has
      the other's colours; 0 too where the truths' parts have one mean.

    Raises:
      ValueError: a part without pixels, or shapes that differ.

    Example:
      >>> truth = np.uint8([[[0, 0, 9], [0, 9, 0]]])
      >>> part_contrast([truth[:, ::-1]], [truth], [np.array([[True, False]])])
      -1.0
    """
    one, rest = (_pixels(images, truths, side) for side in (masks, [~m for m in masks]))
    found, true = (part - other for part, other in zip(_means(one), _means(rest), strict=True))
    length = true @ true
    return float(found @ true / length) if length else 0.0


def _means(sides):
    return [pixels.mean(0) for pixels in sides]


def _pixels(images, truths, masks):
    """Float64 [N, C] of the masks' pixels in images and in truths."""
    for image, truth in zip(images, truths, strict=True):
        check_pair(image, truth)
    found = [
        np.concatenate([p[m] for p, m in zip(side, masks, strict=True)] or [[]]).astype(np.float64)
        for side in (images, truths)
    ]
    if not len(found[1]):
        raise ValueError("no pixels to compare")
    return found
