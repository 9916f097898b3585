"""Inception Score and Conditional Inception Score, from a classifier's probabilities.

Both reward images that the classifier is sure about. The Inception Score (Salimans et al. 2016)
also wants the classes of *all* translations to differ, the conditional one (MUNIT, section 5.2)
those of the translations of *one* input: a translator with one answer for an input has a CIS of 1,
however high its IS.

Figures compare only under the same classifier, number of inputs and number of translations. The
paper's is an Inception-v3 fine-tuned on the classes of the target domain.
"""

import numpy as np

# How far a row may be from 1: float16 rounds a thousand classes to within about this.
TOLERANCE = 1e-2


def inception_score(probabilities):
    """IS = exp(E_x KL(p(y|x) || p(y))), with p(y) the mean of p(y|x) over all images.

    Args:
      probabilities: float [..., K], p(y|x) over K classes; all axes but the last are images.

    Returns:
      float in [1, K]; more is better.

    Raises:
      ValueError: rows that are no probabilities.

    Example:
      >>> inception_score(np.eye(4))
      4.0
    """
    given = checked_probabilities(probabilities)
    given = given.reshape(-1, given.shape[-1])
    return _exponential(_divergence(given, given.mean(0)).mean())


def conditional_inception_score(probabilities):
    """CIS = exp(E_{x1} E_{x12|x1} KL(p(y2|x12) || p(y2|x1))).

    p(y2|x1) is the mean of p(y2|x12) over the translations x12 of the input x1.

    Args:
      probabilities: float [inputs, translations, K], p(y2|x12) of each translation of each input.

    Returns:
      float in [1, min(K, translations)]; more is better, 1 for translations that all look alike to
      the classifier.

    Raises:
      ValueError: another number of axes, or rows that are no probabilities.
    """
    given = checked_probabilities(probabilities)
    if given.ndim != 3:
        raise ValueError(f"expected [inputs, translations, K], got shape {given.shape}")
    return _exponential(_divergence(given, given.mean(1, keepdims=True)).mean())


def checked_probabilities(values):
    """The same as float64, each row divided by its sum, which a float32 softmax misses by a little.

    Args:
      values: float [..., K].

    Raises:
      ValueError: none, or a row that is not finite, negative somewhere, or sums to other than 1;
        logits, or a sigmoid for each class, are no probabilities over classes.
    """
    values = np.asarray(values, np.float64)
    if values.ndim < 2 or not values.size:
        raise ValueError(f"expected probabilities [..., K], got shape {values.shape}")
    sums = values.sum(-1, keepdims=True)
    if not np.isfinite(values).all() or values.min() < 0 or np.abs(sums - 1).max() > TOLERANCE:
        raise ValueError(
            f"rows with values {values.min():.3g} to {values.max():.3g} and sums {sums.min():.3g} "
            f"to {sums.max():.3g} are no probabilities; expected a softmax over classes, sums of 1"
        )
    return values / sums


def _divergence(p, q):
    """KL(p || q) = sum_k p_k log(p_k / q_k), 0 log 0 = 0; q, a mean of p, is 0 only where p is."""
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return (p * np.log(ratio)).sum(-1)


def _exponential(mean):
    # A KL divergence is not negative; rounding makes it -1e-17.
    return float(np.exp(max(mean, 0.0)))
