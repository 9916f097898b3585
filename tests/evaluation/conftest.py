"""Hand-made test images and translators, for evaluators without networks."""

import types

import numpy as np
import pytest

from unit_tf.data.base import Data
from unit_tf.data.base import TestImage as Held  # pytest would collect a name with Test
from unit_tf.evaluation.evaluators.base import Pass


@pytest.fixture
def flat():
    """(value, size=(12, 12), channels=3) -> a uint8 image of one value."""

    def make(value, size=(12, 12), channels=3):
        return np.full((*size, channels), value, np.uint8)

    return make


@pytest.fixture
def held():
    """(images, truths=None) -> list of TestImage, named 0.png, 1.png, ..."""

    def make(images, truths=None):
        truths = truths or [None] * len(images)
        return [
            Held(f"{i}.png", lambda x=x: x, None if t is None else lambda t=t: t)
            for i, (x, t) in enumerate(zip(images, truths, strict=True))
        ]

    return make


@pytest.fixture
def make_pass():
    """(tests, translate, direction="a2b", limit=None, others=()) -> Pass; others: B's tests."""

    def make(tests, translate, direction="a2b", limit=None, others=()):
        method = types.SimpleNamespace(directions=("a2b", "b2a"), classifies=False)
        pair = (list(tests), list(others))
        data = Data((), (), *(pair if direction == "a2b" else pair[::-1]))
        return Pass(method, data, direction[0], limit, translate)

    return make
