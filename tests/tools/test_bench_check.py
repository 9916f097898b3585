"""The benchmark's images are sound and all different, so that what is timed is the usual case."""

import re

from unit_tf.config import DataConfig
from unit_tf.data.checks.image_check import check_images


def test_its_images_raise_nothing(load_tool, tmp_path):
    tool = load_tool("bench_check")
    for seed, name in enumerate("ab"):
        tool.write_images(tmp_path / name, 40, 64, seed)
    folders = {f"dir_{name}": str(tmp_path / name) for name in "ab"}
    report = check_images(DataConfig(image_size=(64, 64), **folders))
    assert report.findings == [] and len(report.facts) == 80


def test_the_line(load_tool, capsys):
    load_tool("bench_check").main(["--images=4", "--size=64"])
    line = capsys.readouterr().out
    assert re.fullmatch(r"4 images of 64x64: [\d.]+ s, [\d.]+ s of CPU time, \d+ CPUs\n", line)
