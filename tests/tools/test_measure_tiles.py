"""The image that tiles are measured on, and the command that is measured."""

import sys

import numpy as np
import pytest
from PIL import Image

from unit_tf.cli import flags


@pytest.fixture
def tool(load_tool):
    return load_tool("measure_tiles")


def test_the_same_clouds_every_time(tool, tmp_path):
    for name in ("a.png", "b.png"):
        tool.write_clouds(tmp_path / name, 300)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (300, 300) and np.asarray(image).std() > 5


@pytest.mark.parametrize(("peak", "code"), [(10**6, 0), (3 * 10**6, 1)])
def test_memory_above_the_limit_is_a_failure(tool, tmp_path, monkeypatch, capsys, peak, code):
    def translate(source, output):
        output.mkdir(parents=True)
        (output / source.name).write_bytes(b"12345")
        return 0, 2.0, 1.0, peak * 1000

    monkeypatch.setattr(tool, "translate", translate)
    argv = ["measure", "--side=64", f"--folder={tmp_path}"]
    assert flags.run(tool.main, tool.FLAGS, "", argv) == code
    assert f"2 s, CPU 1 s, peak {peak / 1e6:.2f} GB" in capsys.readouterr().out


def test_a_process_is_measured(tool, tmp_path, monkeypatch):
    script = "import sys; x = bytes(10**8); sys.exit(len(sys.argv) != 2)"
    monkeypatch.setattr(tool, "command", lambda *_: [sys.executable, "-c", script, "x"])
    code, wall, cpu, peak = tool.translate(tmp_path, tmp_path)
    assert code == 0 and wall > 0 and cpu > 0 and peak > 10**8
