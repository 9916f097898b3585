"""Whole states on disk and back, whatever happens to the files between."""

import numpy as np
import pytest
from absl import logging

from unit_tf.files import write_text
from unit_tf.inference.load import load
from unit_tf.methods.weights import MisfitError, half_floats, write_weights
from unit_tf.training import checkpoints
from unit_tf.training.optimizers import average_variables
from unit_tf.training.workdir import CONFIG, TRANSLATOR, WorkdirError

SETTINGS = {"model.dropout": 0.5, "optim.ema": 0.9}
CPU = {"run.precision": "mixed_float16"}


@pytest.fixture(scope="module")
def built():
    """{config: Trainer}, as building takes longer than most of these tests."""
    return {}


@pytest.fixture
def trained(small_config, make_trainer, built):
    """(settings, step) -> the settings' one Trainer, its variables filled anew for each step."""

    def make(*settings, step=7):
        config = small_config(SETTINGS, *settings)
        if config not in built:
            built[config] = make_trainer(config)
        fill(built[config], step)
        return built[config]

    return make


def fill(trainer, step):
    """Gives every variable numbers of its own, other than those of its start."""
    rng = np.random.default_rng(step)
    for part in (trainer.method, trainer.generator_optimizer, trainer.discriminator_optimizer):
        for variable in part.variables if part else ():
            variable.assign(rng.integers(2, 1000, variable.shape).astype(variable.dtype))
    trainer.step.assign(step)


@pytest.mark.parametrize("settings", [{}, CPU, {"weights.gan": 0}], ids=["plain", "f16", "no gan"])
def test_everything_comes_back(settings, small_config, check_round_trip):
    check_round_trip(small_config(SETTINGS, settings))


def test_everything_comes_back_of_a_labelled_method(labelled_method, make_config, check_round_trip):
    """Batch normalisation's averages and the discriminators' included."""
    check_round_trip(make_config(SETTINGS, labelled_method))


@pytest.fixture
def check_round_trip(make_trainer, tmp_path, state_of, assert_same, moved):
    """(config) saves a trainer with other numbers everywhere and restores them in a new one."""
    return lambda config: round_trip(
        config, make_trainer, tmp_path, state_of, assert_same, moved
    )  # fmt: skip


def round_trip(config, make_trainer, tmp_path, state_of, assert_same, moved):
    trainer = make_trainer(config)
    fresh = state_of(trainer)
    fill(trainer, 41)
    state = state_of(trainer)
    # Nothing is compared that would be equal anyway.
    assert moved(fresh, state) == fresh.keys()
    assert checkpoints.save(trainer, tmp_path, keep=1).name == "000000041"
    again = make_trainer(config)
    assert checkpoints.restore_newest(again, tmp_path) == checkpoints.list_checkpoints(tmp_path)[0]
    assert_same(state, state_of(again))


def test_the_averages_are_part_of_the_state(trained, state_of):
    trainer = trained(CPU)
    averages = average_variables(trainer.generator_optimizer)
    ids = {id(v) for v in trainer.generator_optimizer.variables}
    assert len(averages) > 5 and {id(v) for v in averages} <= ids
    names = "\n".join(state_of(trainer))
    assert "dynamic_scale" in names and "seed_generator_state" in names and "velocity" in names


def truncate(folder):
    file = next(folder.glob("*.data*"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip_a_byte(folder):
    file = next(folder.glob("*.data*"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def empty_the_data(folder):
    next(folder.glob("*.data*")).write_bytes(b"")


def drop_the_index(folder):
    next(folder.glob("*.index")).unlink()


def spoil_the_index(folder):
    file = next(folder.glob("*.index"))
    file.write_bytes(file.read_bytes()[:100])


def empty_the_folder(folder):
    for file in folder.iterdir():
        file.unlink()


def take_another_step(folder):
    """A folder that holds another step than its name says."""
    for file in (folder.parent / "000000001").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


DAMAGE = (
    truncate, flip_a_byte, empty_the_data, drop_the_index, spoil_the_index, empty_the_folder,
    take_another_step,
)  # fmt: skip


@pytest.fixture
def warnings_seen(monkeypatch):
    """The lines that were logged as warnings."""
    seen = []
    monkeypatch.setattr(logging, "warning", lambda text, *values: seen.append(text % values))
    return seen


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_broken_newest_falls_back(
    damage, trained, tmp_path, warnings_seen, state_of, assert_same
):
    trainer = trained(step=1)
    first = state_of(trainer)
    checkpoints.save(trainer, tmp_path, keep=3)
    newest = checkpoints.save(trained(step=2), tmp_path, keep=3)
    damage(newest)
    fill(trainer, 3)
    restored = checkpoints.restore_newest(trainer, tmp_path)
    assert restored.name == "000000001"
    assert_same(first, state_of(trainer))
    assert len(warnings_seen) == 1 and "\n" not in warnings_seen[0]
    assert str(newest) in warnings_seen[0]
    checkpoints.tidy(tmp_path, restored)
    assert checkpoints.list_checkpoints(tmp_path) == [restored]


def test_nothing_whole_is_an_error(trained, tmp_path, warnings_seen):
    trainer = trained(step=1)
    truncate(checkpoints.save(trainer, tmp_path, keep=3))
    trainer.step.assign(2)
    drop_the_index(checkpoints.save(trainer, tmp_path, keep=3))
    with pytest.raises(WorkdirError, match="no whole checkpoint") as error:
        checkpoints.restore_newest(trainer, tmp_path)
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)
    assert len(warnings_seen) == 2


def test_no_checkpoint_changes_nothing(trained, tmp_path, state_of, assert_same):
    trainer = trained()
    state = state_of(trainer)
    assert checkpoints.restore_newest(trainer, tmp_path) is None
    assert_same(state, state_of(trainer))


def test_half_written_folders_are_ignored_and_swept(trained, tmp_path, state_of, assert_same):
    trainer = trained(step=5)
    kept = checkpoints.save(trainer, tmp_path, keep=3)
    leftover = kept.parent / ".writing-abc"
    leftover.mkdir()
    (leftover / "state.index").write_bytes(b"half")
    assert checkpoints.list_checkpoints(tmp_path) == [kept]
    state = state_of(trainer)
    fill(trainer, 6)
    assert checkpoints.restore_newest(trainer, tmp_path) == kept
    assert_same(state, state_of(trainer))
    checkpoints.tidy(tmp_path, kept)
    assert sorted(kept.parent.iterdir()) == [kept]


def test_a_failed_write_leaves_the_old_checkpoints(trained, tmp_path, monkeypatch):
    trainer = trained(step=1)
    kept = checkpoints.save(trainer, tmp_path, keep=1)
    trainer.step.assign(2)

    def full_disk(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoints.os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save(trainer, tmp_path, keep=1)
    assert sorted(kept.parent.iterdir()) == [kept]


def test_only_the_newest_are_kept(trained, tmp_path):
    trainer = trained()
    for step in (1, 2, 10, 11):
        trainer.step.assign(step)
        checkpoints.save(trainer, tmp_path, keep=2)
    assert [p.name for p in checkpoints.list_checkpoints(tmp_path)] == ["000000010", "000000011"]


def test_workers_but_the_chief_leave_nothing(trained, tmp_path):
    checkpoints.save(trained(), tmp_path, keep=2, chief=False)
    assert list(checkpoints.checkpoint_root(tmp_path).iterdir()) == []


def save_workdir(trainer, workdir, keep=1):
    write_text(workdir / CONFIG, trainer.config.to_json())
    return checkpoints.save(trainer, workdir, keep)


def test_load_takes_the_averages(trained, tmp_path):
    trainer = trained(step=3)
    save_workdir(trainer, tmp_path)
    loaded = load(tmp_path)
    assert (loaded.step, loaded.source.name) == (3, "000000003")
    assert loaded.config == trainer.config
    averages = average_variables(trainer.generator_optimizer)
    for variable, average in zip(loaded.method.generator_variables, averages, strict=True):
        np.testing.assert_array_equal(variable.numpy(), average.numpy())


def test_load_takes_the_averages_of_all_that_classifies(
    each_method, make_config, make_trainer, tmp_path
):
    """Where discriminators read images later, theirs too; else they stay as trained."""
    trainer = make_trainer(make_config(SETTINGS, each_method))
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
        found = getattr(loaded, f"{player}_variables")
        for variable, average in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(variable.numpy(), average.numpy())


def test_load_without_average_takes_the_weights(trained, tmp_path):
    trainer = trained({"optim.ema": 0}, step=3)
    save_workdir(trainer, tmp_path)
    loaded = load(tmp_path).method
    assert loaded is not trainer.method
    pairs = zip(loaded.generator_variables, trainer.method.generator_variables, strict=True)
    for variable, original in pairs:
        np.testing.assert_array_equal(variable.numpy(), original.numpy())


def test_load_of_mixed_precision_is_float32(trained, tmp_path):
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
def test_load_falls_back_where_the_weights_are_broken(damage, trained, tmp_path, warnings_seen):
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


@pytest.mark.parametrize("settings", [{}, CPU, {"weights.gan": 0}, {"optim.ema": 0}], ids=str)
def test_load_of_checkpoints_without_a_file_of_weights(settings, trained, tmp_path):
    """Those of before there was one: the same to the bit, and broken ones fall back too."""
    check_without_weights(trained(settings, step=1), tmp_path)


def test_load_of_a_classifier_without_a_file_of_weights(
    labelled_method, make_config, make_trainer, tmp_path
):
    trainer = make_trainer(make_config(SETTINGS, labelled_method))
    fill(trainer, 1)
    check_without_weights(trainer, tmp_path)


def check_without_weights(trainer, workdir):
    first = save_workdir(trainer, workdir, keep=2)
    expected = {v.path: v.numpy() for v in load(workdir).method.weights}
    fill(trainer, 2)
    newest = save_workdir(trainer, workdir, keep=2)
    for folder in (first, newest):
        (folder / TRANSLATOR).unlink()
    moved = {v.path: v.numpy() for v in load(workdir).method.weights}
    assert not any(np.array_equal(moved[path], expected[path]) for path in expected)
    truncate(newest)
    loaded = load(workdir)
    assert (loaded.step, loaded.source.name) == (1, "000000001")
    for variable in loaded.method.weights:
        np.testing.assert_array_equal(variable.numpy(), expected[variable.path])


def test_averages_before_the_first_step_are_not_taken_from_a_state(
    small_config, make_trainer, tmp_path
):
    trainer = make_trainer(small_config(SETTINGS))
    save_workdir(trainer, tmp_path)
    (tmp_path / "checkpoints/000000000" / TRANSLATOR).unlink()
    for old, new in zip(trainer.method.weights, load(tmp_path).method.weights, strict=True):
        np.testing.assert_array_equal(new.numpy(), old.numpy())


def test_load_of_a_shipped_folder(trained, tmp_path):
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
    other, beside, trained, tmp_path, warnings_seen
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
