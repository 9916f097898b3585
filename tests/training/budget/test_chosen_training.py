"""A training that minutes chose: frozen in its folder, and the same as by the flags it printed."""

import functools
import json
import pathlib
import signal

import pytest

from unit_tf.config import UserError
from unit_tf.resolve import resolve
from unit_tf.training import run
from unit_tf.training.budget.choose import choose
from unit_tf.training.budget.costs import Measurement


@pytest.fixture
def train(image_folders, monkeypatch):
    """(workdir, probe, **settings) -> Trainer; what is not given is chosen by the probe."""
    fixed = {k: v for k, v in image_folders.items() if k not in ("run.steps", "optim.batch_size")}

    def start(workdir, probe, settings):
        given = fixed | settings
        monkeypatch.setattr(run, "choose", functools.partial(choose, probe=probe))
        return run.train(resolve("", given), workdir, given=tuple(given))

    return start


def slow(config, seconds):
    """The Measurement of a machine on which 3 steps take two minutes."""
    return Measurement(start=1.0, step=50.0)


def forbidden(config, seconds):
    raise AssertionError("probed again")


def test_the_same_weights_as_by_the_flags(
    train, tmp_path, capsys, eager_steps, state_of, assert_same
):
    chosen = train(tmp_path / "minutes", slow, {"run.minutes": 2})
    said = capsys.readouterr().err
    line = next(line for line in said.splitlines() if " chose " in line)
    flags = dict(flag[2:].split("=") for flag in line.partition(" chose ")[2].split())
    assert flags["run.steps"] == "3" and "optim.batch_size" in flags
    pasted = train(tmp_path / "flags", forbidden, flags)
    assert_same(state_of(chosen), state_of(pasted))

    stored, other = (
        json.loads((tmp_path / name / "config.json").read_text()) for name in ("minutes", "flags")
    )
    assert (stored["run"].pop("minutes"), other["run"].pop("minutes")) == (2.0, 0.0)
    assert stored == other


def test_a_resume_probes_no_more(train, tmp_path, capsys, eager_steps):
    """By the same command, and without its minutes; others are refused."""
    train(tmp_path / "run", slow, {"run.minutes": 2})
    before = (tmp_path / "run" / "config.json").read_text()
    for again in ({"run.minutes": 2}, {}):
        capsys.readouterr()
        assert int(train(tmp_path / "run", forbidden, again).step) == 3
        assert "going on with what --run.minutes chose: " in capsys.readouterr().err
        assert (tmp_path / "run" / "config.json").read_text() == before
    with pytest.raises(UserError, match="was begun with --run.minutes=2, "):
        train(tmp_path / "run", forbidden, {"run.minutes": 3})
    capsys.readouterr()
    with pytest.raises(UserError, match="holds another experiment .run.seed: 7"):
        train(tmp_path / "run", forbidden, {"run.minutes": 2, "run.seed": 7})
    assert capsys.readouterr().err == ""
    assert (tmp_path / "run" / "config.json").read_text() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, UserError("no")])
def test_nothing_is_left_of_a_probe_that_ends(train, tmp_path, error):
    def ends(config, seconds):
        raise error

    with pytest.raises((KeyboardInterrupt, UserError)):
        train(tmp_path / "run", ends, {"run.minutes": 2})
    assert not (tmp_path / "run").exists()


def test_a_missing_folder_is_told_before_a_probe(train, tmp_path):
    settings = {"data.dir_a": str(tmp_path / "absent"), "run.minutes": 2}
    with pytest.raises(UserError, match="no such folder"):
        train(tmp_path / "run", forbidden, settings)


def test_a_folder_that_cannot_be_is_told_before_a_probe(train, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="^--workdir=.*: cannot write to it "):
        train(tmp_path / "file" / "run", forbidden, {"run.minutes": 2})


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_it_probes(image_folders, train_process, wait_for, tmp_path, sent, code):
    """The command ends at once, its probe with it, and there is no folder."""
    settings = {k: v for k, v in image_folders.items() if k != "run.steps"}
    process = train_process(settings | {"run.minutes": 5}, tmp_path / "run")
    listed = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not listed.exists():
        pytest.skip("needs Linux' list of a process' children")
    wait_for(lambda: listed.read_text(), seconds=60)
    child = pathlib.Path("/proc", listed.read_text().split()[0])
    # It has its request once it has worked for half a second: its own start takes less.
    wait_for(lambda: int((child / "stat").read_text().split()[13]) > 50, seconds=60)
    process.send_signal(sent)
    error = process.communicate(timeout=60)[1]
    assert process.returncode == code
    assert error.splitlines()[-1].endswith(": stopped")
    assert not child.exists() and not (tmp_path / "run").exists()
