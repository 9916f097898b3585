"""Images through a method's networks: few graphs, and one line where they fail."""

import math

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.inference.compiled_networks import compiled_translation, image_translator


def test_diverged_translator():
    class Diverged:
        stride = smallest_side = 4
        largest_side = math.inf

        def translate(self, x, direction):
            return x * np.nan

    run = image_translator(Diverged(), "a2b")
    with pytest.raises(UserError, match=r"x\.png: the translator gives NaN"):
        run(np.zeros((4, 4, 3), np.uint8), "x.png")


def test_out_of_memory():
    class Large:
        stride = smallest_side = 4
        largest_side = math.inf

        def translate(self, x, direction):
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating")

    run = image_translator(Large(), "a2b")
    with pytest.raises(UserError, match=r"x\.png: 4x8 pixels do not fit"):
        run(np.zeros((4, 8, 3), np.uint8), "x.png")


def test_sizes_do_not_pile_up_graphs():
    calls = []

    class Counting:
        stride = smallest_side = 4
        largest_side = math.inf

        def translate(self, x, direction):
            calls.append(x.shape)
            return x

    run = image_translator(Counting(), "a2b")
    for size in range(1, 12):
        assert run(np.zeros((size, 2 * size, 3), np.uint8), "x").shape == (size, 2 * size, 3)
    assert len(calls) <= 3


@pytest.mark.parametrize(
    "largest, sides", [(math.inf, [(None, None)]), (8, [(4, 8), (None, None)])]
)
def test_several_sizes_need_one_graph(largest, sides):
    """Where sides are bounded, the first graph has the sides of the first image."""
    traced = []

    class Noting:
        stride, smallest_side, largest_side, channels = 4, 4, largest, {"a": 3, "b": 1}

        def translate(self, x, direction):
            traced.append(tuple(x.shape[1:3]))
            return x

    compiled = compiled_translation(Noting(), "a2b", any_size=True)
    for size in [(4, 8), (8, 4)]:
        x = tf.random.stateless_normal([1, *size, 3], size)
        np.testing.assert_array_equal(compiled(x), x)
    assert traced == sides
