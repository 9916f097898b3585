"""The L1 term, by hand."""

import pytest
import tensorflow as tf

from unit_tf.losses.reconstruction import l1


def test_mean_of_every_element():
    """|1-3|, |2-2|, |-1-0|, |0.5+0.5| over four pixels."""
    x = tf.reshape([1.0, 2.0, -1.0, 0.5], (1, 2, 2, 1))
    y = tf.reshape([3.0, 2.0, 0.0, -0.5], (1, 2, 2, 1))
    assert l1(x, y).numpy() == pytest.approx((2 + 0 + 1 + 1) / 4)


def test_pictures_and_channels_are_averaged_not_summed():
    x = tf.zeros((2, 3, 4, 3))
    assert l1(x, x + 0.25).numpy() == pytest.approx(0.25)


def test_half_precision_is_summed_in_float32():
    """2^-9 beside 1 is lost in bfloat16's difference, not in float32's."""
    x = tf.cast(tf.fill((1, 64, 64, 1), 1.0), "bfloat16")
    y = tf.fill((1, 64, 64, 1), 1.0 + 2.0**-9)
    result = l1(x, y)
    assert result.dtype == tf.float32
    assert result.numpy() == pytest.approx(2.0**-9)
