"""Tiny translators of every architecture, and pictures for them. Built once a process."""

import functools

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig

ARCHITECTURES = ("table3", "resnet2017", "munit2018")
SIZE = (32, 32)


@functools.cache
def build(architecture, channels_a=3, channels_b=1):
    from unit_tf.methods.registry import build_method

    settings = {
        "model.architecture": architecture,
        "model.width": 1 / 16,
        "model.num_blocks": 1,
        "data.image_size": SIZE,
        "data.channels_a": channels_a,
        "data.channels_b": channels_b,
    }
    method = build_method(ExperimentConfig().replace(settings))
    # Fresh weights of 0.02 give grey pictures, which any translator would agree on.
    rng = np.random.default_rng(0)
    for variable in method.generator_variables:
        scale = (2 / np.prod(variable.shape[:-1])) ** 0.5 if len(variable.shape) > 1 else 0.1
        variable.assign(rng.normal(0, scale, variable.shape))
    return method


@pytest.fixture(params=ARCHITECTURES)
def method(request):
    """A Method with 3 channels in A and 1 in B; shared, so tests must not change it."""
    return build(request.param)


@pytest.fixture
def tiny():
    """The same, of the smallest architecture alone."""
    return build("table3")


@pytest.fixture
def normalised():
    """The same, of an architecture with instance and layer norm."""
    return build("munit2018")


@pytest.fixture
def pictures():
    """Two uint8 pictures [48, 40, 3], of A."""
    return list(np.random.default_rng(5).integers(0, 256, (2, 48, 40, 3), np.uint8))


@pytest.fixture
def tree():
    """Callable: folder -> sorted relative paths of everything in it."""
    return lambda folder: sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
