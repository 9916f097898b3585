"""Discriminators that remember translations: what they are shown, and the pools' way to disk."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.inference.load import load
from unit_tf.methods.weights import kept_weights, needed_weights
from unit_tf.training import checkpoints, loop

POOL = {"weights.gan_pool": 3, "optim.ema": 0.9}
TWO = {"run.cpu_replicas": 2, "run.strategy": "mirrored"}


def batch(seed, rows=2):
    rng = np.random.default_rng(seed)
    return tuple(tf.constant(rng.uniform(-1, 1, (rows, 8, 8, 3)), tf.float32) for _ in "ab")


def pools(state):
    """The part of a state that the pools are."""
    return {k: v for k, v in state.items() if k.endswith(("images", "filled"))}


def test_discriminators_are_shown_the_pools_images(small_config, make_trainer):
    """The generators' losses are those of their own translations all the same."""
    trainer = make_trainer(small_config(POOL))
    method = trainer.method
    with_pool = method.forward(batch(0), trainer.noise_seed())
    expected = method.discriminator_terms(with_pool)
    without = with_pool._replace(pool_samples=None)
    assert expected == method.discriminator_terms(without)  # the pools were empty
    generators = method.generator_terms(with_pool)
    for pool in (method.pool_a, method.pool_b):
        pool.images.assign(tf.ones_like(pool.images))
        pool.filled.assign(tf.ones([3]))
    always = with_pool._replace(pool_samples={d: tf.ones((2, 4)) for d in "ab"})
    shown = method.discriminator_terms(always)
    white = without._replace(translated={d: tf.ones((2, 8, 8, 3)) for d in "ab"})
    assert shown == method.discriminator_terms(white) != expected
    assert method.generator_terms(with_pool) == generators


def test_each_domain_has_a_pool_of_its_own(small_config, make_trainer):
    """x_ab is shown to b's discriminator."""
    trainer = make_trainer(small_config(POOL))
    method = trainer.method
    outputs = method.forward(batch(0), trainer.noise_seed())
    method.discriminator_terms(outputs)
    remembered = {tuple(image.ravel()) for image in method.pool_b.images.numpy()}
    for image in outputs.translated["a"].numpy():
        assert tuple(image.ravel()) in remembered
    samples = outputs.pool_samples
    assert samples["a"].shape == (2, 4) and not np.array_equal(samples["a"], samples["b"])


def test_resumed_exactly(small_config, data, tmp_path, state_of, assert_same, eager_steps):
    """Two steps and two more are four: the pools are in the checkpoint, and change afterwards."""
    config = small_config(POOL, {"run.steps": 2})
    longer = config.replace({"run.steps": 4})
    first = pools(state_of(loop.train(config, data, tmp_path / "a")))
    assert len(first) == 4 and all(v.any() for v in first.values())
    resumed = state_of(loop.train(longer, data, tmp_path / "a"))
    assert_same(resumed, state_of(loop.train(longer, data, tmp_path / "b")))
    assert any(not np.array_equal(first[k], resumed[k]) for k in first)


def test_a_skipped_step_leaves_the_pools(small_config, make_trainer, state_of):
    """Else translations that are not finite would come back for as long as they are remembered."""
    trainer = make_trainer(small_config(POOL))
    trainer.train_step(batch(0))
    before = pools(state_of(trainer))
    bad = batch(1)[0] * float("nan"), batch(1)[1]
    logs = trainer.train_step(bad)
    assert np.isnan(float(logs["total/generator"]))
    after = pools(state_of(trainer))
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value)


def test_in_no_file_of_weights(small_config, make_trainer, tmp_path, save_workdir, state_of):
    """Not beside a checkpoint, nor in what translating needs; who loads it makes none."""
    trainer = make_trainer(small_config(POOL))
    trainer.train_step(batch(0))
    assert not any(name.startswith("pool") for name in kept_weights(trainer.method))
    assert not any(name.startswith("pool") for name in needed_weights(trainer.method))
    folder = save_workdir(trainer, tmp_path)
    with np.load(folder / "translator.npz") as file:
        assert not any("pool" in name for name in file.files) and len(file.files) > 10
    loaded = load(tmp_path).method
    assert loaded.pool_a is None and loaded.training_state == []
    expected = trainer.method.translate(batch(3)[0], "a2b")
    assert expected.shape == loaded.translate(batch(3)[0], "a2b").shape
    again = make_trainer(trainer.config)
    checkpoints.restore_newest(again, tmp_path)
    for name, value in pools(state_of(trainer)).items():
        np.testing.assert_array_equal(pools(state_of(again))[name], value)


def test_a_start_from_a_translator_has_empty_pools(
    small_config, make_trainer, tmp_path, save_workdir
):
    trainer = make_trainer(small_config(POOL))
    trainer.train_step(batch(0))
    save_workdir(trainer, tmp_path)
    started = make_trainer(small_config(POOL, {"run.init_from": str(tmp_path)}))
    assert not started.method.pool_a.filled.numpy().any()
    for one, two in zip(
        started.method.discriminator_variables, trainer.method.discriminator_variables, strict=True
    ):
        np.testing.assert_array_equal(one, two)


def test_there_is_none_without_the_setting(small_config, make_trainer):
    for settings in ({}, {"weights.gan_pool": 3, "weights.gan": 0}):
        trainer = make_trainer(small_config(settings))
        assert trainer.method.pool_a is None and trainer.method.training_state == []
        assert trainer.method.forward(batch(0), trainer.noise_seed()).pool_samples is None


def test_in_parts_of_a_batch(small_config, data, tmp_path, state_of):
    """One part after the other, compiled: all translations of a step go through the pools."""
    config = small_config(
        POOL, {"optim.batch_size": 1, "optim.accumulate": 3, "run.steps": 1, "weights.gan_pool": 5}
    )
    trainer = loop.train(config, data, tmp_path)
    assert trainer.method.pool_b.filled.numpy().sum() == 3
    assert np.isfinite(trainer.method.pool_b.images.numpy()).all()


def test_two_replicas_in_parts_are_refused(small_config, data, tmp_path):
    """TensorFlow's replicas exchange nothing inside a loop."""
    config = small_config(POOL, TWO, {"optim.accumulate": 2})
    line = "--weights.gan_pool=3: 2 replicas share what they remember, .* use --optim.accumulate=1"
    with pytest.raises(UserError, match=line):
        loop.train(config, data, tmp_path)


@pytest.mark.slow
def test_two_replicas_remember_what_one_device_does(
    small_config, data, tmp_path, state_of, assert_same
):
    """Up to rounding, as the translations are. The exchange itself: tests/methods."""
    exact = {
        "model.architecture": "table3", "optim.epsilon": 1e-3, "optim.batch_size": 4,
        "run.steps": 4,
    }  # fmt: skip
    states = []
    for name, devices in {"one": {}, "two": TWO}.items():
        config = small_config(POOL, exact, devices)
        states.append(state_of(loop.train(config, data, tmp_path / name)))
    assert len(pools(states[0])) == 4
    assert_same(*states, atol=1e-4)
