"""relative_l1 by hand."""

import pytest
import tensorflow as tf

from unit_tf.losses.distillation import relative_l1


def codes(*images):
    """[N, 1, 1, c], of one list of numbers an image."""
    return tf.constant(images)[:, None, None]


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
    assert float(relative_l1(codes(target), codes(x))) == pytest.approx(expected)


def test_a_batch_costs_what_its_images_do():
    """Or devices that share a batch would learn something else than one."""
    target, x = codes([4.0, -4.0], [1.0, 1.0]), codes([3.0, -4.0], [1.0, 0.0])
    alone = [float(relative_l1(target[i : i + 1], x[i : i + 1])) for i in (0, 1)]
    assert alone == [0.125, 0.5]
    assert float(relative_l1(target, x)) == pytest.approx(sum(alone) / 2)


def test_no_gradient_reaches_the_target():
    target, x = codes([2.0]), codes([1.0])
    with tf.GradientTape() as tape:
        tape.watch([target, x])
        loss = relative_l1(target, x)
    to_target, to_x = tape.gradient(loss, [target, x])
    assert to_target is None and float(to_x[0, 0, 0, 0]) == pytest.approx(-0.5)
