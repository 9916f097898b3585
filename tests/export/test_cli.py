import json
import pathlib
import subprocess
import sys

import pytest
from unit_tf.export import cli, parity

from unit_tf.cli import flags
from unit_tf.config import ExperimentConfig
from unit_tf.training import workdir as workdir_lib


@pytest.fixture
def workdir(tmp_path, tiny, monkeypatch):
    """A folder with a configuration; loading gives the tiny method."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "config.json").write_text(tiny.config.to_json())
    loaded = workdir_lib.Loaded(tiny.config, tiny, 1, folder)
    monkeypatch.setattr(workdir_lib, "load_method", lambda _: loaded)
    return folder


def call(*arguments):
    cli.FLAGS.unparse_flags()
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()
    return flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-export", *arguments])


def test_every_format_and_direction_one_line_each(workdir, tmp_path, tree, capfd):
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}") == 0
    lines = capfd.readouterr().out.splitlines()
    expected = [
        out / part.format(direction)
        for direction in ("a2b", "b2a")
        for part in ("serving/{}/1", "tflite/{}_32x32_float32.tflite")
    ]
    assert [pathlib.Path(line.split("  ")[0]) for line in lines] == expected
    assert all(path.exists() for path in expected)
    assert all(" MB  max difference " in line for line in lines)
    assert not [path for path in tree(out) if ".writing" in path or "/." in path]


def test_chosen_format_direction_and_size(workdir, tmp_path, tree, capfd):
    out = tmp_path / "out"
    arguments = ["--formats=tflite", "--direction=b2a", "--image_size=20x36"]
    assert call(f"--workdir={workdir}", f"--output={out}", *arguments) == 0
    assert tree(out) == ["tflite", "tflite/b2a_20x36_float32.tflite"]
    captured = capfd.readouterr()
    assert captured.out.count("\n") == 1 and "on random pictures" in captured.out
    assert "comparing on random pictures: " in captured.err


def test_failed_parity_exits_1_with_one_line(workdir, tmp_path, tree, capsys, monkeypatch):
    def export(method, direction, output, image_size, pictures):
        raise parity.ExportError(f"{output}/x: differs by 1")

    monkeypatch.setitem(cli.FORMATS, "saved_model", export)
    out = tmp_path / "out"
    assert call(f"--workdir={workdir}", f"--output={out}") == 1
    captured = capsys.readouterr()
    assert captured.out == "" and not out.exists()
    assert captured.err.splitlines()[-1] == f"unit-export: {out}/x: differs by 1"


BAD = {
    "--formats=savedmodel": "'savedmodel' is not valid; did you mean saved_model?",
    "--formats=": "'' is not valid; valid: saved_model, tflite",
    "--formats=tflite,onnx": "'onnx' is not valid",
    "--direction=ab": "--direction=ab: not valid; did you mean a2b",
    "--image_size=big": "--image_size=big: expected a size such as 256 or 480x640",
    "--image_size=0": "--image_size=0x0: must be at least 1",
    "--image_sise=3": "no such flag; did you mean image_size",
    "--workdir=nowhere": "--workdir=nowhere: no such folder",
    "--workdir=": "--workdir is required",
    "--output=": "--output is required",
    "--output=config.json": "config.json is not a folder",
    "--output=config.json/x": "config.json is not a folder",
}

PROGRAM = """
import json, sys
from unit_tf.cli import flags
from unit_tf.export import cli
codes = []
for arguments in json.loads(sys.argv[1]):
    for name in cli.FLAGS:
        cli.FLAGS[name].unparse()
    codes.append(flags.run(cli.main, cli.FLAGS, cli.__doc__, ["unit-export", *arguments]))
assert not {"tensorflow", "keras", "numpy"} & set(sys.modules)
print(json.dumps(codes))
"""


def test_bad_values_one_line_exit_2_before_tensorflow(tmp_path, tree):
    (tmp_path / "config.json").write_text(ExperimentConfig().to_json())
    usual = ["--workdir=.", "--output=out"]
    lines = json.dumps([["--help"]] + [[*usual, bad] for bad in BAD])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, lines], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *help_lines, codes = done.stdout.splitlines()
    assert json.loads(codes) == [0] + [2] * len(BAD)
    assert any(line.startswith("  --image_size: ") for line in help_lines)
    for line, (bad, message) in zip(done.stderr.splitlines(), BAD.items(), strict=True):
        assert line.startswith("unit-export: ") and message in line, bad
    assert tree(tmp_path) == ["config.json"]
