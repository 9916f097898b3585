"""unit-check as a user calls it: what it prints, writes and refuses, without TensorFlow."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import check

PROBE = """
import sys
from unit_tf.cli import check, flags
code = flags.run(check.main, check.FLAGS, check.__doc__, ["unit-check", *sys.argv[1:]])
assert not {"tensorflow", "keras"} & set(sys.modules)
sys.exit(code)
"""


@pytest.fixture
def data(tmp_path, draw_head):
    """Flags of two sound folders."""
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(3):
            image = draw_head(10 * ord(name) + i).resize((64, 64))
            image.save(tmp_path / name / f"{i}.png")
    return [f"--data.dir_{name}={tmp_path / name}" for name in "ab"] + ["--data.image_size=64"]


def test_sound_folders(run_command, data):
    result = run_command(check, *data, "--strict")
    assert (result.code, result.err) == (0, "")
    assert "no problems found" in result.out.splitlines()
    assert "flags that help" not in result.out


@pytest.mark.parametrize("strict", [False, True])
def test_problems_fail_a_strict_check_alone(run_command, data, tmp_path, strict):
    (tmp_path / "a/bad.png").touch()
    result = run_command(check, *data, f"--strict={strict}")
    assert result.code == (2 if strict else 0)
    assert result.err == ("unit-command: --strict: 1 problem found\n" if strict else "")
    assert result.out.splitlines()[-2:] == [
        "flags that help: --data.skip_bad",
        "--lists=FOLDER writes lists of the training images without those of no use",
    ]


def test_remarks_fail_none(run_command, data, tmp_path):
    (tmp_path / "a/notes.txt").touch()
    result = run_command(check, *data, "--strict")
    assert result.code == 0 and "1 ignored: 1 .txt" in result.out


def test_everything_that_it_writes(run_command, data, tmp_path, tree):
    (tmp_path / "a/copy.png").write_bytes((tmp_path / "a/0.png").read_bytes())
    out = tmp_path / "out"
    result = run_command(
        check, *data, f"--json={out}/report.json", f"--sheets={out}/sheets", f"--lists={out}/lists"
    )
    assert result.code == 0
    assert tree(out) == [
        "lists/train_a.txt", "report.json", "sheets/exact_duplicates_train_a.png",
        "sheets/overview.png",
    ]  # fmt: skip
    assert json.loads((out / "report.json").read_text())["lists"]["train_a"]["images"] == 4
    assert f"--data.dir_a={out}/lists/train_a.txt" in result.out.splitlines()[-1]
    assert result.err.count("wrote ") == 2


def test_no_tensorflow_is_imported(data, tmp_path):
    Image.fromarray(np.zeros((64, 64), np.uint16)).save(tmp_path / "a/deep.png")
    command = [sys.executable, "-c", PROBE, *data, f"--sheets={tmp_path / 'sheets'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# arguments besides the folders -> part of the one line on stderr
REFUSED = {
    "--data.dir_a=nowhere": "--data.dir_a=nowhere: no such folder or list",
    "--data.image_size=100": "--data.image_size=100x100: table3 needs multiples of 8",
    "--preset=mapz": "--preset=mapz: no such preset",
    "--run.steps=3": "--run.steps: no such flag",
    "--sheets=a/0.png": "--sheets=a/0.png: ",
    "--sheets=a/sheets": "--sheets=a/sheets: lies in --data.dir_a=",
    "--lists=a/0.png/x": "--lists=a/0.png/x: ",
    "--json=a": "--json=a: a folder, not a file",
    "--json=a/0.png/x": "--json",
    "--preset=maps_supervised --lists=l": "--lists: leaves out single images",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_bad_input(refused, data, tmp_path, monkeypatch, tree, arguments):
    monkeypatch.chdir(tmp_path)
    before = tree(tmp_path)
    assert REFUSED[arguments] in refused(check, *data, *arguments.split())
    assert tree(tmp_path) == before


def test_a_source_without_files(refused):
    line = refused(check, "--preset=blue_marble")
    assert "--data.source=blue_marble: has no image files of yours to check" in line


def test_a_preset_with_ones_own_folders(run_command, data):
    result = run_command(check, "--preset=blue_marble", *data)
    assert (result.code, result.err) == (0, "")
