"""One training at a time in a folder: another would clear away what the first is writing."""

import errno
import gc

import pytest

from unit_tf.config import UserError
from unit_tf.training import loop


def test_two_trainings_in_one_folder(small_config, data, tmp_path, eager_steps):
    """The second is refused before it touches anything; behind the first the folder is free."""
    config = small_config({"run.steps": 1})
    first = loop.Loop(config, data, tmp_path)
    half = tmp_path / "checkpoints" / ".writing-x"  # what a start clears away
    half.mkdir(parents=True)
    with pytest.raises(UserError, match="--workdir=.*: another training runs in it; wait"):
        loop.Loop(config, data, tmp_path)
    assert half.exists()
    first.run()
    again = loop.Loop(config, data, tmp_path)
    assert not half.exists()
    del again
    gc.collect()
    loop.Loop(config, data, tmp_path).run()


def test_where_there_are_no_locks(tmp_path, monkeypatch):
    def flock(*unused):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    releases = [loop.lock_workdir(tmp_path), loop.lock_workdir(tmp_path)]
    for release in releases:
        release()
    with pytest.raises(UserError, match="--workdir=.*none: No such file"):
        loop.lock_workdir(tmp_path / "none")
