"""A file that vanishes while training: one line, the steps before it saved, and a way on."""

import collections

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.datasets import open_data
from unit_tf.training import checkpoints, loop, unread_images


@pytest.fixture
def config(tmp_path, small_config):
    """Two images of a domain, each of which every step reads."""
    places = {}
    for i, d in enumerate("ab"):
        folder = tmp_path / d
        folder.mkdir()
        for k in range(2):
            pixels = np.random.default_rng([i, k]).integers(0, 256, (10, 12, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.png")
        places[f"data.dir_{d}"] = str(folder)
    return small_config(places, {
        "run.steps": 10, "run.checkpoint_every": 10, "run.log_every": 1, "model.dropout": 0.5,
    })  # fmt: skip


def run(config, folder):
    """The trainer of a training to the end."""
    return loop.train(config, open_data(config.data), folder)


def test_one_line_and_the_way_on(config, tmp_path, monkeypatch, state_of, assert_same):
    """Bit for bit what a training is that nothing happened to: counters and dropout's seeds too.

    Compiled, as a step may count then while it waits for its batch.
    """
    whole = run(config, tmp_path / "whole")
    path, folder = tmp_path / "a" / "1.png", tmp_path / "run"
    away = path.with_suffix(".away")
    count = loop.Loop._count_skipped

    def strike(self, step, logs):
        if step == 1 and path.exists():
            path.rename(away)
        return count(self, step, logs)

    monkeypatch.setattr(loop.Loop, "_count_skipped", strike)
    with pytest.raises(UserError) as raised:
        run(config, folder)
    (saved,) = checkpoints.list_checkpoints(folder)
    assert 1 <= int(saved.name) < 10
    message = str(raised.value)
    assert message.startswith(
        f"{path}: no such file or directory; it could be read when this training started"
    )
    assert f"Newest checkpoint: {saved}. " in message and "\n" not in message
    assert "--data.skip_bad --run.accept_changed_images" in message

    away.rename(path)
    monkeypatch.setattr(loop.Loop, "_count_skipped", count)
    assert_same(state_of(whole), state_of(run(config, folder)))


def test_the_advice_works(config, tmp_path, eager_steps):
    run(config.replace({"run.steps": 1}), tmp_path / "run")
    (tmp_path / "a" / "1.png").unlink()
    config = config.replace({"run.steps": 2})
    with pytest.raises(UserError, match=r"A: 1 removed: 1.png"):
        run(config, tmp_path / "run")
    on = config.replace({"data.skip_bad": True, "run.accept_changed_images": True})
    assert int(run(on, tmp_path / "run").step.numpy()) == 2


def test_skipped_steps_before_it_are_told(config, tmp_path, monkeypatch, capsys):
    """Nobody has looked at their losses yet, and what is saved is behind them."""
    unread = UserError("b/1.png: no such file")
    monkeypatch.setattr(unread_images, "UNREAD", [unread])

    def make_step(trainer, strategy):
        def step(iterator):
            if int(trainer.step.numpy()) == 2:
                raise tf.errors.UnknownError(None, None, str(unread))
            trainer.step.assign_add(1)
            return {"total/generator": tf.constant(float("nan"))}

        return step

    monkeypatch.setattr(loop, "make_step", make_step)
    with pytest.raises(UserError, match="^b/1.png: no such file; it could be read"):
        run(config.replace({"run.log_every": 10}), tmp_path / "run")
    said = capsys.readouterr().err
    assert all(f"step {step}: total/generator is not finite" in said for step in (1, 2))
    assert [path.name for path in checkpoints.list_checkpoints(tmp_path / "run")] == ["000000002"]


def test_another_failure_keeps_its_traceback(config, tmp_path, monkeypatch):
    error = tf.errors.InternalError(None, None, "something else")

    def fail(iterator):
        raise error

    monkeypatch.setattr(loop, "make_step", lambda *_: fail)
    with pytest.raises(tf.errors.InternalError):
        run(config, tmp_path / "run")


def test_images_that_fail_while_the_first_is_looked_up_change_nothing(monkeypatch):
    class AnotherFails(UserError):
        def __str__(self):
            unread_images.UNREAD.append(UserError("a/4.png: gone"))
            return "a/3.png: gone"

    monkeypatch.setattr(unread_images, "UNREAD", collections.deque([AnotherFails()] * 3))
    unread = object.__new__(unread_images.UnreadImages)
    assert str(unread.behind(OSError("3 lines: a/3.png: gone"))) == "a/3.png: gone"
    assert unread.behind(OSError("a/5.png: gone")) is None
