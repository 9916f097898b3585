"""The methods of digits through the real loop: resumed bit for bit, in mixed precision."""

import shutil

import numpy as np
import pytest

from unit_tf.inference.load import load
from unit_tf.methods.registry import find_method
from unit_tf.training import checkpoints, loop

FULL = {
    "model.dropout": 0.5, "optim.ema": 0.9, "run.steps": 2, "run.checkpoint_every": 1,
    "run.keep_checkpoints": 2,
}  # fmt: skip
# A step along the gradient.
PLAIN = {"run.steps": 1, "optim.epsilon": 1.0, "optim.learning_rate": 1.0}


def test_one_step_and_one_more_are_two(
    labelled_method, make_config, data_for, tmp_path, eager_steps, state_of, assert_same
):
    """Bit for bit; and what is loaded then are the averages."""
    config = make_config(labelled_method, FULL)
    data = data_for(config)
    expected = state_of(loop.train(config, data, tmp_path / "whole"))
    first = "checkpoints/000000001"
    shutil.copytree(tmp_path / "whole" / first, tmp_path / "half" / first)
    experiment = loop.Loop(config, data, tmp_path / "half")
    assert experiment.restored == tmp_path / "half" / first
    experiment.run()
    assert_same(expected, state_of(experiment.trainer))
    loaded = load(tmp_path / "half").method
    for variable, average in checkpoints.average_pairs(experiment.trainer):
        variable.assign(average)
    pairs = zip(loaded.weights, experiment.trainer.method.weights, strict=True)
    assert all(np.array_equal(one, two) for one, two in pairs)


@pytest.fixture(scope="module")
def float32_steps():
    """{method: its first step in float32}, filled by the first test that needs it."""
    return {}


@pytest.fixture
def first_step(make_config, data_for, tmp_path, eager_steps):
    """(settings, precision) -> (by how much each weight moves, the trainer)."""

    def run(settings, precision):
        config = make_config(settings, PLAIN, {"run.precision": precision})
        experiment = loop.Loop(config, data_for(config), tmp_path / precision)
        trainer = experiment.trainer
        if precision == "mixed_float16":  # or it would go by in finding a scale that fits
            for optimizer in filter(
                None, (trainer.generator_optimizer, trainer.discriminator_optimizer)
            ):
                optimizer.dynamic_scale.assign(16.0)
        variables = trainer.method.trainable_variables
        start = [v.numpy() for v in variables]
        experiment.run()
        moves = [(v.numpy() - old).ravel() for v, old in zip(variables, start, strict=True)]
        return np.concatenate(moves), trainer

    return run


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_steps_as_float32_does(
    precision, labelled_method, float32_steps, first_step
):
    """Float32 weights that move in the same direction, from a start that no precision changes."""
    name = labelled_method["model.method"]
    reads_start = "model.initializer" in find_method(name).reads
    settings = {**labelled_method, **({"model.initializer": "released"} if reads_start else {})}
    if name not in float32_steps:
        float32_steps[name] = first_step(settings, "float32")[0]
    exact, (mixed, trainer) = float32_steps[name], first_step(settings, precision)
    assert {v.dtype for v in trainer.method.trainable_variables} == {"float32"}
    assert trainer.method.layers[0].compute_dtype == precision.removeprefix("mixed_")
    assert np.isfinite(mixed).all() and np.linalg.norm(exact) > 1e-3
    cosine = exact @ mixed / np.linalg.norm(exact) / np.linalg.norm(mixed)
    assert cosine > 0.95
