"""tools/reproduction/report_evaluations.py: rows as evaluated, and what is no table."""

import json

import pytest

from unit_tf.config import UserError

SCORES = {"l1": 14.125, "accuracy/all_channels": 0.5714, "psnr": 21.0539, "ssim": 0.7407}


@pytest.fixture
def tool(load_tool):
    return load_tool("reproduction/report_evaluations")


@pytest.fixture
def folder(tmp_path):
    """folder(name, baseline L1, translation's L1) -> a folder with an evaluation.json."""

    def write(name, baseline=14.0, l1=13.0):
        (tmp_path / name).mkdir()
        rows = {row: {**SCORES, "l1": baseline} for row in ("identity", "constant")}
        found = {"images": 4, "translation": {**SCORES, "l1": l1}, **rows}
        path = tmp_path / name / "evaluation.json"
        path.write_text(json.dumps({"directions": {"a2b": found}}))
        return path.parent

    return write


def read(tool, *folders):
    return {str(folder): tool.read_scores(folder, "a2b") for folder in folders}


def test_rows(tool, folder):
    found = read(tool, folder("seed_0"), folder("seed_1", l1=12.345))
    lines = list(tool.table(found))
    assert lines == [
        "| | L1 | accuracy | PSNR, dB | SSIM |",
        "| --- | --- | --- | --- | --- |",
        "| seed_0 | 13.00 | 0.571 | 21.05 | 0.741 |",
        "| seed_1 | 12.35 | 0.571 | 21.05 | 0.741 |",
        "| untouched input | 14.00 | 0.571 | 21.05 | 0.741 |",
        "| best constant colour | 14.00 | 0.571 | 21.05 | 0.741 |",
    ]


def test_another_test_set(tool, folder):
    found = read(tool, folder("seed_0"), folder("seed_1", baseline=15.0))
    with pytest.raises(UserError, match="seed_1: evaluated on other images"):
        list(tool.table(found))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"directions": {"a2b": {"images": 3}}}'])
def test_no_scores(tool, text, tmp_path):
    (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(UserError, match="evaluation.json: not unit-evaluate's scores of a2b"):
        tool.read_scores(tmp_path, "a2b")


def test_no_file(tool, tmp_path):
    with pytest.raises(UserError, match="evaluation.json: cannot be read"):
        tool.read_scores(tmp_path, "a2b")
