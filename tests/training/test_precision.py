"""Mixed precision: float32 weights that stay close to a float32 run's."""

import keras
import numpy as np
import pytest

from unit_tf.inference.load import load
from unit_tf.training import loop

# The rate is so large that not training at all would be noticed.
SETTINGS = {"model.architecture": "table3", "optim.learning_rate": 3e-3, "run.steps": 4}


@pytest.fixture(scope="module")
def float32_weights():
    """Filled by the first test that needs it: {"start", "end"}."""
    return {}


def weights_of(owner):
    return np.concatenate([v.numpy().ravel() for v in owner.method.trainable_variables])


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_like_float32(
    precision, float32_weights, small_config, make_trainer, data, tmp_path
):
    if not float32_weights:
        config = small_config(SETTINGS)
        float32_weights["start"] = weights_of(make_trainer(config))
        float32_weights["end"] = weights_of(loop.train(config, data, tmp_path / "float32"))
    config = small_config(SETTINGS, {"run.precision": precision})
    experiment = loop.Loop(config, data, tmp_path / precision)
    trainer = experiment.trainer
    if precision == "mixed_float16":  # else so few steps would go by in finding a scale that fits
        for optimizer in (trainer.generator_optimizer, trainer.discriminator_optimizer):
            optimizer.dynamic_scale.assign(16.0)
    experiment.run()
    assert {v.dtype for v in trainer.method.trainable_variables} == {"float32"}
    assert trainer.method.encoder.private_a.compute_dtype == precision.removeprefix("mixed_")
    weights = weights_of(trainer)
    assert np.isfinite(weights).all()
    distance = np.linalg.norm(weights - float32_weights["end"])
    travelled = np.linalg.norm(float32_weights["end"] - float32_weights["start"])
    assert 0 < distance < 0.5 * travelled
    # What was trained in mixed precision translates in float32, whatever the policy of the moment.
    keras.config.set_dtype_policy("mixed_bfloat16")
    loaded = load(tmp_path / precision)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    keras.config.set_dtype_policy("float32")
    assert loaded.method.encoder.private_a.compute_dtype == "float32"
    np.testing.assert_array_equal(weights_of(loaded), weights)


def test_float16_recovers_from_a_scale_that_overflows(
    small_config, make_trainer, data, tmp_path, eager_steps
):
    """The scale halves until the gradients fit; meanwhile nothing moves and nothing breaks."""
    config = small_config({"run.precision": "mixed_float16", "run.steps": 6})
    experiment = loop.Loop(config, data, tmp_path)
    optimizer = experiment.trainer.generator_optimizer
    start = float(optimizer.dynamic_scale.numpy())
    before = weights_of(experiment.trainer)
    experiment.run()
    assert float(optimizer.dynamic_scale.numpy()) < start
    assert 1 <= int(optimizer.iterations.numpy()) < 6
    after = weights_of(experiment.trainer)
    assert np.isfinite(after).all() and np.abs(after - before).max() > 0
    assert int(experiment.trainer.step.numpy()) == 6
