"""A file that vanishes while training: one line, the steps before it saved, and a way on."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import UserError
from unit_tf.data.datasets import open_data
from unit_tf.training import checkpoints, loop


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


def test_another_failure_keeps_its_traceback(config, tmp_path, monkeypatch):
    import tensorflow as tf

    error = tf.errors.InternalError(None, None, "something else")

    def fail(iterator):
        raise error

    monkeypatch.setattr(loop, "make_step", lambda *_: fail)
    with pytest.raises(tf.errors.InternalError):
        run(config, tmp_path / "run")
