"""Losses are read when somebody needs them, and every step's."""

import pytest

from unit_tf.training import loop, pending_losses
from unit_tf.training.pending_losses import PendingLosses


class Loss:
    """A scalar that counts who waits for it."""

    read = 0

    def __init__(self, value):
        self.value = value

    def __float__(self):
        Loss.read += 1
        return float(self.value)


@pytest.fixture
def clock(monkeypatch):
    """clock[0] is the time."""
    now = [0.0]
    monkeypatch.setattr(pending_losses.time, "monotonic", lambda: now[0])
    return now


def test_each_is_read_once_and_in_order(clock):
    losses = PendingLosses((3,), 10)
    for step in (1, 2, 3):
        losses.add(step, {"kl/a": Loss(step)})
    assert losses.read() == [(1, {"kl/a": 1.0}), (2, {"kl/a": 2.0}), (3, {"kl/a": 3.0})]
    assert losses.read() == []


def test_when_they_are_due(clock):
    losses = PendingLosses((4, 6, 0), 11)
    assert [step for step in range(1, 12) if losses.are_due(step)] == [4, 6, 8, 11]


@pytest.mark.parametrize("alone", [True, False])
def test_time_alone_makes_them_due_in_one_process(alone, clock):
    losses = PendingLosses((100,), 1000, alone)
    assert not losses.are_due(1)
    clock[0] = pending_losses.MOST_SECONDS
    assert losses.are_due(2) == alone
    losses.read()
    assert not losses.are_due(3)


def test_a_training_waits_for_none_in_between(
    small_config, data, tmp_path, eager_steps, monkeypatch
):
    monkeypatch.setattr(pending_losses, "MOST_SECONDS", 1e9)
    config = small_config(
        {"run.steps": 8, "run.log_every": 4, "run.checkpoint_every": 8, "run.health_every": 0}
    )
    made, waited = [], []

    def counted(make):
        def step_of(*arguments):
            step = make(*arguments)

            def one(iterator):
                waited.append(Loss.read)
                made.append(step(iterator))
                return {name: Loss(value) for name, value in made[-1].items()}

            return one

        return step_of

    monkeypatch.setattr(Loss, "read", 0)
    monkeypatch.setattr(loop, "make_step", counted(loop.make_step))
    loop.train(config, data, tmp_path)
    losses = len(made[0])
    assert waited == [0] * 4 + [4 * losses] * 4 and Loss.read == 8 * losses
