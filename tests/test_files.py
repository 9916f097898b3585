"""What can be told of a place before and after something is written there."""

import errno
import os
import pathlib

import pytest

from unit_tf import files
from unit_tf.files import disk_fault, move_folder, os_reason, write_refusal, write_text


class ResourceExhaustedError(Exception):
    """As TensorFlow's: no OSError, and the path and the system's words are in its text."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on device"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT), "/x/y"), "disk quota exceeded (/x/y)"),
        (
            ResourceExhaustedError("{{node}} /x/events.v2; No space left on device [Op:SaveV2]"),
            "no space left on device (/x/events.v2)",
        ),
        (ResourceExhaustedError("OOM when allocating tensor with shape[9,9]"), None),
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/x"), None),
    ],
)
def test_a_full_disk_is_told_from_other_failures(error, told):
    assert disk_fault(error) == told


def test_a_folder_is_tried_and_left_as_it_was(tmp_path):
    assert write_refusal(tmp_path / "a/b") is None and write_refusal(tmp_path) is None
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    assert write_refusal(tmp_path / "file/x") == "not a directory"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_two_that_ask_at_once_are_both_told_that_it_will_do(tmp_path, monkeypatch):
    """One makes a folder for its trial, or takes it away, just before the other one needs it."""
    new_file, mkdir, lost = files._new_file_beside, pathlib.Path.mkdir, []

    def removed(path):
        if not lost:
            lost.append(path.parent.rmdir())
        return new_file(path)

    def made(path):
        mkdir(path)
        mkdir(path)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_new_file_beside", removed)
        assert write_refusal(tmp_path / "a" / "b") is None and lost
    monkeypatch.setattr(pathlib.Path, "mkdir", made)
    assert write_refusal(tmp_path / "other") is None


def test_a_folder_that_is_there_already_stays(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
        move_folder(tmp_path / name, tmp_path / "place")
    assert (tmp_path / "place" / "file").read_text() == "first"
    with pytest.raises(FileNotFoundError):
        move_folder(tmp_path / "first", tmp_path / "other")


@pytest.mark.skipif(not pathlib.Path("/proc/self").is_dir(), reason="no such file system")
def test_where_nothing_can_be_made():
    assert write_refusal("/proc/self/x/y")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOENT, "No such file", "/x"), "no such file"),
        (OSError("Nothing there"), "nothing there"),
        (ValueError("Embedded null byte"), "embedded null byte"),
    ],
)
def test_the_reason_of_an_error(error, reason):
    assert os_reason(error) == reason


def test_a_device_or_a_pipe_stays(tmp_path):
    """Renaming would put a file into the place of /dev/stdout."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match="a device or a pipe, not a file"):
            write_text(tmp_path / name, "x")
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "link").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]
