"""relative_l1 by hand."""

import pytest
import tensorflow as tf

from unit_tf.losses.distillation import relative_l1


@pytest.mark.parametrize(
    ("target", "x", "expected"),
    [
        ([4.0, -4.0], [3.0, -4.0], 0.125),  # mean |difference| 0.5 of mean |target| 4
        ([40.0, -40.0], [30.0, -40.0], 0.125),  # a code's scale does not count
        ([1.0, 3.0], [0.0, 0.0], 1.0),
        ([0.0, 0.0], [2.0, 2.0], 0.0),  # a dead code says nothing
    ],
)
def test_by_hand(target, x, expected):
    assert float(relative_l1(tf.constant(target), tf.constant(x))) == pytest.approx(expected)


def test_no_gradient_reaches_the_target():
    target, x = tf.constant([2.0]), tf.constant([1.0])
    with tf.GradientTape() as tape:
        tape.watch([target, x])
        loss = relative_l1(target, x)
    to_target, to_x = tape.gradient(loss, [target, x])
    assert to_target is None and float(to_x[0]) == pytest.approx(-0.5)
