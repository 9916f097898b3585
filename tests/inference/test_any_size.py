"""Padding is tested with the exports, which need it; here is what is not padded."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.inference.any_size import translate_any_size


class Fixed:
    """Networks of 32x32 pixels alone: the negative."""

    stride = smallest_side = largest_side = 32

    def translate(self, x, direction):
        assert x.shape[1:3] == (32, 32)
        return -x


@pytest.mark.parametrize("size", [(33, 32), (8, 64)])
def test_images_above_the_largest_side_are_refused(size):
    message = rf"{size[0]}x{size[1]} pixels; this translator takes at most 32x32"
    with pytest.raises(ValueError, match=message):
        translate_any_size(Fixed(), tf.zeros([1, *size, 1]), "a2b")


@pytest.mark.parametrize("size", [(32, 32), (20, 9)])
def test_others_are_padded_to_it(size):
    x = np.random.default_rng(0).random((2, *size, 1), np.float32)
    np.testing.assert_array_equal(translate_any_size(Fixed(), tf.constant(x), "a2b"), -x)
