"""Trained methods read without a trainer: averages, broken files, other configurations."""

import numpy as np
import pytest

from unit_tf.files import write_text
from unit_tf.inference.load import load
from unit_tf.methods.registry import find_method
from unit_tf.methods.weights import MisfitError, half_floats, write_weights
from unit_tf.training import checkpoints
from unit_tf.training.optimizers import average_variables
from unit_tf.training.strategy import build_strategy
from unit_tf.training.workdir import CONFIG, TRANSLATOR, WorkdirError

SETTINGS = {"model.dropout": 0.5, "optim.ema": 0.9}
CPU = {"run.precision": "mixed_float16"}


def test_load_takes_the_averages(trained, tmp_path, save_workdir):
    trainer = trained(step=3)
    save_workdir(trainer, tmp_path)
    loaded = load(tmp_path)
    assert (loaded.step, loaded.source.name) == (3, "000000003")
    assert loaded.config == trainer.config
    averages = average_variables(trainer.generator_optimizer)
    for variable, average in zip(loaded.method.generator_variables, averages, strict=True):
        np.testing.assert_array_equal(variable.numpy(), average.numpy())


def test_load_takes_the_averages_of_all_that_classifies(
    each_method, make_config, make_trainer, tmp_path, fill, save_workdir
):
    """Where discriminators read images later, theirs too; else they stay as trained.

    What only training needs is in no translator.
    """
    read = find_method(each_method.get("model.method", "unit")).reads
    settings = {k: v for k, v in SETTINGS.items() if k in read or not k.startswith("model.")}
    trainer = make_trainer(make_config(settings, each_method))
    fill(trainer, 3)
    save_workdir(trainer, tmp_path)
    loaded, method = load(tmp_path).method, trainer.method
    optimizers = trainer.generator_optimizer, trainer.discriminator_optimizer
    averages = [average_variables(optimizer) if optimizer else [] for optimizer in optimizers]
    if optimizers[1] and not method.averages_all:
        assert averages[1] is None
        averages[1] = method.discriminator_variables
    assert method.averages_all == (trainer.config.model.method in ("unit_da", "cogan"))
    for player, wanted in zip(("generator", "discriminator"), averages, strict=True):
        trained = getattr(method, f"{player}_variables") if wanted else []
        by_path = {v.path: a for v, a in zip(trained, wanted, strict=True)}
        spare = {v.path for v in method.training_state}
        found = {v.path: v for v in getattr(loaded, f"{player}_variables") if by_path}
        assert found.keys() - spare == by_path.keys() - spare
        for path in by_path.keys() - spare:
            np.testing.assert_array_equal(found[path].numpy(), by_path[path].numpy())


def test_a_trainers_own_networks_are_what_load_reads(trained, tmp_path, save_workdir):
    """So ``unit_tf.train`` builds none a second time."""
    trainer = trained(step=3)
    save_workdir(trainer, tmp_path)
    method, loaded = checkpoints.with_averages(trainer), load(tmp_path).method
    assert method is trainer.method
    pairs = zip(method.trainable_variables, loaded.trainable_variables, strict=True)
    assert all(np.array_equal(own.numpy(), read.numpy()) for own, read in pairs)


@pytest.mark.parametrize("settings", [CPU, {"run.cpu_replicas": 2, "run.strategy": "mirrored"}])
def test_networks_of_another_kind_are_read(small_config, make_trainer, settings):
    """``load`` builds those of one device, in float32."""
    config = small_config(settings)
    trainer = make_trainer(config, build_strategy(config.run))
    assert checkpoints.with_averages(trainer) is None


def test_load_without_average_takes_the_weights(trained, tmp_path, save_workdir):
    trainer = trained({"optim.ema": 0}, step=3)
    save_workdir(trainer, tmp_path)
    loaded = load(tmp_path).method
    assert loaded is not trainer.method
    pairs = zip(loaded.generator_variables, trainer.method.generator_variables, strict=True)
    for variable, original in pairs:
        np.testing.assert_array_equal(variable.numpy(), original.numpy())


def test_load_of_mixed_precision_is_float32(trained, tmp_path, save_workdir):
    trainer = trained(CPU, step=3)
    assert trainer.method.encoder.private_a.compute_dtype == "float16"
    save_workdir(trainer, tmp_path)
    loaded = load(tmp_path).method
    assert loaded.encoder.private_a.compute_dtype == "float32"
    assert loaded.encoder.private_a.variable_dtype == "float32"


def test_averages_before_the_first_step_are_not_taken(small_config, make_trainer):
    """They are zeros then."""
    trainer = make_trainer(small_config(SETTINGS))
    before = [v.numpy() for v in trainer.method.generator_variables]
    for variable, average in checkpoints.average_pairs(trainer):
        variable.assign(average)
    for old, variable in zip(before, trainer.method.generator_variables, strict=True):
        np.testing.assert_array_equal(variable.numpy(), old)


def cut(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def of_another_step(file):
    file.write_bytes((file.parents[1] / "000000001" / file.name).read_bytes())


@pytest.mark.parametrize("damage", [cut, of_another_step])
def test_load_falls_back_where_the_weights_are_broken(
    damage, trained, tmp_path, warnings_seen, save_workdir
):
    """A training still goes on from that checkpoint: its state is whole."""
    for step in (1, 2):
        save_workdir(trained(step=step), tmp_path, keep=2)
    damage(tmp_path / "checkpoints/000000002" / TRANSLATOR)
    loaded = load(tmp_path)
    assert (loaded.step, loaded.source.name) == (1, "000000001")
    assert len(warnings_seen) == 1 and "\n" not in warnings_seen[0]
    assert checkpoints.restore_newest(trained(step=3), tmp_path).name == "000000002"
    (tmp_path / "checkpoints/000000001" / TRANSLATOR).write_bytes(b"")
    with pytest.raises(WorkdirError, match="no whole checkpoint"):
        load(tmp_path)


@pytest.mark.parametrize("damage", [cut, of_another_step])
def test_a_broken_checkpoint_that_was_asked_for_is_refused(
    damage, trained, tmp_path, warnings_seen, save_workdir
):
    """No other takes its place."""
    for step in (1, 2):
        save_workdir(trained(step=step), tmp_path, keep=2)
    damage(tmp_path / "checkpoints/000000002" / TRANSLATOR)
    with pytest.raises(WorkdirError, match="checkpoints/000000002: this checkpoint is broken"):
        load(tmp_path, 2)
    assert load(tmp_path, "1").step == 1 and warnings_seen == []


@pytest.mark.parametrize("settings", [{}, CPU, {"weights.gan": 0}, {"optim.ema": 0}], ids=str)
def test_load_of_checkpoints_without_a_file_of_weights(
    settings, trained, tmp_path, check_without_weights
):
    """Those of before there was one: the same to the bit, and broken ones fall back too."""
    check_without_weights(trained(settings, step=1), tmp_path)


def test_load_of_a_classifier_without_a_file_of_weights(
    labelled_method, make_config, make_trainer, tmp_path, fill, check_without_weights
):
    trainer = make_trainer(make_config(SETTINGS, labelled_method))
    fill(trainer, 1)
    check_without_weights(trainer, tmp_path)


@pytest.fixture
def check_without_weights(fill, save_workdir):
    """(trainer, workdir): a state alone gives the weights that were beside it."""

    def check(trainer, workdir):
        first = save_workdir(trainer, workdir, keep=2)
        expected = {v.path: v.numpy() for v in load(workdir).method.weights}
        fill(trainer, 2)
        newest = save_workdir(trainer, workdir, keep=2)
        for folder in (first, newest):
            (folder / TRANSLATOR).unlink()
        moved = {v.path: v.numpy() for v in load(workdir).method.weights}
        assert not any(np.array_equal(moved[path], expected[path]) for path in expected)
        cut(next(newest.glob("*.data*")))
        loaded = load(workdir)
        assert (loaded.step, loaded.source.name) == (1, "000000001")
        for variable in loaded.method.weights:
            np.testing.assert_array_equal(variable.numpy(), expected[variable.path])

    return check


def test_averages_before_the_first_step_are_not_taken_from_a_state(
    small_config, make_trainer, tmp_path, save_workdir
):
    trainer = make_trainer(small_config(SETTINGS))
    save_workdir(trainer, tmp_path)
    (tmp_path / "checkpoints/000000000" / TRANSLATOR).unlink()
    for old, new in zip(trainer.method.weights, load(tmp_path).method.weights, strict=True):
        np.testing.assert_array_equal(new.numpy(), old.numpy())


def test_load_of_a_shipped_folder(trained, tmp_path, save_workdir):
    """Half floats, in float32 networks whatever the training's precision; before checkpoints."""
    trainer = trained(CPU, step=3)
    save_workdir(trainer, tmp_path)
    path = tmp_path / TRANSLATOR
    write_weights(path, half_floats(trainer.method), 9, compressed=True)
    loaded = load(tmp_path)
    assert (loaded.step, loaded.source) == (9, path)
    assert loaded.method.encoder.private_a.compute_dtype == "float32"


def test_load_of_an_empty_run(small_config, tmp_path):
    write_text(tmp_path / CONFIG, small_config().to_json())
    with pytest.raises(WorkdirError, match="neither translator.npz nor checkpoints"):
        load(tmp_path)


@pytest.mark.parametrize("beside", [True, False], ids=["weights beside", "state alone"])
@pytest.mark.parametrize(
    "other", [{"model.width": 1 / 8}, {"data.channels": 1}, {"run.precision": "mixed_float16"}],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_another_configuration_does_not_make_a_checkpoint_broken(
    other, beside, trained, tmp_path, warnings_seen, save_workdir
):
    """Nobody is told to remove a whole training because of one line in its config.json."""
    saved = [save_workdir(trained(step=step), tmp_path, keep=2) for step in (1, 2)]
    if not beside:
        (saved[-1] / TRANSLATOR).unlink()
    trainer = trained(other)
    write_text(tmp_path / CONFIG, trainer.config.to_json())
    readers = [lambda: checkpoints.restore_newest(trainer, tmp_path)]
    if "run.precision" not in other:  # weights are read in float32 whatever they were trained in
        readers.append(lambda: load(tmp_path))
    for read in readers:
        with pytest.raises(MisfitError, match="does not fit its config.json; first misfit: ") as e:
            read()
        message = str(e.value)
        assert message.startswith(str(saved[-1])) and "\n" not in message
        assert "remove" not in message and len(message) < 400
    assert checkpoints.list_checkpoints(tmp_path) == saved and not warnings_seen


def test_a_folder_without_its_config_is_told_so(trained, tmp_path):
    checkpoints.save(trained({"model.width": 1 / 8}), tmp_path, keep=1)
    with pytest.raises(MisfitError, match="these settings, and has no config.json; first misfit"):
        checkpoints.restore_newest(trained(), tmp_path)
