"""The train step against the textbook's two passes, and under Keras' own ``fit``."""

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.data.pipeline import training_dataset
from unit_tf.losses.weighting import weighted_sum

ARCHITECTURES = {
    "table3": {"model.architecture": "table3"},
    "resnet2017": {},
    "munit2018": {
        "model.architecture": "munit2018", "weights.gan_objective": "lsgan",
        "data.image_size": 16, "model.discriminator_scales": 2,
    },
    "cut": {"model.method": "cut", "weights.nce_flip": True},
}  # fmt: skip


def random_batch(config, seed=0):
    rng = np.random.default_rng(seed)
    rows = config.optim.batch_size
    shape = (rows, *config.data.image_size, config.data.channels)
    images = tuple(tf.constant(rng.uniform(-1, 1, shape), tf.float32) for _ in "ab")
    labels = (tf.constant(rng.integers(0, 10, rows), tf.int32),)
    return images + labels if config.data.source == "labelled" else images


def textbook_step(trainer, batch):
    """A fresh forward pass for each player, the discriminators first."""
    method, seed = trainer.method, trainer.noise_seed()
    outputs = method.forward(batch, seed, training=True)
    with tf.GradientTape() as tape:
        terms = method.discriminator_terms(outputs)
        loss = weighted_sum(terms, method.discriminator_weights)
    variables = method.discriminator_variables
    if variables:
        trainer.discriminator_optimizer.apply(tape.gradient(loss, variables), variables)
    with tf.GradientTape() as tape:
        terms = method.generator_terms(method.forward(batch, seed, training=True))
        loss = weighted_sum(terms, method.generator_weights_at(trainer.step.value))
    variables = method.generator_variables
    trainer.generator_optimizer.apply(tape.gradient(loss, variables), variables)
    trainer.step.assign_add(1)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_step_is_the_textbook_alternating_update(
    name, make_config, make_trainer, state_of, assert_same, moved
):
    # Adam makes a whole step of a gradient that is all rounding.
    settings = {"weights.identity": 5, "optim.l2": 1e-4, "optim.batch_size": 1}
    config = make_config(settings, {"run.subpixel": "off"}, ARCHITECTURES[name])
    ours, textbook = make_trainer(config), make_trainer(config)
    start = state_of(ours)
    assert_same(start, state_of(textbook))
    for seed in range(2):
        ours.train_step(random_batch(config, seed))
        textbook_step(textbook, random_batch(config, seed))
    assert_same(state_of(textbook), state_of(ours), atol=1e-6)
    trained = {f"{v.path}" for v in ours.method.trainable_variables}
    changed = {k.split(": ")[-1] for k in moved(start, state_of(ours))}
    assert trained <= changed


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, marks=pytest.mark.slow),  # the last one's networks
        {
            "model.method": "munit",
            "model.architecture": "munit2018",
            "model.num_shared": 0,
            "data.image_size": 16,
            "weights.cycle": 1,
        },
        {"model.method": "cut", "data.image_size": 16},
        {"optim.accumulate": 2, "optim.batch_size": 2},
    ],
)
def test_a_step_of_the_same_gradients_in_other_forms(
    settings, make_config, make_trainer, state_of, assert_same
):
    """Adam's moments hold the gradients; the weights of biases before a norm move by rounding."""
    settings = {"optim.batch_size": 1, "model.up": "nearest", "run.subpixel": "off", **settings}
    config = make_config(settings)

    def moments(changes):
        trainer = make_trainer(config.replace(changes))
        trainer.train_step(random_batch(config))
        state = state_of(trainer)
        return {k: v for k, v in state.items() if "momentum" in k or "velocity" in k}

    plain = moments({})
    largest = max(np.abs(v).max() for v in plain.values())
    assert_same(plain, moments({"run.remat": True}), atol=1e-6 * largest)
    assert_same(plain, moments({"run.subpixel": "on"}), atol=1e-5 * largest)


def test_step_of_a_labelled_method(
    labelled_method, make_config, make_trainer, state_of, assert_same, moved
):
    """But for the moving averages of batch normalisation, which the textbook feeds twice."""
    config = make_config({"optim.l2": 1e-4}, labelled_method)
    ours, textbook = make_trainer(config), make_trainer(config)
    start = state_of(ours)
    ours.train_step(random_batch(config))
    textbook_step(textbook, random_batch(config))
    states = [
        {k: v for k, v in state_of(trainer).items() if "moving_" not in k}
        for trainer in (ours, textbook)
    ]
    assert_same(*states, atol=1e-6)
    changed = {k.split(": ")[-1] for k in moved(start, state_of(ours))}
    later = {v.path for v in ours.method.trainable_variables if "real" in v.path}
    later = later if config.model.method == "dann" else set()  # its weight is 0 at first
    assert {v.path for v in ours.method.trainable_variables} - later <= changed


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_each_optimizer_moves_its_own_player(player, make_config, make_trainer):
    config = make_config()
    trainer = make_trainer(config)
    still = {"generator": "discriminator", "discriminator": "generator"}[player]
    getattr(trainer, f"{still}_optimizer").learning_rate = 0.0
    before = {id(v): v.numpy() for v in trainer.method.trainable_variables}
    trainer.train_step(random_batch(config))
    changed = {
        id(v)
        for v in trainer.method.trainable_variables
        if not np.array_equal(v.numpy(), before[id(v)])
    }
    assert changed == {id(v) for v in getattr(trainer.method, f"{player}_variables")}


def test_each_variable_has_exactly_one_optimizer(make_config, make_trainer):
    trainer = make_trainer(make_config({"model.discriminator_shared": 1}))
    owned = [
        id(v)
        for optimizer in (trainer.generator_optimizer, trainer.discriminator_optimizer)
        for v in optimizer._trainable_variables
    ]
    assert len(owned) == len(set(owned))
    assert set(owned) == {id(v) for v in trainer.method.trainable_variables}


def test_without_gan_there_is_no_discriminator_optimizer(make_config, make_trainer):
    config = make_config({"weights.gan": 0})
    trainer = make_trainer(config)
    assert trainer.discriminator_optimizer is None
    before = [v.numpy() for v in trainer.method.discriminator_variables]
    first = trainer.train_step(random_batch(config))
    assert not [k for k in first if "gan" in k or "discriminator" in k]
    for _ in range(4):
        last = trainer.train_step(random_batch(config))
    assert float(last["total/generator"]) < float(first["total/generator"])
    for old, variable in zip(before, trainer.method.discriminator_variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)


def test_noise_is_a_function_of_seed_and_step(make_config, make_trainer):
    trainer = make_trainer(make_config({"run.seed": 5}))
    np.testing.assert_array_equal(trainer.noise_seed(), [5, 0])
    trainer.train_step(random_batch(trainer.config))
    np.testing.assert_array_equal(trainer.noise_seed(), [5, 1])


@pytest.mark.slow
def test_fit_gives_the_same_weights_on_two_replicas(
    small_config, make_trainer, data, replicas, state_of, assert_same
):
    """Compile, fit: nothing else is needed; and both equal the explicit steps."""
    config = small_config({"model.architecture": "table3"})
    states = []
    for strategy in (None, replicas):
        trainer = make_trainer(config, strategy)
        trainer.compile()
        dataset = training_dataset(data, config)
        history = trainer.fit(dataset, steps_per_epoch=2, epochs=2, verbose=0)
        assert len(history.history["total/generator"]) == 2
        assert np.isfinite(history.history["kl/a"]).all()
        states.append(state_of(trainer))
    assert int(states[0]["step"]) == 4
    assert_same(*states, atol=1e-5)
    explicit = make_trainer(config)
    for batch in training_dataset(data, config).take(4):
        explicit.train_step(batch)
    assert_same(state_of(explicit), states[0], atol=1e-5)


def test_xla_compiled_step_equals_plain(make_config, make_trainer, state_of, assert_same):
    """As small as networks get: XLA takes its time on a CPU."""
    from unit_tf.training.loop import make_step

    config = make_config({
        "model.architecture": "table3", "model.width": 1 / 64, "model.num_blocks": 0,
        "model.num_shared": 0, "model.discriminator_depth": 1, "optim.batch_size": 1,
        "weights.cycle": 0, "weights.cycle_kl": 0, "run.jit": True,
        "model.noise": 0,  # XLA rounds the noise otherwise, and Adam shows it
        "optim.epsilon": 1e-3,  # tiny gradients are rounding errors, which Adam would blow up
    })  # fmt: skip
    batch = random_batch(config)
    compiled, plain = make_trainer(config), make_trainer(config)
    dataset = tf.data.Dataset.from_tensors(batch).repeat()
    logs = make_step(compiled, tf.distribute.get_strategy())(iter(dataset))
    start = state_of(plain)
    expected = plain.train_step(batch)
    end = state_of(plain)
    assert_same(end, state_of(compiled), atol=1e-4)
    assert max(np.abs(end[k] - start[k]).max() for k in end if "kernel" in k) > 5e-4
    for name, value in expected.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-4, atol=1e-5, err_msg=name)


def test_gan_start_holds_back_both_players(make_config, make_trainer):
    """Before it D stands still and E, G do not hear it; from it on D moves."""
    config = make_config({"weights.gan_start": 1, "model.noise": 0})
    trainer, batch = make_trainer(config), random_batch(config)
    start = [v.numpy() for v in trainer.method.discriminator_variables]
    logs = trainer.train_step(batch)
    terms = {
        k: v for k, v in logs.items() if k.partition("/")[0] in trainer.method.generator_weights
    }
    weights = {**trainer.method.generator_weights, "gan": 0}
    silent = sum(weights[k.partition("/")[0]] * v for k, v in terms.items())
    np.testing.assert_allclose(logs["total/generator"], silent, rtol=1e-5)
    for before, variable in zip(start, trainer.method.discriminator_variables, strict=True):
        np.testing.assert_array_equal(before, variable.numpy())
    trainer.train_step(batch)
    moved = [
        np.abs(a - v.numpy()).max()
        for a, v in zip(start, trainer.method.discriminator_variables, strict=True)
    ]
    assert max(moved) > 0
