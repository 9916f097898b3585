"""The distance of features, by hand."""

import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.losses.feature_distance import feature_distance

FIRST = [[1.0, -2.0, 0.5], [0.0, 0.0, 4.0]]
SECOND = [[0.0, 1.0, 0.5], [0.0, 2.0, 1.0]]
# |1| + |-3| + |0| and |0| + |-2| + |3|; their squares.
GOLDENS = {"l1": (4 + 5) / 2, "squared": (10 + 13) / 2}


@pytest.mark.parametrize("kind", GOLDENS)
def test_summed_over_features_and_averaged_over_the_batch(kind):
    found = feature_distance(tf.constant(FIRST), tf.constant(SECOND), kind)
    assert found.shape == () and found.numpy() == pytest.approx(GOLDENS[kind])


def test_l1_is_the_default():
    assert feature_distance(FIRST, SECOND).numpy() == pytest.approx(GOLDENS["l1"])


def test_every_kind_is_a_choice_and_has_a_golden():
    assert set(config_lib.lookup("weights.feature_distance").metadata["choices"]) == set(GOLDENS)


@pytest.mark.parametrize("kind", GOLDENS)
def test_half_precision_is_summed_in_float32(kind):
    """512 differences of 2^-9: a bfloat16 sum would stop growing."""
    first = tf.cast(tf.ones((1, 512)), "bfloat16")
    found = feature_distance(first, tf.fill((1, 512), 1.0 + 2.0**-9), kind)
    assert found.dtype == tf.float32
    assert found.numpy() == pytest.approx(1 if kind == "l1" else 2.0**-9)
