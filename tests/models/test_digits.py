import numpy as np
import pytest
import tensorflow as tf

from unit_tf.models.digits import DigitClassifier


@pytest.fixture
def classifier():
    classifier = DigitClassifier(dropout=0.5)
    classifier.build_both({"a": 1, "b": 3})
    return classifier


def test_the_papers_table_5(classifier):
    shapes = [tuple(v.shape) for v in classifier.trainable_variables]
    assert sorted(s for s in shapes if len(s) > 1) == sorted([
        (5, 5, 1, 20), (5, 5, 3, 20), (5, 5, 20, 50), (5, 5, 50, 500), (500, 10),
    ])  # fmt: skip


def test_all_but_the_first_layer_is_shared(classifier):
    owned = {d: getattr(classifier.trunk, f"private_{d}").variables for d in "ab"}
    assert [len(v) for v in owned.values()] == [2, 2]
    owners = [id(v) for v in classifier.trainable_variables]
    assert len(set(owners)) == len(owners) == 10


@pytest.mark.parametrize(("domain", "channels"), [("a", 1), ("b", 3)])
def test_logits_and_dropout(classifier, domain, channels):
    x = tf.random.stateless_uniform([2, 32, 32, channels], (1, 2), -1, 1)
    first, second = (classifier(x, domain=domain, training=True) for _ in range(2))
    assert first.shape == (2, 10) and np.abs(first - second).max() > 0
    np.testing.assert_array_equal(classifier(x, domain=domain), classifier(x, domain=domain))
