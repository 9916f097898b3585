"""Flat images, alone or among others, give every network finite gradients of ordinary size."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.losses.weighting import weighted_sum
from unit_tf.resolve import resolve
from unit_tf.training import loop

SIDE = 64
SETTINGS = {
    "data.image_size": SIDE, "data.dir_a": "a", "data.dir_b": "b", "model.width": 1 / 16,
    "model.num_blocks": 2,
}  # fmt: skip
EXPERIMENTS = {
    "table3": ("maps", {}),
    "resnet2017": ("resnet2017", {"model.discriminator_depth": 4}),
    "munit2018": ("munit2018", {}),
    "munit/unit_variance": ("munit_scenes", {"model.initializer": "default"}),
    "cut": ("cut", {}),
}
FURTHER = {
    "resnet2017/unit_variance": (
        "resnet2017", {"model.discriminator_depth": 4, "model.initializer": "default"},
    ),
    "munit2018/unit_variance": ("munit2018", {"model.initializer": "default"}),
    "munit": ("munit_scenes", {}),
    "cyclegan": ("cyclegan", {}),
    "fastcut": ("fastcut", {}),
}  # fmt: skip
EVERY = [*EXPERIMENTS, *(pytest.param(name, marks=pytest.mark.slow) for name in FURTHER)]
ORDINARY = 250  # times what noise gives: one norm multiplies by up to (2 epsilon)^-1/2 = 224


def noise():
    return np.random.default_rng(0).uniform(-1, 1, (1, SIDE, SIDE, 3))


def two_valued():
    x = np.ones((1, SIDE, SIDE, 3))
    x[:, :, SIDE // 2 :] = -1
    return x


def one_pixel():
    x = np.ones((1, SIDE, SIDE, 3))
    x[0, 20, 20] = -1
    return x


IMAGES = {
    "white": lambda: np.ones((1, SIDE, SIDE, 3)),
    "black": lambda: -np.ones((1, SIDE, SIDE, 3)),
    "grey": lambda: np.full((1, SIDE, SIDE, 3), 0.1),
    "two-valued": two_valued,
    "one-pixel": one_pixel,
    # A wall or a night sky as a camera gives it: one level of 255 up or down, and less than one.
    "sensor": lambda: 0.9 + np.random.default_rng(1).integers(-1, 2, (1, SIDE, SIDE, 3)) / 127.5,
    "rounding": lambda: 0.9 + np.random.default_rng(1).normal(0, 1e-6, (1, SIDE, SIDE, 3)),
    "ramp": lambda: np.tile(np.linspace(0.98, 1, SIDE)[None, :, None, None], (1, 1, SIDE, 3)),
}


@functools.cache
def gradients_of(name, precision="float32"):
    """A function from (x_a, x_b) to the gradients of the generators' whole objective."""
    preset, settings = {**EXPERIMENTS, **FURTHER}[name]
    settings = {**SETTINGS, **settings, "run.precision": precision}
    trainer = loop.build_trainer(resolve(preset, settings), tf.distribute.get_strategy())
    method = trainer.method

    @tf.function(autograph=False)
    def gradients(x_a, x_b):
        with tf.GradientTape() as tape:
            outputs = method.forward((x_a, x_b), tf.constant([0, 0]), training=True)
            total = weighted_sum(method.generator_terms(outputs), method.generator_weights)
        variables = [v.value for v in method.generator_variables]
        return tape.gradient(total, variables, unconnected_gradients="zero")

    return lambda a, b: gradients(*(tf.constant(x, tf.float32) for x in (a, b)))


def size(gradients):
    return float(tf.linalg.global_norm([tf.cast(g, tf.float32) for g in gradients]))


@pytest.mark.parametrize("name", EVERY)
def test_gradients_are_finite_and_ordinary(name):
    """Each kind as A and noise as B; each as both; munit2018 gave infinities for one colour."""
    gradients = gradients_of(name)
    ordinary = size(gradients(noise(), noise()[:, ::-1]))
    for kind, image in IMAGES.items():
        for partner in (noise(), image()):
            found = size(gradients(image(), partner))
            assert np.isfinite(found), kind
            assert found < ORDINARY * ordinary, kind


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("name", [*EXPERIMENTS, *FURTHER])
def test_in_half_precision_too(name, precision):
    gradients = gradients_of(name, precision)
    for kind, image in IMAGES.items():
        assert np.isfinite(size(gradients(image(), noise()))), kind
