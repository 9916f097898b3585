"""Whole states on disk and back, whatever happens to the files between."""

import pytest

from unit_tf.training import checkpoints
from unit_tf.training.optimizers import average_variables
from unit_tf.training.workdir import WorkdirError

SETTINGS = {"model.dropout": 0.5, "optim.ema": 0.9}
CPU = {"run.precision": "mixed_float16"}


@pytest.mark.parametrize("settings", [{}, CPU, {"weights.gan": 0}], ids=["plain", "f16", "no gan"])
def test_everything_comes_back(settings, small_config, check_round_trip):
    check_round_trip(small_config(SETTINGS, settings))


def test_everything_comes_back_of_a_labelled_method(labelled_method, make_config, check_round_trip):
    """Batch normalisation's averages and the discriminators' included."""
    check_round_trip(make_config(SETTINGS, labelled_method))


@pytest.fixture
def check_round_trip(make_trainer, tmp_path, state_of, assert_same, moved, fill):
    """(config) saves a trainer with other numbers everywhere and restores them in a new one."""
    return lambda config: round_trip(
        config, make_trainer, tmp_path, state_of, assert_same, moved, fill
    )  # fmt: skip


def round_trip(config, make_trainer, tmp_path, state_of, assert_same, moved, fill):
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


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_broken_newest_falls_back(
    damage, trained, tmp_path, warnings_seen, state_of, assert_same, fill
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


def test_half_written_folders_are_ignored_and_swept(trained, tmp_path, state_of, assert_same, fill):
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
