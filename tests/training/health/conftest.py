"""Observations by hand."""

import numpy as np
import pytest

from unit_tf.training.health.observation import Observation


@pytest.fixture
def seen():
    """(**fields) -> Observation, with nothing in the other fields."""
    return lambda **fields: Observation(**{**dict.fromkeys(Observation._fields, {}), **fields})


@pytest.fixture
def clouds():
    """(seed, ...) -> float32 [4, 32, 32, 3] in [-0.9, 0.9], smooth, each image another."""

    def make(seed=0, count=4, side=32):
        rng = np.random.default_rng(seed)
        rows, columns = (grid[..., None] / 32 for grid in np.mgrid[:side, :side])
        x = [
            sum(
                0.4 * np.sin(2 * np.pi * (a * rows + b * columns) + 7 * rng.random(3))
                for a, b in rng.uniform(-2, 2, (2, 2))
            )
            for _ in range(count)
        ]
        return np.float32(x + rng.normal(0, 0.02, (count, side, side, 3)))

    return make
