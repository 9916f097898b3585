"""Replicas give one device's weights; the choice of devices; settings that cannot work."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import RunConfig, UserError
from unit_tf.methods.registry import METHODS
from unit_tf.training import loop, strategy

TWO = {"run.cpu_replicas": 2, "run.strategy": "mirrored"}
# table3 has no normalisation, which makes the biases before it drift with rounding errors.
EXACT = {
    "model.architecture": "table3", "optim.ema": 0.9, "optim.clip_norm": 1.0, "optim.l2": 1e-2,
    "optim.batch_size": 4,
}  # fmt: skip
# Digits' networks are normalised: the gradients of the biases before it are rounding errors, which
# Adam would blow up.
SMOOTH = {"optim.epsilon": 1e-3}


@pytest.mark.parametrize(
    "each_method",
    ["unit", *(pytest.param(m, marks=pytest.mark.slow) for m in METHODS if m != "unit")],
    indirect=True,
)
def test_two_replicas_give_the_weights_of_one_device(
    each_method, make_config, data_for, tmp_path, state_of, assert_same
):
    """Networks, both optimizers and the average, through the real loop with its noise."""
    compare_two_replicas(each_method, make_config, data_for, tmp_path, state_of, assert_same)


@pytest.mark.parametrize("each_method", ["unit_da"], indirect=True)
def test_batch_normalisation_on_replicas(
    each_method, make_config, data_for, tmp_path, state_of, assert_same, eager_steps
):
    """Its moments are those of the whole batch; compiled steps of all methods are slow, above."""
    compare_two_replicas(each_method, make_config, data_for, tmp_path, state_of, assert_same)


def compare_two_replicas(each_method, make_config, data_for, tmp_path, state_of, assert_same):
    # table3's style encoders need larger images.
    size = {"data.image_size": 32} if each_method.get("model.method") == "munit" else {}
    states = []
    for name, settings in {"one": {}, "two": TWO}.items():
        config = make_config(EXACT, each_method and SMOOTH, each_method, size, settings)
        states.append(state_of(loop.train(config, data_for(config), tmp_path / name)))
    assert int(states[0]["step"]) == 3
    assert_same(*states, atol=1e-5)


def test_noise_would_be_noticed(make_config, make_trainer):
    """The test above could not pass with noise that depends on the replica."""
    batch = (tf.zeros([4, 8, 8, 3]),) * 2
    terms = []
    for noise in (0.0, 1.0):
        trainer = make_trainer(make_config(EXACT, {"model.noise": noise}))
        outputs = trainer.method.forward(batch, trainer.noise_seed())
        terms.append(np.abs(outputs.translated["a"][0] - outputs.translated["a"][1]).max())
    assert terms[0] < 1e-6 < 1e-5 < terms[1]


@pytest.mark.slow
def test_dropout_works_on_replicas_and_is_restored(
    small_config, data, tmp_path, make_trainer, replicas, state_of, assert_same
):
    """Under replicas, restoring gives all of them all variables, the dropouts' seeds included."""
    from unit_tf.training import checkpoints

    config = small_config(TWO, {"model.dropout": 0.5, "run.steps": 2})
    trainer = loop.train(config, data, tmp_path)
    state = state_of(trainer)
    seeds = [v for k, v in state.items() if "seed_generator_state" in k]
    assert seeds and all(seed[1] > 0 for seed in seeds)
    assert all(np.isfinite(v).all() for v in state.values())
    again = make_trainer(config, replicas)
    checkpoints.restore_newest(again, tmp_path)
    assert_same(state, state_of(again))
    for variable in again.method.variables:
        first, second = replicas.experimental_local_results(variable.value)
        np.testing.assert_array_equal(first.numpy(), second.numpy())
    # And one device can go on with what several wrote.
    alone = make_trainer(config)
    checkpoints.restore_newest(alone, tmp_path)
    assert_same(state, state_of(alone))


def test_batch_must_divide_over_the_replicas(make_config, data, tmp_path):
    with pytest.raises(UserError, match=r"--optim.batch_size=3: must be a multiple of the 2 rep"):
        loop.train(make_config(TWO, {"optim.batch_size": 3}), data, tmp_path)


def test_xla_is_for_one_device(make_config, data, tmp_path):
    with pytest.raises(UserError, match="--run.jit"):
        loop.train(make_config(TWO, {"run.jit": True}), data, tmp_path)


@pytest.mark.parametrize(
    "settings, kind",
    [
        ({}, tf.distribute.Strategy),
        ({"cpu_replicas": 2}, tf.distribute.MirroredStrategy),
        ({"cpu_replicas": 2, "strategy": "single"}, tf.distribute.Strategy),
    ],
)
def test_auto_chooses(settings, kind, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    monkeypatch.setattr(tf.config, "list_physical_devices", no_gpus(tf.config))
    built = strategy.build_strategy(RunConfig(**settings))
    assert isinstance(built, kind)
    assert built.num_replicas_in_sync == (2 if kind is tf.distribute.MirroredStrategy else 1)
    assert strategy.is_chief(built)


def test_auto_takes_multiworker_where_there_is_a_cluster(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps(CLUSTER))
    chosen = []
    monkeypatch.setattr(
        tf.distribute, "MultiWorkerMirroredStrategy", lambda: chosen.append("multiworker")
    )
    strategy.build_strategy(RunConfig())
    assert chosen == ["multiworker"]


def no_gpus(module):
    real = module.list_physical_devices
    return lambda kind=None: [] if kind == "GPU" else real(kind)


def one_line(error):
    return "\n" not in str(error.value) and str(error.value)


def test_mirrored_without_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", no_gpus(tf.config))
    with pytest.raises(UserError, match="no GPU found") as error:
        strategy.build_strategy(RunConfig(strategy="mirrored"))
    assert one_line(error)


def test_more_replicas_than_this_process_has_devices():
    with pytest.raises(UserError, match="--run.cpu_replicas=3") as error:
        strategy.build_strategy(RunConfig(cpu_replicas=3))
    assert one_line(error)


def test_multiworker_without_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(UserError, match="TF_CONFIG names no cluster") as error:
        strategy.build_strategy(RunConfig(strategy="multiworker"))
    assert one_line(error)


CLUSTER = {"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}}
CLUSTER["task"] = {"type": "worker", "index": 0}


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "3", '{"cluster": [1]}',
        json.dumps({**CLUSTER, "task": {}}),
        json.dumps({**CLUSTER, "task": {"type": "worker", "index": 2}}),
        json.dumps({**CLUSTER, "task": {"type": "worker", "index": "first"}}),
        json.dumps({**CLUSTER, "task": {"type": "chief", "index": 0}}),
        json.dumps({"cluster": CLUSTER["cluster"]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["auto", "multiworker"])
def test_bad_tf_config(text, kind, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UserError, match=re.escape("TF_CONFIG: not JSON with a cluster")) as error:
        strategy.build_strategy(RunConfig(strategy=kind))
    assert one_line(error)
