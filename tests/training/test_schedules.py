"""Learning rates at given steps, as numbers and as the optimizer sees them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import OptimConfig
from unit_tf.training.optimizers import build_optimizer
from unit_tf.training.schedules import build_schedule

STEP = OptimConfig(learning_rate=0.8, schedule="step", decay_steps=10, decay_factor=0.5)
LINEAR = OptimConfig(learning_rate=0.8, schedule="linear", decay_start=10, decay_steps=20)


@pytest.mark.parametrize(
    "optim, values",
    [
        (STEP, {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 100: 0.8 / 1024}),
        (LINEAR, {0: 0.8, 10: 0.8, 15: 0.6, 20: 0.4, 29: 0.04, 30: 0.0, 50: 0.0}),
    ],
    ids=["step", "linear"],
)
def test_rate_at_a_step(optim, values):
    schedule = build_schedule(optim)
    for step, rate in values.items():
        assert float(schedule(step)) == pytest.approx(rate, rel=1e-5, abs=1e-8), step
        assert float(schedule(tf.constant(step, tf.int64))) == pytest.approx(rate, abs=1e-6), step


def test_constant_is_the_number():
    assert build_schedule(OptimConfig(learning_rate=0.3)) == 0.3


def test_optimizer_follows_the_schedule():
    """With beta = 0 each Adam step of a constant gradient moves by the rate itself."""
    optim = OptimConfig(
        learning_rate=0.8, schedule="step", decay_steps=2, beta_1=0.0, beta_2=0.0, epsilon=0.0
    )
    variable = keras.Variable(np.zeros(1, np.float32))
    optimizer = build_optimizer(optim, [variable])
    seen = [0.0]
    for _ in range(5):
        optimizer.apply([tf.ones(1)])
        seen.append(-float(variable.numpy()[0]))
    np.testing.assert_allclose(np.diff(seen), [0.8, 0.8, 0.4, 0.4, 0.2], rtol=1e-5)


@pytest.mark.parametrize("optim", [STEP, LINEAR], ids=["step", "linear"])
def test_schedule_survives_serialisation(optim):
    schedule = build_schedule(optim)
    stored = keras.optimizers.schedules.serialize(schedule)
    again = keras.optimizers.schedules.deserialize(stored)
    assert type(again) is type(schedule)
    assert [float(again(s)) for s in (0, 15, 25)] == [float(schedule(s)) for s in (0, 15, 25)]


@pytest.mark.parametrize("optim", [STEP, LINEAR, OptimConfig(learning_rate=0.3)])
def test_delayed_start_is_zero_and_then_the_policy(optim):
    delayed, policy = build_schedule(optim, 15), build_schedule(optim)
    policy = policy if callable(policy) else lambda step: optim.learning_rate
    again = type(delayed).from_config(delayed.get_config())
    for step in (0, 14, 15, 16, 40):
        wanted = float(policy(step)) if step >= 15 else 0.0
        assert float(delayed(tf.constant(step, tf.int64))) == pytest.approx(wanted, abs=1e-6), step
        assert float(again(step)) == pytest.approx(wanted, abs=1e-6), step


def test_waiting_holds_still_under_l2_and_starts_with_a_step_of_the_rate():
    """Adam that saw only zeros while it waited would begin with steps of ten times the rate."""
    optim = OptimConfig(learning_rate=0.01, l2=1e-4)
    variable = keras.Variable(np.full(1, 0.5, np.float32))
    optimizer = build_optimizer(optim, [variable], start=50)
    for _ in range(50):
        optimizer.apply([tf.ones(1)])
    np.testing.assert_array_equal(variable.numpy(), [0.5])
    optimizer.apply([tf.ones(1)])
    np.testing.assert_allclose(variable.numpy(), [0.49], atol=1e-4)
