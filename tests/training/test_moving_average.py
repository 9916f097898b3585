"""The optimizer's moving average (``optim.ema``) against TensorFlow Addons' MovingAverage.

The project uses Keras' own: ``use_ema=True, ema_momentum=optim.ema``. On its first step Keras sets
the average to the variable as updated, so it is tfa's with ``start_step=1`` and a fixed decay.
"""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "addons_0_23.npz"
NAMES = ("w", "b")


@pytest.fixture(scope="module")
def goldens():
    """The recorded moving_average keys, without that prefix."""
    with np.load(GOLDENS, allow_pickle=False) as file:
        prefix = "moving_average/"
        return {k[len(prefix) :]: v for k, v in file.items() if k.startswith(prefix)}


def keras_history(goldens, compiled):
    """``{"w", "b", "average_w", "average_b"}`` after each step of Keras' SGD with its average."""
    optimizer = keras.optimizers.SGD(
        float(goldens["learning_rate"]), use_ema=True, ema_momentum=float(goldens["decay"])
    )
    variables = {name: keras.Variable(goldens[name], name=name) for name in NAMES}
    optimizer.build(list(variables.values()))

    def step(*gradients):
        optimizer.apply_gradients(zip(gradients, variables.values(), strict=True))

    step = tf.function(step, autograph=False) if compiled else step
    history = {key: [] for name in NAMES for key in (name, f"average_{name}")}
    for gradients in zip(*(goldens[f"grads_{name}"] for name in NAMES), strict=True):
        step(*map(tf.constant, gradients))
        averages = optimizer._model_variables_moving_average
        for (name, variable), average in zip(variables.items(), averages, strict=True):
            history[name].append(variable.numpy())
            history[f"average_{name}"].append(average.numpy())
    return {key: np.array(value) for key, value in history.items()}


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_keras_average_is_addons_with_start_step_1(goldens, compiled):
    """Weights and averages agree after every step."""
    for key, value in keras_history(goldens, compiled).items():
        np.testing.assert_allclose(
            value, goldens[f"start_1_fixed/{key}"], rtol=1e-5, atol=1e-6, err_msg=key
        )


@pytest.mark.parametrize("variant", ["start_0_fixed", "start_0_dynamic", "start_1_dynamic"])
def test_addons_other_settings_differ(goldens, variant):
    """The other settings average otherwise (over the same weights), so the match is no accident."""
    history = keras_history(goldens, compiled=False)
    np.testing.assert_allclose(history["w"], goldens[f"{variant}/w"], rtol=1e-5, atol=1e-6)
    assert np.abs(history["average_w"] - goldens[f"{variant}/average_w"]).max() > 1e-2


def test_first_average_is_the_first_updated_weight(goldens):
    """No bias towards the initial weights: what a run's early checkpoints rely on."""
    history = keras_history(goldens, compiled=False)
    np.testing.assert_array_equal(history["average_w"][0], history["w"][0])
