"""What is looked at: of every method what it has, on the same few images, changing nothing."""

import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.methods.base import Method
from unit_tf.methods.registry import METHODS
from unit_tf.training.health.observation import Observer, watched_images

# What has reconstructions, and what has discriminators of images.
RECONSTRUCTED = {"unit": "ab", "munit": "ab", "unit_da": "ab"}
WITH_LOGITS = {**RECONSTRUCTED, "cut": "b"}


def test_every_method_is_seen(each_method, make_config, make_trainer, data_for, eager_steps,
                              state_of, assert_same):  # fmt: skip
    """In its directions, or its weights and gradients alone; nothing in the trainer changes."""
    config = make_config(each_method)
    trainer, data = make_trainer(config), data_for(config)
    spec, before = METHODS[config.model.method], state_of(trainer)
    seen = Observer(trainer, data).look()
    assert set(seen.translated) == set(spec.directions_of(config.model))
    assert set(seen.reconstructed) == set(RECONSTRUCTED.get(config.model.method, ""))
    assert set(seen.logits) == set(WITH_LOGITS.get(config.model.method, ""))
    for direction, y in seen.translated.items():
        assert y.shape == seen.images[direction[-1]].shape and np.abs(y).max() <= 1
    for loss in seen.discriminator_losses.values():
        assert 0 < loss < 100
    assert seen.weights["generator"] > 0 and seen.gradients["generator"] == 0
    assert_same(before, state_of(trainer))


class OneSided(Method):
    directions = ("a2b",)
    generator_variables = ()

    def translate(self, x, direction):
        assert direction == "a2b"
        return -x


def test_a_method_of_one_direction_without_more(make_config, data):
    """Nothing but what every method must have."""
    config = make_config()
    trainer = types.SimpleNamespace(
        method=OneSided(config), config=config, generator_optimizer=None,
        discriminator_optimizer=None,
    )  # fmt: skip
    seen = Observer(trainer, data).look()
    assert [*seen.translated] == ["a2b"]
    np.testing.assert_array_equal(seen.translated["a2b"], -seen.images["a"])
    assert seen.logits == seen.reconstructed == seen.weights == seen.gradients == {}


def test_the_images_are_the_same_every_time(make_config, data):
    """And the discriminator's loss is measured against a constant answer."""
    config = make_config({"weights.gan_objective": "lsgan"})
    trainer = types.SimpleNamespace(
        method=OneSided(config), config=config, generator_optimizer=None,
        discriminator_optimizer=None,
    )  # fmt: skip
    observers = [Observer(trainer, data) for _ in range(2)]
    one, two = (observer.look().images["a"] for observer in observers)
    np.testing.assert_array_equal(one, two)
    right, half = np.float32([[1.0]]), np.float32([[0.5]])
    assert observers[0]._losses({"b": [(right, 0 * right)]}) == {"b": 0}
    assert observers[0]._losses({"b": [(half, half)]}) == {"b": pytest.approx(1)}


@pytest.mark.parametrize(
    ("batch", "images", "expected"),
    [(1, 99, (4, 1)), (2, 99, (8, 2)), (3, 99, (6, 3)), (4, 99, (8, 4)), (64, 99, (8, 8)),
     (2, 5, (4, 2)), (8, 5, (5, 5)), (1, 1, (1, 1))],
)  # fmt: skip
def test_no_more_images_at_a_time_than_a_step_takes(make_config, batch, images, expected):
    config = make_config({"optim.batch_size": batch})
    data = types.SimpleNamespace(train_a=range(images), train_b=range(99))
    assert watched_images(config, data) == expected


def test_norms_of_what_is_not_finite(make_config, data):
    """Such a number is left out of the checks, and is no exception here."""
    config = make_config()
    method = types.SimpleNamespace(
        directions=(), discriminator_variables=(),
        generator_variables=[types.SimpleNamespace(value=tf.constant([np.nan]), shape=(1,))],
    )  # fmt: skip
    trainer = types.SimpleNamespace(
        method=method, config=config, generator_optimizer=None, discriminator_optimizer=None
    )
    assert np.isnan(Observer(trainer, data).look().weights["generator"])


def test_under_several_replicas(small_config, make_trainer, data, replicas):
    """Compiled, outside of the replicas' steps; the networks have one device's weights."""
    config = small_config({"run.cpu_replicas": 2})
    seen = Observer(make_trainer(config, replicas), data).look()
    alone = Observer(make_trainer(config), data).look()
    for direction in ("a2b", "b2a"):
        np.testing.assert_allclose(
            seen.translated[direction], alone.translated[direction], atol=1e-5
        )
    assert seen.weights == pytest.approx(alone.weights) and seen.gradients["generator"] == 0
