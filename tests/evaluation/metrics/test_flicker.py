"""Flicker: what changes in a translation where nothing changes in its input."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.flicker import STILL, flicker

RNG = np.random.default_rng(0)
SCENE = RNG.integers(0, 256, (12, 16, 3), np.uint8)


def frames(*values):
    return np.stack([np.full((4, 4, 1), v, np.uint8) for v in values])


def test_by_hand():
    """Only the left half is at rest; there the output changes by 7, the input by 1."""
    x, y = np.zeros((2, 4, 4, 3), np.uint8), np.zeros((2, 4, 4, 1), np.uint8)
    x[1, :, :2], x[1, :, 2:] = 1, STILL + 1
    y[1, :, :2], y[1, :, 2:] = 7, 200
    assert flicker(x, y) == (6.0, 0.5)


def test_pixels_count_alike_in_all_pairs():
    x = frames(0, 0, 0)
    x[2, 1:] = 99  # a quarter is at rest in the second pair
    assert flicker(x, frames(0, 10, 60)) == ((16 * 10 + 4 * 50) / 20, 20 / 32)


@pytest.mark.parametrize(("dy", "dx"), [(1, 0), (-2, 3), (0, -1)])
def test_along_a_motion_whatever_moves_alike_is_at_rest(dy, dx):
    wide = np.pad(SCENE, ((4, 4), (4, 4), (0, 0)), "wrap")
    x = np.stack([wide[4 - k * dy :, 4 - k * dx :][:12, :16] for k in range(2)])
    assert flicker(x, 255 - x, (dy, dx)) == (0.0, 1.0)
    assert flicker(x, x)[1] < 0.1


def test_nothing_at_rest_and_wrong_sizes():
    assert flicker(frames(0, 99), frames(0, 0)) == (None, 0.0)
    assert flicker(frames(0), frames(0)) == (None, 0.0)
    with pytest.raises(ValueError, match="of one size"):
        flicker(frames(0), SCENE[None])
    with pytest.raises(ValueError):
        flicker(frames(0, 0), frames(0))
