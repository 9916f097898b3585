"""The likelihood terms, by hand."""

import pytest
import tensorflow as tf

from unit_tf import config as config_lib
from unit_tf.losses.reconstruction import LIKELIHOODS, l1, squared_sum


def test_mean_of_every_element():
    """|1-3|, |2-2|, |-1-0|, |0.5+0.5| over four pixels."""
    x = tf.reshape([1.0, 2.0, -1.0, 0.5], (1, 2, 2, 1))
    y = tf.reshape([3.0, 2.0, 0.0, -0.5], (1, 2, 2, 1))
    assert l1(x, y).numpy() == pytest.approx((2 + 0 + 1 + 1) / 4)


def test_images_and_channels_are_averaged_not_summed():
    x = tf.zeros((2, 3, 4, 3))
    assert l1(x, x + 0.25).numpy() == pytest.approx(0.25)


def test_half_precision_is_summed_in_float32():
    """2^-9 beside 1 is lost in bfloat16's difference, not in float32's."""
    x = tf.cast(tf.fill((1, 64, 64, 1), 1.0), "bfloat16")
    y = tf.fill((1, 64, 64, 1), 1.0 + 2.0**-9)
    result = l1(x, y)
    assert result.dtype == tf.float32
    assert result.numpy() == pytest.approx(2.0**-9)


def test_squares_are_summed_over_a_image_and_averaged_over_the_batch():
    """4 + 0 + 1 + 1 and 4 * 0.25, of two images."""
    x = tf.reshape([1.0, 2.0, -1.0, 0.5, 0.0, 0.0, 0.0, 0.0], (2, 2, 1, 2))
    y = tf.reshape([3.0, 2.0, 0.0, -0.5, 0.5, 0.5, -0.5, 0.5], (2, 2, 1, 2))
    assert squared_sum(x, y).numpy() == pytest.approx((6 + 1) / 2)


def test_squares_in_half_precision_are_summed_in_float32():
    x = tf.cast(tf.fill((1, 32, 32, 3), 1.0), "bfloat16")
    result = squared_sum(x, tf.fill((1, 32, 32, 3), 1.0 + 2.0**-9))
    assert result.dtype == tf.float32
    assert result.numpy() == pytest.approx(32 * 32 * 3 * 2.0**-18)


def test_every_likelihood_is_a_choice():
    choices = config_lib.lookup("weights.likelihood").metadata["choices"]
    assert set(LIKELIHOODS) == set(choices)
