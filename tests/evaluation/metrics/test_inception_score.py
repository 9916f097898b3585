"""IS and CIS on probabilities whose divergences can be worked out."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.inception_score import (
    checked_probabilities,
    conditional_inception_score,
    inception_score,
)

A, B, UNSURE = [1, 0], [0, 1], [0.5, 0.5]
# KL([.75, .25] || [.5, .5]) = .75 log 1.5 + .25 log .5
TILTED = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        ([A, B], 2),  # each log(1 / (1/2))
        ([A, A], 1),
        ([UNSURE, UNSURE], 1),
        # p(y) = [.5, .5]: two of log 2, two of 0.
        ([A, B, UNSURE, UNSURE], np.sqrt(2)),
        ([[0.75, 0.25], [0.25, 0.75]], np.exp(TILTED)),
        # p(y) = [.75, .25]: three of log(1 / .75), one of log(1 / .25).
        ([A, A, A, B], np.exp((3 * np.log(4 / 3) + np.log(4)) / 4)),
        (np.eye(7), 7),
    ],
)
def test_inception_score(rows, score):
    assert inception_score(rows) == pytest.approx(score, rel=1e-12)


@pytest.mark.parametrize(
    ("inputs", "score"),
    [
        # One answer for an input, however the inputs differ.
        ([[A, A], [B, B]], 1),
        ([[A, B], [B, A]], 2),
        # The first input's log 2 and the second's 0.
        ([[A, B], [A, A]], np.sqrt(2)),
        ([[[0.75, 0.25], [0.25, 0.75]], [UNSURE, UNSURE]], np.exp(TILTED / 2)),
        ([np.eye(3)], 3),
    ],
)
def test_conditional_inception_score(inputs, score):
    assert conditional_inception_score(inputs) == pytest.approx(score, rel=1e-12)


def test_both_scores_of_the_same_translations_differ():
    """Inputs of different classes with one translation each way: IS 2, CIS 1."""
    translations = np.array([[A, A, A], [B, B, B]])
    assert inception_score(translations) == pytest.approx(2)
    assert conditional_inception_score(translations) == pytest.approx(1)


def test_all_axes_but_the_last_are_images():
    rng = np.random.default_rng(0)
    rows = rng.dirichlet(np.ones(5), 12)
    assert inception_score(rows.reshape(3, 4, 5)) == pytest.approx(inception_score(rows))


def test_bounds():
    """1 <= CIS <= IS <= K: the translations' spread is part of everything's."""
    rng = np.random.default_rng(1)
    for concentration in (0.01, 0.3, 3.0):
        p = rng.dirichlet(np.full(4, concentration), (6, 8))
        assert 1 <= conditional_inception_score(p) <= inception_score(p) <= 4


def test_equal_rows_give_exactly_one():
    """Rounding may make a divergence a little negative; scores stay in their range."""
    rows = np.tile(np.random.default_rng(0).dirichlet(np.ones(1000)), (7, 1))
    assert inception_score(rows) >= 1
    assert inception_score(rows) == pytest.approx(1, abs=1e-12)


def test_half_precision_is_renormalised():
    rows = np.random.default_rng(0).dirichlet(np.ones(1000), 3).astype(np.float16)
    assert (rows.astype(float).sum(-1) != 1).any()
    np.testing.assert_allclose(checked_probabilities(rows).sum(-1), 1, rtol=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        [[2.0, -1.0]],  # sums to 1 all the same
        [[3.0, 1.0]],
        [[0.4, 0.4]],
        [A, [0.9, 0.9]],
        [[np.nan, 1]],
        [[np.inf, 0]],
        [1.0, 0.0],
        np.zeros((0, 3)),
    ],
    ids=["negative", "logits", "too little", "one row", "nan", "infinite", "no rows", "empty"],
)
def test_only_probabilities(rows):
    with pytest.raises(ValueError, match="probabilities"):
        inception_score(rows)


def test_the_conditional_score_needs_to_know_the_inputs():
    with pytest.raises(ValueError, match=r"\[inputs, translations, K\]"):
        conditional_inception_score([A, B])
