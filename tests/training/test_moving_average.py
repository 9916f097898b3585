"""The optimizer's moving average (``optim.ema``) against TensorFlow Addons' MovingAverage.

The project uses Keras' own: ``use_ema=True, ema_momentum=optim.ema``. On its first step Keras sets
the average to the variable as updated, so it is tfa's with ``start_step=1`` and a fixed decay;
``optim.ema_warmup`` makes it tfa's with ``dynamic_decay``.
"""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.training.optimizers import CoupledAdam

GOLDENS = pathlib.Path(__file__).parents[1] / "goldens" / "addons_0_23.npz"
NAMES = ("w", "b")


@pytest.fixture(scope="module")
def goldens():
    """The recorded moving_average keys, without that prefix."""
    with np.load(GOLDENS, allow_pickle=False) as file:
        prefix = "moving_average/"
        return {k[len(prefix) :]: v for k, v in file.items() if k.startswith(prefix)}


def sgd(averaging, ema_warmup):
    """Keras' SGD with the average of the project's optimizer, the growing decay if so asked."""
    if not ema_warmup:
        return keras.optimizers.SGD(**averaging)

    class Warm(keras.optimizers.SGD):
        ema_warmup = True
        ema_momentum = CoupledAdam.ema_momentum

    return Warm(**averaging)


def keras_history(goldens, compiled, ema_warmup=False):
    """``{"w", "b", "average_w", "average_b"}`` after each step of Keras' SGD with its average."""
    averaging = dict(use_ema=True, ema_momentum=float(goldens["decay"]))
    optimizer = sgd({"learning_rate": float(goldens["learning_rate"]), **averaging}, ema_warmup)
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


@pytest.mark.parametrize("ema_warmup", [False, True], ids=["fixed", "dynamic"])
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
def test_keras_average_is_addons_with_start_step_1(goldens, compiled, ema_warmup):
    """Weights and averages agree after every step."""
    variant = "start_1_dynamic" if ema_warmup else "start_1_fixed"
    for key, value in keras_history(goldens, compiled, ema_warmup).items():
        np.testing.assert_allclose(
            value, goldens[f"{variant}/{key}"], rtol=1e-5, atol=1e-6, err_msg=key
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


def test_warm_average_forgets_the_start():
    """A weight is 0 for 10 steps, then 1 for 200; at a fixed 0.999 the average would be 0.18."""
    weight = keras.Variable([0.0])
    optimizer = CoupledAdam(1.0, use_ema=True, ema_momentum=0.999, ema_warmup=True)
    optimizer.build([weight])
    for step in range(210):
        weight.assign([float(step >= 10)])
        optimizer.apply([tf.zeros(1)])
    np.testing.assert_allclose(optimizer._model_variables_moving_average[0], [1.0], atol=1e-6)


@pytest.mark.parametrize("ema_warmup", [False, True])
def test_round_trip(ema_warmup):
    """The configuration holds the final decay, not a step's."""
    optimizer = CoupledAdam(1.0, l2=0.1, use_ema=True, ema_momentum=0.9, ema_warmup=ema_warmup)
    config = optimizer.get_config()
    assert (config["ema_momentum"], config["ema_warmup"], config["l2"]) == (0.9, ema_warmup, 0.1)
    assert CoupledAdam.from_config(config).get_config() == config
