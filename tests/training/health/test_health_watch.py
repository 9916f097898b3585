"""Health inside the loop: it changes no bit, says an alarm once, and stops where it is to."""

import json
import math
import shutil

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from unit_tf.cli import flags
from unit_tf.cli import train as cli
from unit_tf.training import checkpoints, loop
from unit_tf.training import run as training_run
from unit_tf.training.health import base, health_watch
from unit_tf.training.health.base import Measurement, Symptom
from unit_tf.training.health.health_log import read_health
from unit_tf.training.health.registry import SYMPTOMS

EVERY_STEP = {
    "model.dropout": 0.5, "optim.ema": 0.9, "run.steps": 4, "run.checkpoint_every": 2,
    "run.health_every": 1,
}  # fmt: skip


class Sick(Symptom):
    """Bad at every check."""

    name, limit, patience = "sick", 0.5, 2
    says, number, advice = "the training is sick", "fever", ("a pause",)

    def __init__(self, value=1.0):
        self.value = value

    def measure(self, seen):
        return Measurement(self.value)


@pytest.fixture
def sick(monkeypatch):
    """Every check from step 1 on sees Sick, and nothing else."""
    monkeypatch.setattr(health_watch, "SYMPTOMS", (Sick(),))
    monkeypatch.setattr(base, "FIRST", 1)


@pytest.fixture
def sick_at(sick, small_config):
    """(**settings of run) -> ExperimentConfig of a short training."""
    return lambda **run: small_config({f"run.{k}": v for k, v in run.items()})


def test_the_weights_are_those_without_and_a_resume_is_exact(
    small_config, data, tmp_path, eager_steps, state_of, assert_same
):
    """Bit for bit: without health, with it, and with it after a stop; its file byte for byte."""
    config = small_config(EVERY_STEP)
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    watched = state_of(loop.train(config, data, whole))
    without = config.replace({"run.health_every": 0})
    assert_same(watched, state_of(loop.train(without, data, tmp_path / "without")))
    assert not (tmp_path / "without" / "health.jsonl").exists()
    half = "checkpoints/000000002"
    shutil.copytree(whole / half, resumed / half)
    shutil.copy(whole / "health.jsonl", resumed)  # with the steps that come again
    assert_same(watched, state_of(loop.train(config, data, resumed)))
    assert (resumed / "health.jsonl").read_bytes() == (whole / "health.jsonl").read_bytes()


def test_what_is_logged(small_config, data, tmp_path, eager_steps):
    """Every symptom that applies, at every check; the weights' first numbers are of step 0."""
    config = small_config(EVERY_STEP, {"run.steps": 2})
    loop.train(config, data, tmp_path)
    entries = read_health(tmp_path)
    lines = (tmp_path / "health.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == entries
    known = {symptom.name for symptom in SYMPTOMS}
    of_step = {step: {e["symptom"] for e in entries if e["step"] == step} for step in range(3)}
    assert of_step[0] == {"weights_generator", "weights_discriminator"}
    assert of_step[1] == of_step[2] <= known
    assert {
        "blank_images",
        "ignores_input",
        "saturated",
        "reconstruction",
        "discriminator_wins",
    } <= of_step[1]
    assert not any(e["alarm"] or e["line"] for e in entries)
    accumulator = EventAccumulator(str(tmp_path / "logs"), size_guidance={"tensors": 0})
    accumulator.Reload()
    tags = {t for t in accumulator.Tags()["tensors"] if t.startswith("health/")}
    assert tags == {f"health/{name}" for name in of_step[1]}


def test_an_alarm_is_said_once(sick, sick_at, data, tmp_path, eager_steps, capsys):
    """Though each check raises it; and not again after a resume."""
    loop.train(sick_at(steps=4, health_every=1), data, tmp_path)
    line = "step 2: the training is sick (fever 1; alarm above 0.5); try a pause"
    assert [s for s in capsys.readouterr().err.splitlines() if "sick" in s] == [line]
    entries = read_health(tmp_path)
    assert [(e["step"], e["alarm"]) for e in entries] == [
        (1, False), (2, True), (3, True), (4, True)
    ]  # fmt: skip
    assert entries[1]["line"] == line and entries[0]["line"] == ""
    loop.train(sick_at(steps=6, health_every=1), data, tmp_path)
    assert "sick" not in capsys.readouterr().err
    assert [e["step"] for e in read_health(tmp_path)] == [1, 2, 3, 4, 5, 6]


def test_only_some_steps_are_looked_at(sick, sick_at, data, tmp_path, eager_steps):
    """The last one not among them: a few steps say nothing about health."""
    loop.train(sick_at(steps=5, health_every=2), data, tmp_path)
    assert [e["step"] for e in read_health(tmp_path)] == [2, 4]


@pytest.mark.parametrize(
    ("first", "alarms"),
    [
        pytest.param(1, [2, 3, 4], marks=pytest.mark.slow),
        (3, [4]),
        pytest.param(4, [], marks=pytest.mark.slow),
    ],
)
def test_early_checks_do_not_count(
    sick, sick_at, data, tmp_path, eager_steps, monkeypatch, first, alarms
):
    monkeypatch.setattr(base, "FIRST", first)
    loop.train(sick_at(steps=4, health_every=1), data, tmp_path)
    assert [e["step"] for e in read_health(tmp_path) if e["alarm"]] == alarms


def test_a_number_that_is_not_finite_is_left_out(
    sick, sick_at, data, tmp_path, eager_steps, monkeypatch
):
    overflows = Sick()
    overflows.measure = lambda seen: Measurement(float(np.float32([1e38, 0]).std()))
    monkeypatch.setattr(health_watch, "SYMPTOMS", (Sick(math.nan), Sick(math.inf), overflows))
    loop.train(sick_at(steps=1, health_every=1), data, tmp_path)
    assert read_health(tmp_path) == []


def test_an_alarm_stops_a_training_that_is_to_stop(
    sick, sick_at, data, tmp_path, eager_steps, monkeypatch, capsys
):
    """A checkpoint, one line, exit code 2; the same with on_alarm=warn goes on."""
    monkeypatch.setattr(training_run, "open_data", lambda _: data)
    config = sick_at(steps=4, health_every=1, on_alarm="stop", checkpoint_every=4)
    argv = ["unit-train", f"--workdir={tmp_path}"]
    argv += [f"--{k}={'x'.join(map(str, v)) if isinstance(v, tuple) else v}" for k, v in
             config.items()]  # fmt: skip
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()
    assert flags.run(cli.main, cli.FLAGS, cli.__doc__, argv) == 2
    assert [s for s in capsys.readouterr().err.splitlines() if "sick" in s] == [
        "unit-train: step 2: the training is sick (fever 1; alarm above 0.5); try a pause; saved "
        "and stopped, --run.on_alarm=warn goes on"
    ]
    assert [p.name for p in checkpoints.list_checkpoints(tmp_path)] == ["000000002"]
    assert [e["step"] for e in read_health(tmp_path)] == [1, 2]
    resolved = config.replace({"data.value_range": "auto"})  # as the command's is
    trainer = loop.train(resolved.replace({"run.on_alarm": "warn"}), data, tmp_path)
    assert int(trainer.step.numpy()) == 4


def test_what_chance_may_bring_ends_no_training(
    sick, sick_at, data, tmp_path, eager_steps, monkeypatch, capsys
):
    """An alarm of it is said all the same, once."""
    monkeypatch.setattr(Sick, "stops", False)
    trainer = loop.train(sick_at(steps=4, health_every=1, on_alarm="stop"), data, tmp_path)
    assert int(trainer.step.numpy()) == 4
    assert capsys.readouterr().err.count("the training is sick") == 1


def test_another_process_says_nothing_and_stops_too(sick, sick_at, data, tmp_path, make_trainer):
    """Of several, the chief writes; all must stop at the same step."""

    class Log:
        def scalars(self, step, values):
            pass

    def fail(line):
        raise AssertionError(line)

    for on_alarm, expected in (("warn", ["", ""]), ("stop", ["", "step 2"])):
        config = sick_at(steps=4, health_every=1, on_alarm=on_alarm)
        watch = health_watch.HealthWatch(make_trainer(config), data, tmp_path, chief=False)
        watch.observer = watch.every and type("", (), {"look": lambda self: None})()
        lines = [watch.check(step, Log(), fail) for step in (1, 2)]
        assert [line[:6] for line in lines] == expected
    assert not (tmp_path / "health.jsonl").exists()
