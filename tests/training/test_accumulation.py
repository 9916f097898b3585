"""A batch in parts gives the step of the whole batch, with noise, L2, averages and replicas."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.training import loop
from unit_tf.training.accumulation import over_parts

WHOLE = {
    "model.architecture": "table3", "optim.batch_size": 8, "optim.ema": 0.9, "optim.clip_norm": 1.0,
    "optim.l2": 1e-2, "run.steps": 1,
}  # fmt: skip
PARTS = {"optim.batch_size": 2, "optim.accumulate": 4}
TWO = {"run.cpu_replicas": 2, "run.strategy": "mirrored"}
# Losses small enough that no first step overflows.
HALF = {
    "run.precision": "mixed_float16", "optim.epsilon": 1, "weights.gan": 0.1, "weights.kl": 1e-3,
    "weights.reconstruction": 1,
}  # fmt: skip
WAYS = {"one device": {}, "two replicas": TWO, "float16": HALF}


@pytest.fixture(scope="module")
def known():
    """{an experiment's JSON: the state after it}."""
    return {}


@pytest.fixture
def trained(known, data, state_of, tmp_path):
    """trained(config) -> the state after it; the same training is run once."""

    def train(config):
        key = config.to_json()
        if key not in known:
            known[key] = state_of(loop.train(config, data, tmp_path / str(len(known))))
        return known[key]

    return train


@pytest.mark.parametrize("way", WAYS)
def test_parts_are_the_whole(way, small_config, trained, assert_same):
    """Networks, moments, averages, step and loss scale, through the loop with its images."""
    # float16 rounds a sum over eight images otherwise than four over two. Where gradients are next
    # to nothing Adam would make whole steps of that, but for a large epsilon.
    atol = 2e-3 if way == "float16" else 1e-5
    whole = small_config(WHOLE, HALF if way == "float16" else {})
    states = [trained(config) for config in (whole, whole.replace({**PARTS, **WAYS[way]}))]
    assert int(states[0]["step"]) == 1
    assert_same(*states, atol=atol)


def test_resumed_exactly(small_config, data, tmp_path, state_of, assert_same, eager_steps):
    """A step and one more are two: between steps nothing is half summed."""
    config = small_config({"optim.accumulate": 2, "optim.ema": 0.9, "run.steps": 1})
    longer = config.replace({"run.steps": 2})
    loop.train(config, data, tmp_path / "a")
    resumed = loop.train(longer, data, tmp_path / "a")
    assert_same(state_of(resumed), state_of(loop.train(longer, data, tmp_path / "b")))


def test_the_parts_follow_each_other():
    """Gradients are summed, losses averaged, whatever their number."""
    variable = tf.Variable([1.0, 2.0])

    def part(index):
        factor = tf.cast(index, tf.float32)
        return [factor * variable], {"x/a": factor, "x/b": 10 * factor}

    summed, means = tf.function(lambda: over_parts(3, part, [variable]))()
    np.testing.assert_allclose(summed[0].numpy(), [3.0, 6.0])
    assert {name: float(value) for name, value in means.items()} == {"x/a": 1, "x/b": 10}
