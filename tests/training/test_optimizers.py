"""Adam with coupled L2, clipping, averaging and loss scaling, on one device and on two."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import OptimConfig
from unit_tf.training.optimizers import (
    CoupledAdam,
    apply_summed,
    average_variables,
    build_optimizer,
    inner_optimizer,
)

RNG = np.random.default_rng(0)
START = RNG.normal(size=(4, 3)).astype(np.float32)
GRADIENTS = RNG.normal(size=(3, 4, 3)).astype(np.float32)
OPTIM = OptimConfig(learning_rate=0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-8, l2=0.3)


def adam(start, gradients, optim):
    """Weights after each step of textbook Adam on g + l2 w, in float64."""
    w, m, v = start.astype(np.float64), 0.0, 0.0
    for t, gradient in enumerate(gradients, 1):
        g = gradient + optim.l2 * w
        m = optim.beta_1 * m + (1 - optim.beta_1) * g
        v = optim.beta_2 * v + (1 - optim.beta_2) * g**2
        m_hat, v_hat = m / (1 - optim.beta_1**t), v / (1 - optim.beta_2**t)
        w = w - optim.learning_rate * m_hat / (np.sqrt(v_hat) + optim.epsilon)
        yield w


def run(optimizer, variable, gradients, apply=apply_summed):
    """Weights after each step."""
    for gradient in gradients:
        apply(optimizer, [tf.constant(gradient)])
        yield variable.numpy()


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_coupled_adam_is_the_textbook_one(l2):
    optim = OptimConfig(**{**vars(OPTIM), "l2": l2})
    variable = keras.Variable(START)
    weights = list(run(build_optimizer(optim, [variable]), variable, GRADIENTS))
    np.testing.assert_allclose(weights, list(adam(START, GRADIENTS, optim)), atol=1e-5)


def test_without_l2_it_is_keras_own_bit_for_bit():
    """Weights, moments and average: those of trainings that began with Keras' update go on."""
    optim = OptimConfig(**{**vars(OPTIM), "l2": 0.0, "ema": 0.7, "ema_warmup": False})
    ours, theirs = keras.Variable(START), keras.Variable(START)
    coupled = build_optimizer(optim, [ours], average=True)
    adam = keras.optimizers.Adam(0.1, 0.5, 0.9, epsilon=1e-8, use_ema=True, ema_momentum=0.7)
    adam.build([theirs])
    for gradient in GRADIENTS:
        apply_summed(coupled, [tf.constant(gradient)])
        adam.apply([tf.constant(gradient)])
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
        for mine, its in zip(coupled.variables, adam.variables, strict=True):
            np.testing.assert_array_equal(mine.numpy(), its.numpy(), err_msg=its.name)


def test_l2_is_not_keras_decoupled_decay():
    variable = keras.Variable(START)
    decoupled = keras.optimizers.Adam(0.1, 0.5, 0.9, epsilon=1e-8, weight_decay=0.3)
    decoupled.build([variable])
    last = list(run(decoupled, variable, GRADIENTS))[-1]
    assert np.abs(last - list(adam(START, GRADIENTS, OPTIM))[-1]).max() > 1e-2


def test_config_round_trip_keeps_l2():
    optimizer = build_optimizer(OPTIM, [keras.Variable(START)])
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert isinstance(again, CoupledAdam) and again.l2 == 0.3


@pytest.mark.parametrize("loss_scaling", [False, True], ids=["plain", "loss_scaling"])
def test_what_all_variables_share_is_computed_once(loss_scaling):
    """Adam's corrections by the count of steps are two powers, whatever the number of variables."""
    variables = [keras.Variable(START) for _ in range(3)]
    optimizer = build_optimizer(OPTIM, variables, loss_scaling=loss_scaling)
    step = tf.function(lambda: apply_summed(optimizer, [tf.constant(START)] * 3))
    graph = step.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(n for f in graph.library.function for n in f.node_def)]
    assert [node.op for node in nodes].count("Pow") == 2


def test_clipping_looks_at_all_gradients_together():
    """Norms 3 and 4 have the global norm 5; a limit of 1 divides both by 5."""
    optim = OptimConfig(learning_rate=1.0, beta_1=0.0, beta_2=0.0, epsilon=1.0, clip_norm=1.0)
    variables = [keras.Variable(np.zeros(1, np.float32)) for _ in range(2)]
    apply_summed(build_optimizer(optim, variables), [tf.constant([3.0]), tf.constant([4.0])])
    # w = -g / (|g| + 1) shows the size that Adam saw.
    seen = [-float(v.numpy()[0]) for v in variables]
    np.testing.assert_allclose(seen, [0.6 / 1.6, 0.8 / 1.8], rtol=1e-5)


@pytest.mark.parametrize("warmup", [False, True])
def test_average_is_the_recursion(warmup):
    optim = OptimConfig(**{**vars(OPTIM), "ema": 0.15, "ema_warmup": warmup})
    variable = keras.Variable(START)
    optimizer = build_optimizer(optim, [variable], average=True)
    weights = list(run(optimizer, variable, GRADIENTS))
    expected = weights[0]  # Keras starts the average at the first updated weights
    decays = [min(0.15, t / (9 + t)) if warmup else 0.15 for t in range(len(weights))]
    assert not warmup or min(decays[1:]) < max(decays) == 0.15  # both sides of the minimum
    for decay, w in zip(decays[1:], weights[1:], strict=True):
        expected = decay * expected + (1 - decay) * w
    np.testing.assert_allclose(average_variables(optimizer)[0].numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(weights[-1], list(adam(START, GRADIENTS, OPTIM))[-1], atol=1e-5)


def test_no_average_where_none_is_asked_for():
    optim = OptimConfig(ema=0.9)
    assert average_variables(build_optimizer(optim, [keras.Variable(START)])) is None
    plain = build_optimizer(OPTIM, [keras.Variable(START)], average=True)
    assert average_variables(plain) is None


def test_overflow_is_skipped_and_halves_the_scale():
    optim = OptimConfig(**{**vars(OPTIM), "ema": 0.9})
    variable = keras.Variable(START)
    optimizer = build_optimizer(optim, [variable], loss_scaling=True, average=True)
    scale = float(optimizer.dynamic_scale.numpy())
    assert float(optimizer.scale_loss(tf.constant(2.0))) == 2 * scale
    bad = np.full_like(START, np.inf)
    apply_summed(optimizer, [tf.constant(bad)])
    np.testing.assert_array_equal(variable.numpy(), START)
    assert float(optimizer.dynamic_scale.numpy()) == scale / 2
    assert int(optimizer.iterations.numpy()) == 0
    scaled = [g * scale / 2 for g in GRADIENTS]
    weights = list(run(optimizer, variable, scaled))
    np.testing.assert_allclose(weights, list(adam(START, GRADIENTS, OPTIM)), atol=1e-5)
    assert np.isfinite(average_variables(optimizer)[0].numpy()).all()


def shares(gradient):
    """[2, ...]: unequal parts whose sum is the gradient, as from different rows of a batch."""
    share = np.cos(np.arange(12.0).reshape(4, 3)).astype(np.float32)
    return np.stack([gradient * share, gradient * (1 - share)])


def replica_weights(strategy, optim, halves, **kwargs):
    """(two replicas' copies of w, w's optimizer) after each applied its half of every gradient."""
    with strategy.scope():
        variable = keras.Variable(START)
        optimizer = build_optimizer(optim, [variable], replicas=2, **kwargs)

    @tf.function(autograph=False)
    def step(pair):
        def one_replica():
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            apply_summed(optimizer, [tf.gather(pair, number)])

        strategy.run(one_replica)

    for pair in halves:
        step(tf.constant(pair))
    return [v.numpy() for v in strategy.experimental_local_results(variable.value)], optimizer


@pytest.mark.parametrize("clip_norm", [0.0, 0.7])
@pytest.mark.parametrize("loss_scaling", [False, True], ids=["plain", "loss_scaling"])
def test_two_replicas_apply_what_one_device_would(replicas, clip_norm, loss_scaling):
    optim = OptimConfig(**{**vars(OPTIM), "clip_norm": clip_norm, "epsilon": 1e-2})
    variable = keras.Variable(START)
    one = build_optimizer(optim, [variable], loss_scaling=loss_scaling)
    scale = float(one.dynamic_scale.numpy()) if loss_scaling else 1.0
    scaled = [g * scale for g in GRADIENTS]
    expected = list(run(one, variable, scaled))[-1]
    halves = [shares(g) for g in scaled]
    copies, two = replica_weights(replicas, optim, halves, loss_scaling=loss_scaling)
    for copy in copies:
        np.testing.assert_allclose(copy, expected, atol=2e-6)
    assert int(inner_optimizer(two).iterations.numpy()) == 3


def test_overflow_on_one_replica_skips_both(replicas):
    halves = shares(GRADIENTS[0])
    halves[1, 0, 0] = np.inf
    copies, optimizer = replica_weights(replicas, OPTIM, [halves], loss_scaling=True)
    for copy in copies:
        np.testing.assert_array_equal(copy, START)
    for scale in replicas.experimental_local_results(optimizer.dynamic_scale.value):
        assert float(scale.numpy()) == optimizer.initial_scale / 2
