"""What is not finite is never a good checkpoint: neither when it is saved nor when it is read."""

import numpy as np
import pytest

from unit_tf.training import checkpoints, loop
from unit_tf.training.finite_state import first_not_finite
from unit_tf.training.optimizers import average_variables

KINDS = {
    "weight": lambda trainer: trainer.method.generator_variables[1],
    "momentum": lambda trainer: trainer.generator_optimizer._momentums[1],
    "velocity": lambda trainer: trainer.discriminator_optimizer._velocities[0],
    "average": lambda trainer: average_variables(trainer.generator_optimizer)[1],
}


def spoil(variable, value):
    """Puts one bad number among the others."""
    numbers = variable.numpy()
    numbers.flat[-1] = value
    variable.assign(numbers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_the_variable_is_named(kind, value, trained):
    trainer = trained(step=1)
    assert first_not_finite(trainer) is None
    variable = KINDS[kind](trainer)
    spoil(variable, value)
    assert first_not_finite(trainer) == variable.path


@pytest.mark.parametrize("kind", KINDS)
def test_none_is_saved(kind, small_config, data, tmp_path, eager_steps):
    experiment = loop.Loop(small_config({"run.steps": 1, "optim.ema": 0.9}), data, tmp_path)
    variable = KINDS[kind](experiment.trainer)
    spoil(variable, np.inf)
    with pytest.raises(loop.Diverged, match="last good checkpoint: none") as error:
        experiment._save(1)
    assert variable.path in str(error.value)
    assert checkpoints.list_checkpoints(tmp_path) == []


def test_an_older_one_is_not_gone_on_from(trained, tmp_path, warnings_seen, fill):
    """One saved when nobody looked: its weights are finite, and would never move again."""
    trainer = trained(step=1)
    good = checkpoints.save(trainer, tmp_path, keep=3)
    fill(trainer, 2)
    variable = KINDS["velocity"](trainer)
    spoil(variable, np.inf)
    checkpoints.save(trainer, tmp_path, keep=3)
    assert checkpoints.restore_newest(trainer, tmp_path) == good
    assert first_not_finite(trainer) is None
    (said,) = warnings_seen
    assert "000000002" in said and f"{variable.path} is not finite" in said
