"""What TensorFlow's C++ says while it is held back: stderr comes back whatever happens."""

import importlib.util
import os
import subprocess
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


def test_packages_are_absent_for_a_while(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("spared_a", "spared_b"):
        (tmp_path / f"{name}.py").touch()
    known = importlib.import_module("spared_a")
    with quiet.as_if_absent(["spared_a", "spared_b"]):
        assert importlib.import_module("spared_a") is known
        with pytest.raises(ImportError):
            importlib.import_module("spared_b")
    assert importlib.import_module("spared_b").__name__ == "spared_b"
    assert sys.modules.pop("spared_a") is known and sys.modules.pop("spared_b")


def test_a_module_that_is_put_there_meanwhile_stays(monkeypatch):
    monkeypatch.delitem(sys.modules, "spared", raising=False)
    with pytest.raises(ValueError, match="the failure"), quiet.as_if_absent(["spared", "gone"]):
        with quiet.as_if_absent(["spared"]):
            pass
        assert sys.modules["spared"] is None  # still absent behind a call inside
        monkeypatch.setitem(sys.modules, "spared", sys)
        raise ValueError("the failure")
    assert sys.modules["spared"] is sys and "gone" not in sys.modules


STARTS = """
import importlib, types
config, missing = types.SimpleNamespace(list_physical_devices=list), []
for name in ("cv2", "jax", "json", "matplotlib", "scipy"):
    try:
        importlib.import_module(name)
    except ImportError:
        missing.append(name)
"""


def test_tensorflow_starts_without_what_no_command_needs(tmp_path, monkeypatch):
    (tmp_path / "tensorflow.py").write_text(STARTS)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("tensorflow", *quiet.SPARED):
        monkeypatch.delitem(sys.modules, name, raising=False)
    quiet.start_tensorflow()
    assert sys.modules["tensorflow"].missing == list(quiet.SPARED)
    assert not set(quiet.SPARED) & set(sys.modules)
    assert importlib.util.find_spec("scipy")


@pytest.mark.parametrize(
    ("close", "expected"), [("", "said\nlate"), ("quiet.close_stderr(); ", "said\n")]
)
def test_nothing_is_said_after_the_end(close, expected):
    code = "import os, sys; from unit_tf.cli import quiet; print('said', file=sys.stderr); "
    command = [sys.executable, "-c", f"{code}{close}os.write(2, b'late')"]
    assert subprocess.run(command, capture_output=True, text=True).stderr == expected
