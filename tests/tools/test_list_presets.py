import pathlib

import pytest

from unit_tf.presets import PRESETS
from unit_tf.presets.base import NOT_MEASURED, Preset

DOCS = pathlib.Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def tool(load_tool):
    return load_tool("list_presets")


def test_the_page_is_what_the_tool_prints(tool):
    page = (DOCS / "presets.md").read_text(encoding="utf-8")
    assert page == tool.document()


def test_the_index_is_one_table_with_a_row_a_preset(tool):
    lines = [line for line in tool.document().splitlines() if line.startswith("|")]
    assert [line.split(" ")[1].strip("`") for line in lines[2:]] == list(PRESETS)
    assert all(line.count(" | ") == len(tool.COLUMNS) - 1 for line in lines)
    assert "|  |" not in tool.document()  # no empty cell


def test_every_preset_has_its_command_and_its_note(tool):
    page = tool.document()
    for name, preset in PRESETS.items():
        assert f"\n{tool.command(name, preset)}\n" in page
        assert f"\n- `{name}`: {preset.doc}\n" in page


def test_a_command_holds_what_a_preset_needs(tool):
    preset = Preset("Doc.", {}, needs="--data.root=DIR")
    wanted = "unit-train --preset=x --workdir=runs/x --data.root=DIR"
    assert tool.command("x", preset) == wanted
    assert tool.command("x", preset._replace(needs="")) == wanted.removesuffix(" --data.root=DIR")


def test_what_nobody_measured_says_so(tool):
    cells = tool.cells("maps", Preset("Doc.", {}, task="task", data="data"))
    assert cells[-2:] == (NOT_MEASURED, NOT_MEASURED)
    assert cells[:6] == ("`maps`", "task", "data", "unit", "256x256", "100,000 x 1")
