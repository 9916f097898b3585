"""Paths as users give them: what is none is refused in a line, before anything is opened."""

import os
import pathlib

import pytest

from unit_tf.config import (
    FILE_ENDINGS,
    UserError,
    output_file,
    output_path,
    refuse_no_utf8,
    user_path,
)
from unit_tf.data.image_listing import EXTENSIONS
from unit_tf.inference.video_files import VIDEOS


def refusal(name, value):
    with pytest.raises(UserError) as caught:
        user_path(name, value)
    return str(caught.value)


def test_what_is_a_path(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    for given in ("runs/x", pathlib.Path("runs/x"), b"runs/x"):
        assert user_path("--workdir", given) == pathlib.Path("runs/x")
    assert user_path("--workdir", "~/x") == pathlib.Path("/home/me/x")
    assert user_path("--workdir", "") == pathlib.Path()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "--workdir=None: expected a path"),
        (3, "--workdir=3: expected a path"),
        (["x"], "--workdir=['x']: expected a path"),
        ("~nobody-of-this-name/x", "--workdir=~nobody-of-this-name/x: no such user"),
        ("x" * 300, f"--workdir={'x' * 300}: file name too long"),
        ("a\0b", r"--workdir=a\x00b: embedded null byte"),
    ],
)
def test_what_is_none(given, message):
    assert refusal("--workdir", given) == message


def test_links_in_a_circle_and_files_above(tmp_path):
    (tmp_path / "round").symlink_to("round")
    assert "symbolic links" in refusal("--output", tmp_path / "round")
    (tmp_path / "file").touch()
    assert user_path("--output", tmp_path / "file" / "below") == tmp_path / "file" / "below"


def test_folders_for_results(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    assert output_path(tmp_path / "new" / "below") == tmp_path / "new" / "below"
    for name in ("file", "file/below"):
        with pytest.raises(UserError, match=f"--output=.*{name}: .*/file is not a folder"):
            output_path(tmp_path / name)
    monkeypatch.setattr(os, "access", lambda *unused: False)
    with pytest.raises(UserError, match="--output=.*new: no permission to write to"):
        output_path(tmp_path / "new")


def test_a_new_folder_is_not_called_like_a_file(tmp_path):
    (tmp_path / "there.png").mkdir()
    for name in ("there.png", "v1.2", "a.json/below"):
        assert output_path(tmp_path / name) == tmp_path / name
    for name, ending in (("x.PNG", ".PNG"), ("model.tflite", ".tflite")):
        with pytest.raises(
            UserError, match=f"^--sheets=.*{name}: would be a folder, and {ending} "
        ):
            output_path(tmp_path / name, "--sheets")
    assert FILE_ENDINGS >= EXTENSIONS | VIDEOS


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_lets_nobody_in(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    assert "permission denied" in refusal("--input", tmp_path / "closed" / "x.png")


def test_what_tensorflow_cannot_name(tmp_path):
    refuse_no_utf8("--workdir", tmp_path / "é\n")
    path = user_path("--workdir", os.fsencode(tmp_path) + b"/x\xff\n")  # as Python's files have it
    with pytest.raises(UserError, match=r"^--workdir=.*/x\udcff\\n: its name is not UTF-8, and"):
        refuse_no_utf8("--workdir", path)


def test_files_to_write(tmp_path):
    """One that is there may be written over; a folder may not be, and none lies below a file."""
    (tmp_path / "file").touch()
    for name in ("file", "new", "new/below"):
        assert output_file(tmp_path / name, "--json") == tmp_path / name
    for name, words in (("", "a folder, not a file"), ("file/x", "is not a folder")):
        with pytest.raises(UserError, match=f"--json=.*{words}"):
            output_file(tmp_path / name, "--json")


def test_a_file_takes_no_place_of_a_device_or_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in ("/dev/null", tmp_path / "pipe"):
        with pytest.raises(UserError, match=f"--json={path}: a device or a pipe, not a file"):
            output_file(path, "--json")
