"""Smoothing over time: where the input rests, and nowhere else."""

import numpy as np

from unit_tf.inference.temporal_smoothing import TemporalSmoothing

RNG = np.random.default_rng(0)


def test_half_at_rest():
    x = np.zeros((2, 8, 32, 3), np.uint8)
    x[1, :, 16:] = 255
    y = RNG.random((2, 8, 32, 1), np.float32)
    smooth = TemporalSmoothing(0.75)
    np.testing.assert_array_equal(smooth(x[0], y[0]), y[0])
    found = smooth(x[1], y[1])
    np.testing.assert_allclose(found[:, :14], 0.75 * y[0, :, :14] + 0.25 * y[1, :, :14], rtol=1e-5)
    np.testing.assert_array_equal(found[:, 18:], y[1, :, 18:])


def test_the_average_is_exponential_and_0_is_none():
    x, y = np.zeros((6, 6, 1), np.uint8), [np.full((6, 6, 1), v, np.float32) for v in (0, 1, 1)]
    smooth, none = TemporalSmoothing(0.5), TemporalSmoothing(0)
    assert [smooth(x, frame).mean() for frame in y] == [0, 0.5, 0.75]
    assert [none(x, frame).mean() for frame in y] == [0, 1, 1]


def test_noise_is_no_motion():
    noise = RNG.integers(-3, 4, (6, 32, 32, 3))
    x = (128 + noise).astype(np.uint8)
    y = (noise[..., :1] / 10).astype(np.float32)
    smooth = TemporalSmoothing(0.9)
    found = [smooth(*pair) for pair in zip(x, y, strict=True)]
    assert np.abs(found[5] - found[4]).mean() < 0.5 * np.abs(y[5] - y[4]).mean()
