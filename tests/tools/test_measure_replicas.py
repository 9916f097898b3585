"""What the documents say of replicas: equal gradients at equal weights, at every step."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.resolve import resolve
from unit_tf.training.strategy import build_strategy

FEW = {
    "data.dir_a": "a", "data.dir_b": "b", "data.image_size": 8, "model.width": 1 / 16,
    "model.num_blocks": 1, "model.discriminator_depth": 1, "weights.cycle": 0,
    "weights.cycle_kl": 0, "optim.batch_size": 4, "optim.learning_rate": 1e-2,
}  # fmt: skip


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_replicas")


@pytest.fixture
def strategies():
    """One device, and two."""
    run = resolve("", FEW | {"run.cpu_replicas": 2, "run.strategy": "mirrored"}).run
    return tf.distribute.get_strategy(), build_strategy(run)


@pytest.mark.slow  # tests/training/test_strategy.py compares the weights
def test_gradients_agree_at_every_step(tool, strategies):
    """Also where the weights have parted: a rate of 0.01 parts them quickly.

    About 1e-6 is what sums of float32 in another order give: 0.75e-6 to 1.04e-6 on two machines.
    """
    found = [row for _, row in tool.compare(resolve("", FEW), strategies, 8)]
    assert len(found) == 8
    for row in found:
        assert row["generator"] < 2e-6 and row["discriminator"] < 2e-6
    assert found[0]["losses"] < 1e-5 and found[-1]["weights"] > found[0]["weights"]


def test_the_difference_is_that_of_the_gradients(tool):
    """Moments b + (1 - beta) (g - b), of gradients 4 and -2 that differ by 0.01 in the second."""
    before = [np.array([1.0]), np.array([3.0])]
    after = [np.array([0.5 * 1 + 0.5 * 4]), np.array([0.5 * 3 - 0.5 * 2])]
    other = [after[0], np.array([0.5 * 3 - 0.5 * 2.01])]
    assert tool.gradient_difference(before, after, other, 0.5) == pytest.approx(0.01 / 4)
