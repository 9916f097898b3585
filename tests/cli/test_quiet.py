"""What TensorFlow's C++ says while it is held back: stderr comes back whatever happens."""

import os
import sys
import tempfile

import pytest

from unit_tf.cli import quiet

NOISE = "oneDNN custom operations are on"


def say_everything():
    print("from Python", file=sys.stderr)
    print(NOISE, file=sys.stderr)
    os.write(2, b"from C++\n")


def test_all_but_noise_is_passed_on(capfd):
    with quiet.filtered_stderr():
        say_everything()
        assert capfd.readouterr().err == ""
    assert capfd.readouterr().err == "from Python\nfrom C++\n"


def test_a_failure_passes_through_with_what_was_said(capfd):
    with pytest.raises(ValueError, match="the failure"), quiet.filtered_stderr():
        say_everything()
        raise ValueError("the failure")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "from Python\nfrom C++\nafterwards\n"


def no_file():
    raise OSError("No usable temporary directory")


def unwritable_file():
    return open(os.open(os.devnull, os.O_RDONLY), "rb")


@pytest.mark.parametrize("error", [None, ValueError("the failure")], ids=["done", "failed"])
@pytest.mark.parametrize("scratch", [no_file, unwritable_file])
def test_nothing_can_be_held_back(scratch, error, monkeypatch, capfd):
    """As with a full disk: stderr is there afterwards, and no failure is another one."""
    monkeypatch.setattr(quiet, "_scratch_file", scratch)
    try:
        with quiet.filtered_stderr():
            print("from Python", file=sys.stderr)
            if error:
                raise error
    except ValueError as caught:
        assert caught is error
    print("the reason", file=sys.stderr)
    os.write(2, b"and more\n")
    said = capfd.readouterr().err
    assert said.endswith("the reason\nand more\n")
    assert ("from Python" in said) == (scratch is no_file)


def test_no_folder_for_temporary_files_is_needed(monkeypatch, capfd):
    if not hasattr(os, "memfd_create"):
        pytest.skip("no files in memory here")
    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    with quiet.filtered_stderr():
        say_everything()
    assert capfd.readouterr().err == "from Python\nfrom C++\n"
