"""What the last bits of a training depend on is kept, and a change is said in one line."""

import json

import pytest
import tensorflow as tf

from unit_tf.training import checkpoints, loop, machine


def test_what_is_kept(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(tf.config.threading, "get_intra_op_parallelism_threads", lambda: 3)
    folder = checkpoints.save(trained(), tmp_path, keep=1)
    kept = json.loads((folder / "machine.json").read_text())
    switches = {name: kept[name] for name in ("onednn", "deterministic")}
    assert kept == {"threads": 3, "tensorflow": tf.__version__, **switches}
    assert all(isinstance(value, bool) for value in switches.values())
    assert machine.other_machine(folder) == ""


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"threads": 8}, "8 threads instead of 2"),
        ({"onednn": False, "threads": 1}, "1 thread instead of 2, oneDNN off instead of on"),
        ({"tensorflow": "2.20.0"}, "TensorFlow 2.20.0 instead of 2.21.0"),
        ({"deterministic": False}, "determinism off instead of on"),
    ],
)
def test_a_change_is_one_line(now, said, tmp_path, monkeypatch):
    before = {"threads": 2, "onednn": True, "tensorflow": "2.21.0"}
    (tmp_path / "machine.json").write_text(json.dumps(before))
    monkeypatch.setattr(machine, "describe_machine", lambda: {"deterministic": True} | before | now)
    assert machine.other_machine(tmp_path) == said


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"threads": 2}'])
def test_a_checkpoint_that_does_not_say(text, tmp_path):
    """One of an earlier version, or a damaged file: nothing is known, so nothing is said."""
    if text is not None:
        (tmp_path / "machine.json").write_text(text)
    assert machine.other_machine(tmp_path) == ""


def test_a_resume_says_so(small_config, data, tmp_path, eager_steps, monkeypatch, capsys):
    config = small_config({"run.steps": 1})
    loop.train(config, data, tmp_path)
    assert "bit for bit" not in capsys.readouterr().err
    now = machine.describe_machine()
    monkeypatch.setattr(machine, "describe_machine", lambda: now | {"threads": 77})
    loop.train(config.replace({"run.steps": 2}), data, tmp_path)
    said = [line for line in capsys.readouterr().err.splitlines() if "bit for bit" in line]
    assert said == [f"not bit for bit as it began: 77 threads instead of {now['threads']}"]
