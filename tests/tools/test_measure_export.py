"""The tables of docs/deploy.md, on a tiny translator."""

import numpy as np
import pytest
from PIL import Image
from unit_tf.export import quantize

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.inference import load as load_lib
from unit_tf.methods.registry import build_method


@pytest.fixture
def tool(load_tool, monkeypatch, tmp_path):
    """The tool, with a workdir that holds a tiny method, and two of its rows."""
    rng = np.random.default_rng(0)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for i in range(2):
            Image.fromarray(rng.integers(0, 256, (20, 20, 3), np.uint8)).save(
                tmp_path / folder / f"{i}.png"
            )
    config = ExperimentConfig().replace({
        "model.architecture": "table3", "model.width": 1 / 16, "model.num_blocks": 1,
        "data.image_size": 16, "data.dir_a": str(tmp_path / "a"), "data.dir_b": str(tmp_path / "b"),
    })  # fmt: skip
    method = build_method(config)
    for variable in method.generator_variables:  # fresh ones give one grey
        variable.assign(rng.normal(0, 0.2, variable.shape))
    loaded = load_lib.LoadedTranslator(config, method, 3, tmp_path)
    monkeypatch.setattr(load_lib, "load", lambda _: loaded)
    tool = load_tool("measure_export")
    tool.FLAGS(["x", "--image_size=16", "--rounds=1", "--images=3"])
    names = ("float32", "float32, other form", "int8")
    chosen = {name: tool.schemes(method)[name] for name in names}
    monkeypatch.setattr(tool, "schemes", lambda method: chosen)
    return tool


def test_a_table_of_quality_size_and_time(tool, tmp_path):
    found = tool.measure_workdir(tmp_path, tmp_path / "out")
    rows = found["rows"]
    assert "float32, other form" not in quantize.QUANTIZATIONS
    assert list(rows) == ["float32", "float32, other form", "int8", "SavedModel"]
    assert rows["float32"]["psnr"] > 90 and rows["float32, other form"]["psnr"] > 90
    assert rows["int8"]["psnr"] < 90 and rows["int8"]["images"] == 3
    assert rows["float32"]["MB"] != rows["float32, other form"]["MB"]
    assert all(row["ms_2"] > 0 for row in rows.values())
    head, rule, first, *_, last = tool.markdown(found)
    assert head.startswith("| table3, 16x16, step 3 |")
    assert len({line.count("|") for line in (head, rule, first, last)}) == 1
    assert first.split("|")[-3].strip() == "1.00" and last.split("|")[-2].strip() == "1.00"


def test_what_is_measured_can_be_chosen(load_tool):
    tool = load_tool("measure_export")
    rows = dict.fromkeys(("float32", "float16", "int8"))
    tool.FLAGS(["x"])
    assert list(tool.chosen(rows)) == list(rows)
    tool.FLAGS(["x", "--quantizations=float32,int8"])
    assert list(tool.chosen(rows)) == ["float32", "int8"]
    for names, message in (("float32,int", "=int: not valid"), ("int8", "float32 must be among")):
        tool.FLAGS(["x", f"--quantizations={names}"])
        with pytest.raises(UserError, match=message):
            tool.chosen(rows)
