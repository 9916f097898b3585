"""The weighted sum forgets no term and no weight."""

import pytest
import tensorflow as tf

from unit_tf.losses.weighting import family, weighted_sum


def test_every_term_times_its_familys_weight():
    terms = {"gan/a": tf.constant(2.0), "gan/b": tf.constant(3.0), "cycle/a": tf.constant(0.5)}
    assert weighted_sum(terms, {"gan": 10.0, "cycle": 100.0}).numpy() == 10 * 5 + 100 * 0.5


def test_a_weight_of_zero_needs_no_term():
    assert weighted_sum({"gan/a": 2.0}, {"gan": 10.0, "kl": 0.0, "cycle": 0}) == 20


@pytest.mark.parametrize(
    ("terms", "weights", "message"),
    [
        ({"gan/a": 1.0}, {"gan": 1.0, "kl": 0.1}, r"weights without a term: \['kl'\]"),
        ({}, {"gan": 1.0}, r"weights without a term: \['gan'\]"),
        ({"gan/a": 1.0, "kl/a": 1.0}, {"gan": 1.0}, r"terms without an active weight: \['kl'\]"),
        ({"gan/a": 1.0, "kl/a": 1.0}, {"gan": 1.0, "kl": 0.0},
         r"terms without an active weight: \['kl'\]"),
        ({"gann/a": 1.0}, {"gan": 1.0}, r"weights without a term: \['gan'\]"),
    ],
)  # fmt: skip
def test_a_term_or_a_weight_alone_is_an_error(terms, weights, message):
    with pytest.raises(ValueError, match=message):
        weighted_sum(terms, weights)


@pytest.mark.parametrize(("key", "name"), [("cycle/a", "cycle"), ("cycle_kl/b", "cycle_kl"),
                                           ("total", "total"), ("a/b/c", "a")])  # fmt: skip
def test_family(key, name):
    assert family(key) == name
