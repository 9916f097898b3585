"""Small networks whose weights tell images apart: UNIT's, and those of every method of digits."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.methods.registry import build_method
from unit_tf.resolve import resolve

TINY = {
    "model.width": 1 / 16, "model.num_blocks": 2, "model.architecture": "resnet2017",
    "model.discriminator_depth": 2, "data.image_size": 16,
}  # fmt: skip
FAMILIES = ("gan", "kl", "reconstruction", "cycle_kl", "cycle", "identity")


@functools.cache
def networks(**model):
    """A UNIT whose weights are large enough for different images to become different ones."""
    settings = {key.replace("__", "."): value for key, value in model.items()}
    method = build_method(ExperimentConfig().replace({**TINY, **settings}))
    rng = np.random.default_rng(0)
    for variable in method.trainable_variables:
        scale = np.prod(variable.shape[:-1]) ** -0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    return method


def _make(weights=None, noise=0.0, **model):
    """The same networks under other weights and noise; structure goes in ``model``.

    Args:
      weights: {"family": lambda}, all others 0; None for the paper's.
    """
    method = networks(**model)
    structure = {key.replace("__", "."): value for key, value in model.items()}
    config = ExperimentConfig().replace({**TINY, **structure, "model.noise": noise})
    if weights is not None:
        config = config.replace({f"weights.{n}": weights.get(n, 0) for n in FAMILIES})
    method.config = config
    return method


@pytest.fixture(scope="session")
def make():
    """make(weights=None, noise=0.0, **model) -> UNIT."""
    return _make


@pytest.fixture(scope="session")
def encode():
    """encode(method, x, domain) -> code."""
    return lambda method, x, domain: method.encoder(x, domain=domain)


@pytest.fixture(scope="session")
def draw():
    """draw(method, z, domain) -> image."""
    return lambda method, z, domain: method.generator(z, domain=domain)


@pytest.fixture(scope="session")
def l1():
    """l1(x, y) -> mean absolute difference."""
    return lambda x, y: np.abs(np.asarray(x) - np.asarray(y)).mean()


@pytest.fixture(scope="session")
def close():
    """close(x, y) fails unless two arrays agree up to rounding."""
    return functools.partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="session")
def seed():
    """int32 [2], of a step's noise."""
    return tf.constant([5, 6], tf.int32)


@pytest.fixture(scope="session")
def families():
    """Names of all of UNIT's weights."""
    return FAMILIES


@pytest.fixture(scope="session")
def batch():
    """batch(rows, channels, size) -> (x_a, x_b), random."""

    def draw(rows=(1, 1), channels=(3, 3), size=(16, 16)):
        rng = np.random.default_rng(1)
        return tuple(
            tf.constant(rng.uniform(-1, 1, (n, *size, c)), tf.float32)
            for n, c in zip(rows, channels, strict=True)
        )

    return draw


SMALL = {"model.width": 0.05, "model.dropout": 0}
NARROW = {"model.discriminator_width": 0.1}
WITHOUT_VARIABLES = ("weights.", "model.noise")


@functools.cache
def build_digits(config):
    return build_method(config)


@pytest.fixture(scope="session")
def digits():
    """digits(preset, {"section.field": value}) -> its method, small; one for each structure."""

    def build(preset, settings=None):
        narrow = NARROW if preset.startswith(("da_", "cogan_")) else {}
        settings = {**SMALL, **narrow, **(settings or {})}
        free = {k: v for k, v in settings.items() if k.startswith(WITHOUT_VARIABLES)}
        structure = {k: v for k, v in settings.items() if k not in free}
        method = build_digits(resolve(preset, structure))
        method.config = resolve(preset, settings)
        return method

    return build


@pytest.fixture(scope="session")
def digits_batch():
    """digits_batch(channels=(1, 1)) -> (x_a, x_b, y_a) of four random images each."""

    def draw(channels=(1, 1)):
        rng = np.random.default_rng(2)
        x_a, x_b = (rng.uniform(-1, 1, (4, 32, 32, c)).astype("float32") for c in channels)
        return tf.constant(x_a), tf.constant(x_b), tf.constant([3, 7, 0, 3])

    return draw
