"""Trainings in processes of their own: what is run, what is not, and what is said."""

import concurrent.futures
import json
import os
import signal
import sys
import threading
import time

import pytest

import grid
import grid_flags
from unit_tf.cli import flags
from unit_tf.config import ExperimentConfig, UserError

CONFIG = ExperimentConfig().replace({"run.steps": 5})
WRITE = "import sys; open(sys.argv[1], 'w').write(sys.argv[2])"


@pytest.fixture
def where(tmp_path):
    (tmp_path / "results").mkdir()
    return grid.Grid(tmp_path / "runs", tmp_path / "results")


def training(where, name, config=CONFIG, code=WRITE, row=None):
    """One of a row of its own unless that is given."""
    record = {
        "steps": config.run.steps, "settings": dict(config.items()), "b": 0.5,
        "row": row or name, "seed": config.run.seed,
    }  # fmt: skip
    command = [sys.executable, "-c", code, str(where.record(name)), json.dumps(record)]
    return grid.Training(name, config, command, {"row": row or name})


def said(record):
    return f"score {record['b']}"


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_missing_is_trained_and_nothing_twice(where, capfd, jobs):
    trainings = [training(where, name) for name in ("one", "two", "three")]
    assert where.run(trainings[:1], said) == (0, True)
    assert capfd.readouterr().out == "one: score 0.5 after 0 min\n"
    assert where.run(trainings, said, jobs) == (0, True)
    lines = capfd.readouterr().out.splitlines()
    assert sorted(line.split(":")[0] for line in lines) == ["three", "two"]
    assert lines[0].endswith("; 1 left, about 0 min") and lines[1].endswith("after 0 min")
    assert where.run(trainings, said) == (0, False) and capfd.readouterr().out == ""


def test_more_steps_are_trained_and_other_settings_refused(where):
    where.run([training(where, "one")], said)
    assert where.is_done(training(where, "one"))
    assert where.is_done(training(where, "one", CONFIG.replace({"run.steps": 4})))
    assert not where.is_done(training(where, "one", CONFIG.replace({"run.steps": 6})))
    with pytest.raises(UserError, match="one.json: another training .optim.l2: 0.5 != 0.0"):
        where.is_done(training(where, "one", CONFIG.replace({"optim.l2": 0.5})))


def test_other_seeds_of_a_row_have_its_settings(where):
    """Their mean would be of neither; another row may have what it likes."""
    where.run([training(where, "full_0", row="full")], said)
    other = CONFIG.replace({"optim.l2": 0.5, "run.seed": 1})
    with pytest.raises(UserError, match="full_0.json: another training .optim.l2: 0.5 != 0.0"):
        where.is_done(training(where, "full_1", other, row="full"))
    assert not where.is_done(training(where, "less_1", other, row="less"))


def test_minutes_in_place_of_steps_are_refused(where):
    with pytest.raises(UserError, match="--run.minutes=5: trainings of a table have as many steps"):
        where.run([training(where, "one", CONFIG.replace({"run.minutes": 5.0}))], said)


def test_a_record_under_another_name_is_refused(where):
    """It is not taken for what it is called, nor is what it is trained a second time."""
    where.run([training(where, "full_0", row="full")], said)
    where.record("full_0").rename(where.record("full_7"))
    seventh = CONFIG.replace({"run.seed": 7})
    with pytest.raises(UserError, match=r"full_7.json: of another training \(seed: 0\)"):
        where.is_done(training(where, "full_7", seventh, row="full"))
    with pytest.raises(UserError, match=r"full_7.json: should be .*full_0.json"):
        where.is_done(training(where, "full_0", row="full"))


@pytest.mark.parametrize(("name", "where_to"), [("one", "one"), ("log.txt", "one/log.txt")])
def test_a_place_that_is_taken(where, tmp_path, name, where_to):
    """A file where the training's folder should be, a folder where its log should."""
    taken = tmp_path / "runs" / where_to
    taken.parent.mkdir(parents=True)
    taken.write_text("") if name == "one" else taken.mkdir()
    with pytest.raises(UserError, match=f"{where_to}: "):
        where.run([training(where, "one")], said)


def test_a_started_training_of_other_settings_is_refused(where):
    where.folder("one").mkdir(parents=True)
    (where.folder("one") / "config.json").write_text(CONFIG.to_json())
    assert not where.is_done(training(where, "one"))
    with pytest.raises(UserError, match="runs/one: another training"):
        where.is_done(training(where, "one", CONFIG.replace({"optim.l2": 0.5})))


def test_another_precision_is_another_training():
    with pytest.raises(UserError, match="x: another training .run.precision: 'float32' != "):
        grid.refuse_another("x", CONFIG, CONFIG.replace({"run.precision": "mixed_bfloat16"}))
    grid.refuse_another("x", CONFIG, CONFIG.replace({"run.steps": 3, "data.tfds_dir": "moved"}))


def test_failures_are_named_and_the_others_run(where, capfd):
    """A user's with the process' own line, and nothing left of it; ours with its log."""
    ours = training(where, "ours", code="raise KeyError(3)")
    users = training(
        where, "users", code="import sys; sys.stderr.write('x: --a: wrong\\n'); sys.exit(2)"
    )
    assert where.run([ours, users, training(where, "whole")], said) == (2, True)
    out, err = capfd.readouterr()
    log = where.folder("ours") / "log.txt"
    assert err.splitlines() == [f"ours: exit 1; see {log}", "users: --a: wrong"]
    assert out == "whole: score 0.5 after 0 min; 2 left, about 0 min\n"
    assert "KeyError: 3" in log.read_text() and not where.folder("users").exists()
    assert where.run([ours], said) == (1, False)


SAVES = """
import pathlib, signal, sys, time
def save(*_):
    while not pathlib.Path(sys.argv[1]).with_suffix(".twice").exists():
        time.sleep(0.01)
    pathlib.Path(sys.argv[1]).with_suffix(".saved").write_text("")
    sys.exit(143)
signal.signal(signal.SIGTERM, save)
pathlib.Path(sys.argv[1]).with_suffix(".begun").write_text("")
time.sleep(60)
"""


def wait_until(true):
    while not true():
        time.sleep(0.01)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_two_signals_are_one(where, capfd, second):
    """The training that runs saves, the next is not begun, and the second signal breaks neither."""
    trainings = [training(where, name, code=SAVES) for name in ("one", "two")]
    begun, twice = (where.record("one").with_suffix(s) for s in (".begun", ".twice"))

    def stop_twice():
        wait_until(begun.exists)
        os.kill(os.getpid(), signal.SIGINT)
        # Before that it would end this very process, which is no command.
        wait_until(lambda: signal.getsignal(second) is grid._do_nothing)
        os.kill(os.getpid(), second)
        twice.write_text("")

    before = signal.getsignal(signal.SIGINT)
    stopper = threading.Thread(target=stop_twice)
    stopper.start()
    # As the tools run it, with handlers of their own: in the background SIGINT may be ignored.
    code = flags.run(lambda: where.run(trainings, said)[0], flags.new_flags(), "", ["it"])
    stopper.join()
    assert code == 130
    assert capfd.readouterr().err == "stopping; trainings that run save\nit: stopped\n"
    assert {p.name for p in where.results.iterdir()} == {"one.begun", "one.saved", "one.twice"}
    assert signal.getsignal(signal.SIGINT) is before and not where.folder("two").exists()


def test_where_nobody_reads_the_lines_none_is_begun(where, monkeypatch):
    def unread(*lines, file=sys.stdout, flush=False):
        if file is not sys.stderr:
            raise BrokenPipeError

    monkeypatch.setattr("builtins.print", unread)
    with pytest.raises(BrokenPipeError):
        where.run([training(where, name) for name in ("one", "two", "three", "four")], said)
    assert not any(where.folder(name).exists() for name in ("two", "three", "four"))


def test_none_begins_after_the_others_were_stopped(where):
    running = grid.Running()
    running.stop()
    with pytest.raises(concurrent.futures.CancelledError):
        where._train(training(where, "one"), {}, running)
    assert not where.folder("one").exists()


def test_folders_are_checked(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--output=.*file is no folder to write to"):
        grid.Grid(tmp_path / "file", tmp_path).check_folders()
    with pytest.raises(UserError, match="--results=.*file is no folder to write to"):
        grid.Grid(tmp_path, tmp_path / "file" / "below").check_folders()
    grid.Grid(tmp_path / "new", tmp_path / "new" / "too").check_folders()
    with pytest.raises(UserError, match="--output=.*: file name too long"):
        grid.Grid(tmp_path / ("a" * 300), tmp_path).check_folders()


def test_rows():
    rows, groups = {"full": 1, "no_cycle": 2}, {"all": ["full", "no_cycle"]}
    assert grid_flags.chosen_rows(["no_cycle", "all"], rows, groups) == ["no_cycle", "full"]
    with pytest.raises(UserError, match="--rows=ful: no such row; did you mean full?"):
        grid_flags.chosen_rows(["ful"], rows, groups)
    with pytest.raises(UserError, match="--rows: none; of all, full, no_cycle"):
        grid_flags.chosen_rows([], rows, groups)


def test_seeds():
    assert grid_flags.chosen_seeds(["2", "0", "2"]) == [2, 0]
    for texts, message in ((["x"], "--seeds=x: expected a whole"), ([], "--seeds: none")):
        with pytest.raises(UserError, match=message):
            grid_flags.chosen_seeds(texts)
