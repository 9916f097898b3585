"""The process that a probe runs in, without what it measures."""

import signal
import subprocess
import sys
import types

import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.training.budget import probe_process
from unit_tf.training.budget.costs import Cost, Measurement


@pytest.fixture
def children(monkeypatch):
    """The processes that were started."""
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


def test_what_it_does_not_know_is_told(monkeypatch, tmp_path, children):
    """A module of the user's is not taken for one of ours or Python's, and nothing is left."""
    for name in ("unit_tf.py", "re.py"):
        (tmp_path / name).write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])  # as in an interactive Python
    text = ExperimentConfig().to_json().replace('"unit"', '"mine"')
    with pytest.raises(UserError, match="^--run.minutes: its probe .*method=mine: not valid"):
        probe_process.probe(types.SimpleNamespace(to_json=lambda: text), 1.0)
    assert [child.returncode for child in children] == [0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["re.py", "unit_tf.py"]


def test_what_it_refuses_is_refused_here(monkeypatch):
    answer = {"refused": "--data.dir_a=absent: no such folder"}
    monkeypatch.setattr(probe_process, "_run", lambda request, errors: (0, answer))
    with pytest.raises(UserError, match="^--data.dir_a=absent: no such folder$"):
        probe_process.probe(ExperimentConfig(), 1.0)


def test_how_it_failed_is_told(monkeypatch):
    monkeypatch.setattr(probe_process, "CHILD", "unit_tf.no_such_module")
    with pytest.raises(RuntimeError, match="ended with status 1:\n.*no_such_module"):
        probe_process.probe(ExperimentConfig(), 1.0)


def test_it_ends_with_ctrl_c(monkeypatch, children):
    def interrupted(self, request):
        assert self.poll() is None  # waits for its request
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        probe_process.probe(ExperimentConfig(), 1.0)
    assert [child.returncode for child in children] == [-signal.SIGKILL]


@pytest.mark.parametrize(
    ("code", "answer"), [(0, {"exhausted": True}), (-signal.SIGKILL, {})]
)  # fmt: skip
def test_too_little_memory_is_no_failure(monkeypatch, code, answer):
    monkeypatch.setattr(probe_process, "_run", lambda request, errors: (code, answer))
    assert probe_process.probe(ExperimentConfig(), 1.0) is None


def test_how_long_it_takes_to_end_counts(monkeypatch):
    measured = Measurement(9.0, 0.5, health=Cost(3, 1), peak=2e9)
    answer = {"measured": measured._asdict(), "ended": 100.0}
    monkeypatch.setattr(probe_process, "_run", lambda request, errors: (0, answer))
    monkeypatch.setattr(probe_process.time, "time", lambda: 101.5)
    assert probe_process.probe(ExperimentConfig(), 1.0) == measured._replace(end=1.5)
