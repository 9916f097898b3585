"""Programs of trainings that started with a translator's networks: none is read a second time."""

import types

import pytest

from unit_tf.data import datasets
from unit_tf.files import write_text
from unit_tf.lowering import import_state, program_folder, write_program
from unit_tf.resolve import resolve
from unit_tf.training import loop

GONE = {"run.init_from": "gone"}


@pytest.fixture
def built(monkeypatch):
    """List of (run.init_from, fresh) of the trainers that would be built."""
    seen = []

    def build(config, strategy, fresh=True):
        seen.append((config.run.init_from, fresh))
        raise NotImplementedError

    monkeypatch.setattr(loop, "build_trainer", build)
    return seen


def test_a_state_that_comes_home(built, monkeypatch, tmp_path):
    monkeypatch.setattr(program_folder, "position_of", lambda manifest: 0)
    manifest = types.SimpleNamespace(config=resolve("blue_marble", GONE))
    with pytest.raises(NotImplementedError):
        import_state.import_state(tmp_path / "program", manifest, [5], tmp_path / "run")
    assert built == [("", True)]


def test_a_training_that_is_gone_on_with(built, monkeypatch, tmp_path, load_tool, call):
    write_text(tmp_path / "run" / "config.json", resolve("blue_marble", GONE).to_json())
    monkeypatch.setattr(datasets, "open_data", lambda config: None)
    monkeypatch.setattr(write_program, "check_rows", lambda rows, data: None)
    flags = [f"--workdir={tmp_path / 'run'}", f"--output={tmp_path / 'program'}"]
    with pytest.raises(NotImplementedError):
        call(load_tool("lower_train_step"), *flags)
    assert built == [("gone", False)]
