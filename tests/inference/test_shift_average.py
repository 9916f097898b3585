"""The mean over shifts: blind to where an object lies on a network's grid, and else the same."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.inference.shift_average import over_shifts, shift_offsets

STRIDE = 4
IMAGE = np.random.default_rng(0).random((1, 24, 28, 2), np.float32)


def gridded(x):
    """Keeps every fourth pixel of both sides and repeats it: as bound to a grid as can be."""
    x = tf.repeat(tf.repeat(x[:, ::STRIDE, ::STRIDE], STRIDE, 1), STRIDE, 2)
    return x[:, : x.shape[1] // STRIDE * STRIDE, : x.shape[2] // STRIDE * STRIDE]


def cropped(x):
    return gridded(x)[:, : x.shape[1], : x.shape[2]]


def test_offsets_go_evenly_over_the_stride():
    assert [shift_offsets(4, n) for n in (1, 2, 4)] == [[0], [0, 2], [0, 1, 2, 3]]
    assert shift_offsets(2, 4) == [0, 1] and shift_offsets(1, 4) == [0]


@pytest.mark.parametrize(("shifts", "least", "most"), [(1, 0.1, 1), (2, 0.05, 0.3), (4, 0, 1e-6)])
def test_a_motion_of_a_pixel_moves_the_translation(shifts, least, most):
    run = over_shifts(cropped, STRIDE, shifts)
    before, after = run(IMAGE[:, :, 4:]), run(IMAGE[:, :, 3:-1])
    inner = slice(4, -4)
    apart = np.abs(after[:, inner, 5:-4] - before[:, inner, 4:-5]).mean()
    assert least <= apart <= most


@pytest.mark.parametrize("size", [(24, 28), (1, 2), (5, 3)])
def test_a_network_that_commutes_is_left_as_it_is(size):
    """Sides below the shifts too; styles are passed on."""
    x = IMAGE[:, : size[0], : size[1]]
    run = over_shifts(lambda x, style: style - x, STRIDE, 4)
    np.testing.assert_allclose(run(x, 2.0), 2 - x, atol=1e-6)
