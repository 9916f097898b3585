"""The loop: resumes exactly, stops cleanly, refuses what does not belong, logs everything."""

import os
import shutil
import signal
import types

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from unit_tf.cli import flags
from unit_tf.cli import train as cli
from unit_tf.config import UserError, lookup
from unit_tf.data import datasets
from unit_tf.report.event_files import read_history
from unit_tf.training import checkpoints, loop
from unit_tf.training import run as training_run
from unit_tf.training.workdir import FREE_TO_CHANGE

FULL = {
    "model.dropout": 0.5, "optim.ema": 0.9, "optim.schedule": "step", "optim.decay_steps": 4,
    "run.steps": 6, "run.checkpoint_every": 3, "run.log_every": 2, "run.image_every": 4,
    "data.value_range": "auto",  # as the command resolves it
}  # fmt: skip


@pytest.fixture(scope="module")
def finished():
    """Filled by the first test that needs it: {"config", "workdir", "state"} of a six-step run."""
    return {}


@pytest.fixture
def six_steps(finished, small_config, data, state_of, tmp_path_factory, eager_steps):
    """The same, filled; steps are not compiled. The test of a kill, below, does compile them."""
    if not finished:
        config, workdir = small_config(FULL), tmp_path_factory.mktemp("six")
        finished.update(config=config, workdir=workdir)
        finished["state"] = state_of(loop.train(config, data, workdir))
    return finished


def test_three_steps_and_three_more_are_six(six_steps, data, tmp_path, state_of, assert_same):
    """Bit for bit: networks, both optimizers, averages, dropout seeds, step."""
    config, half = six_steps["config"], "checkpoints/000000003"
    shutil.copytree(six_steps["workdir"] / half, tmp_path / half)
    experiment = loop.Loop(config, data, tmp_path)
    trainer = experiment.trainer
    assert experiment.restored == tmp_path / half and int(trainer.step.numpy()) == 3
    experiment.run()
    assert_same(six_steps["state"], state_of(trainer))
    assert int(trainer.step.numpy()) == 6


def test_a_finished_run_has_nothing_left_to_do(six_steps, make_data, state_of, assert_same):
    def fail():
        raise AssertionError("data were read")

    trainer = loop.train(six_steps["config"], make_data(on_crop=fail), six_steps["workdir"])
    assert_same(six_steps["state"], state_of(trainer))


def events(workdir):
    accumulator = EventAccumulator(str(workdir / "logs"), size_guidance={"tensors": 0})
    accumulator.Reload()
    tags = accumulator.Tags()["tensors"]
    return {tag: [(e.step, e.tensor_proto) for e in accumulator.Tensors(tag)] for tag in tags}


def test_tensorboard_holds_every_term(six_steps):
    seen = events(six_steps["workdir"])
    terms = {"gan", "kl", "reconstruction", "discriminator"}
    names = {f"{term}/{d}" for term in terms for d in "ab"}
    names |= {"total/generator", "total/discriminator", "learning_rate", "images_per_second"}
    assert set(seen) == names | {"grid"}
    for name in names:
        assert [step for step, _ in seen[name]] == [2, 4, 6], name
        values = [float(tf.make_ndarray(proto)) for _, proto in seen[name]]
        assert np.isfinite(values).all() and min(values) > 0, name
    rates = [float(tf.make_ndarray(proto)) for _, proto in seen["learning_rate"]]
    np.testing.assert_allclose(rates, [1e-3, 5e-4, 5e-4], rtol=1e-5)


def test_tensorboard_holds_the_grid(six_steps):
    """Four rows of 8 pixels; for each domain itself, its own, the other and back: eight columns."""
    grids = events(six_steps["workdir"])["grid"]
    assert [step for step, _ in grids] == [4, 6]
    width, height, *images = tf.make_ndarray(grids[-1][1])
    assert (int(width), int(height), len(images)) == (8 * 8, 4 * 8, 1)
    assert tf.io.decode_png(images[0]).shape == (32, 64, 3)


def test_who_is_called_after_a_checkpoint_finds_its_step_in_the_log(
    small_config, data, tmp_path, eager_steps
):
    seen = []

    def look(step):
        seen.append((step, max(read_history(tmp_path / "run" / "logs").scalars["gan/a"])))

    config = small_config({"run.steps": 3, "run.checkpoint_every": 2, "run.log_every": 1})
    loop.train(config, data, tmp_path / "run", after_save=look)
    assert seen == [(2, 2), (3, 3)]


def test_another_experiments_folder_is_refused(six_steps, data):
    config = six_steps["config"].replace({"optim.l2": 0.5, "model.dropout": 0, "run.steps": 9})
    with pytest.raises(UserError, match="holds another experiment") as error:
        loop.Loop(config, data, six_steps["workdir"])
    text = str(error.value)
    assert "optim.l2: 0.5 != 0.0" in text and "model.dropout: 0.0 != 0.5" in text
    assert "run.steps" not in text and "\n" not in text


def test_what_may_change_may_change(six_steps):
    texts = {n for n in FREE_TO_CHANGE if isinstance(lookup(n).default, str)}
    changed = {n: "elsewhere" if n in texts else 77 for n in FREE_TO_CHANGE}
    changed |= {"run.on_alarm": "stop", "run.accept_changed_images": True}
    changed |= {"run.deterministic": "on"}
    loop.check_workdir(six_steps["config"].replace(changed), six_steps["workdir"])


def test_a_file_in_place_of_the_folder(small_config, data, tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="--workdir=.*(a file, not|Not a)") as error:
            loop.Loop(small_config(), data, path)
        assert "\n" not in str(error.value)


def test_a_saved_translator_is_not_trained_on(small_config, tmp_path):
    """Its weights would be loaded afterwards, and not those of the training."""
    (tmp_path / "config.json").write_text(small_config().to_json())
    (tmp_path / "translator.npz").touch()
    with pytest.raises(UserError, match=r"--workdir=.*: holds a saved translator \(translator.npz"):
        loop.check_workdir(small_config(), tmp_path)


def test_an_unreadable_configuration_is_named(small_config, tmp_path):
    (tmp_path / "config.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="config.json: not UTF-8"):
        loop.check_workdir(small_config(), tmp_path)
    (tmp_path / "config.json").unlink()
    (tmp_path / "config.json").mkdir()
    with pytest.raises(UserError, match="config.json: cannot be read"):
        loop.check_workdir(small_config(), tmp_path)


def test_a_folder_that_cannot_be_written_to(small_config, data, tmp_path, monkeypatch):
    """One line before the first step, not a traceback after the last."""

    def refuse(*unused):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(loop, "write_text", refuse)
    with pytest.raises(UserError, match=r"--workdir=.*cannot write to it \(permission denied\)"):
        loop.Loop(small_config(), data, tmp_path)


def test_a_start_that_fails_leaves_no_folder(small_config, data, tmp_path):
    two = types.SimpleNamespace(num_replicas_in_sync=2)
    config = small_config().replace({"optim.batch_size": 3})
    with pytest.raises(UserError, match="multiple of the 2 replicas"):
        loop.Loop(config, data, tmp_path / "new", two)
    assert not (tmp_path / "new").exists()


@pytest.fixture
def command(monkeypatch, capsys):
    """(data, config, workdir) -> (exit code, stderr) of ``unit-train`` in this process."""

    def run(data, config, workdir):
        monkeypatch.setattr(training_run, "open_data", lambda _: data)
        for name in cli.FLAGS:
            cli.FLAGS[name].unparse()
        settings = [f"--{name}={shown(value)}" for name, value in config.items()]
        argv = ["unit-train", f"--workdir={workdir}", *settings]
        capsys.readouterr()
        code = flags.run(cli.main, cli.FLAGS, cli.__doc__, argv)
        run.out, said = capsys.readouterr()
        return code, said

    yield run
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()


def test_a_finished_training_is_not_silent(six_steps, make_data, command):
    """The same command once more says that there is nothing left to do."""
    code, said = command(make_data(), six_steps["config"], six_steps["workdir"])
    assert (code, said) == (0, "")
    assert command.out == f"{six_steps['workdir']}: trained to step 6\n"


def shown(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_stops(
    number, small_config, make_data, tmp_path, command, eager_steps, state_of
):
    """Exit code 128 + signal, a whole checkpoint, the old handlers back, and the way on."""
    config = small_config({"run.steps": 50, "run.checkpoint_every": 50})
    handler = signal.getsignal(number)
    once = iter([lambda: os.kill(os.getpid(), number)])
    data = make_data(on_crop=lambda: next(once, int)())
    code, said = command(data, config, tmp_path)
    assert code == 128 + number
    assert said.splitlines()[-1] == "unit-train: stopped; run the same command again to go on"
    (saved,) = checkpoints.list_checkpoints(tmp_path)
    assert 1 <= int(saved.name) < 50
    assert signal.getsignal(number) is handler
    resolved = config.replace({"data.value_range": "auto"})  # as the command's is
    resumed = loop.Loop(resolved, data, tmp_path)
    assert resumed.restored == saved and int(resumed.trainer.step.numpy()) == int(saved.name)


def test_a_signal_during_the_last_step_changes_nothing(
    small_config, make_data, tmp_path, eager_steps, monkeypatch
):
    config = small_config({"run.steps": 1})
    experiment = loop.Loop(config, make_data(), tmp_path)
    save = experiment._save
    monkeypatch.setattr(
        experiment,
        "_save",
        lambda step, **more: (os.kill(os.getpid(), signal.SIGTERM), save(step, **more)),
    )
    experiment.run()
    assert [int(p.name) for p in checkpoints.list_checkpoints(tmp_path)] == [1]


def test_divergence_stops_and_names_the_last_good_checkpoint(
    small_config, make_data, tmp_path, command, eager_steps
):
    """A rate of 1e30: step 1's weights still fit float32, step 2's losses do not."""
    config = small_config({"weights.gan": 0, "run.steps": 1, "optim.learning_rate": 1e30})
    assert command(make_data(), config, tmp_path)[0] == 0
    code, said = command(make_data(), config.replace({"run.steps": 5}), tmp_path)
    assert code == 1
    line = said.splitlines()[-1]
    assert line.startswith("unit-train: step 2: ") and " is not finite; last good" in line
    assert any(f" {name}/{d} " in line for name in ("kl", "reconstruction") for d in "ab")
    assert line.endswith(str(tmp_path / "checkpoints" / "000000001"))
    assert [p.name for p in checkpoints.list_checkpoints(tmp_path)] == ["000000001"]


def test_weights_that_are_not_finite_are_never_saved(
    small_config, data, tmp_path, eager_steps, make_trainer
):
    experiment = loop.Loop(small_config({"run.steps": 1}), data, tmp_path)
    variable = experiment.trainer.method.generator_variables[0]
    variable.assign(np.full(variable.shape, np.inf))
    with pytest.raises(loop.Diverged, match="last good checkpoint: none") as error:
        experiment._save(1)
    assert variable.path in str(error.value)
    assert checkpoints.list_checkpoints(tmp_path) == []


def test_a_full_disk_is_one_line_with_the_newest_good_checkpoint(
    small_config, make_data, tmp_path, command, eager_steps, monkeypatch
):
    config = small_config({"run.steps": 1})
    assert command(make_data(), config, tmp_path)[0] == 0

    def full(*_, **__):
        text = "/x/state.data; No space left on device [Op:SaveV2]"
        raise tf.errors.ResourceExhaustedError(None, None, text)

    monkeypatch.setattr(checkpoints, "save", full)
    code, said = command(make_data(), config.replace({"run.steps": 2}), tmp_path)
    assert code == 2 and "Traceback" not in said
    assert said.splitlines()[-1] == (
        f"unit-train: --workdir={tmp_path}: cannot be written to: no space left on device "
        f"(/x/state.data); newest good checkpoint: {tmp_path / 'checkpoints/000000001'}"
    )


def test_a_memory_that_is_full_is_no_full_disk(
    small_config, make_data, tmp_path, command, monkeypatch
):
    """And no internal failure: one line, exit code 2."""
    full = tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    def fail(*_):
        raise full

    for owner, name in ((loop.Loop, "_train"), (loop, "build_trainer")):  # in a step, and before
        monkeypatch.setattr(owner, name, fail)
        code, said = command(make_data(), small_config({"run.steps": 1}), tmp_path)
        assert code == 2 and "Traceback" not in said
        assert said.splitlines()[-1].startswith("unit-train: out of memory with a batch of 2 ima")


def test_a_folder_that_is_removed_meanwhile(small_config, data, tmp_path):
    """Half of one is not made anew; where config.json alone is gone, it is written again."""
    workdir = tmp_path / "run"
    experiment = loop.Loop(small_config({"run.steps": 1}), data, workdir)
    (workdir / "config.json").unlink()
    experiment._save(1)
    assert (workdir / "config.json").is_file()
    shutil.rmtree(workdir)
    with pytest.raises(UserError, match="was removed while this training ran; stopped at step 2"):
        experiment._save(2)
    assert not workdir.exists()


@pytest.mark.timeout(300)
def test_killed_and_started_again_is_as_if_never_killed(
    image_folders, train_process, wait_for, stored, assert_same, tmp_path, rewritten_graphs
):
    """SIGKILL in the middle, the same command again; against a run in one piece."""
    from unit_tf.config import ExperimentConfig

    settings = image_folders | {
        "run.steps": 30, "run.checkpoint_every": 2, "optim.ema": 0.9, "model.dropout": 0.5,
    }  # fmt: skip
    killed = train_process(settings, tmp_path / "killed")
    root = tmp_path / "killed" / "checkpoints"
    wait_for(lambda: killed.poll() is not None or list(root.glob("0*")), seconds=120)
    killed.kill()
    assert killed.wait(60) == -signal.SIGKILL
    assert 2 <= int(sorted(root.glob("0*"))[-1].name) < 30
    again = train_process(settings, tmp_path / "killed")
    config = ExperimentConfig().replace(settings | {"run.checkpoint_every": 30})
    loop.train(config, datasets.open_data(config.data), tmp_path / "whole")
    said = again.communicate(timeout=200)[1]
    assert again.returncode == 0, said
    assert [p for p in root.iterdir() if not p.name.isdigit()] == []
    (step, resumed), (_, whole) = stored(tmp_path / "killed"), stored(tmp_path / "whole")
    assert step == 30 and any(name.startswith("seeds/") for name in whole)
    assert_same(whole, resumed)
