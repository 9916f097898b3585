import pathlib

from unit_tf.presets import PRESETS

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_tool_prints(load_tool):
    page = (DOCS / "presets.md").read_text(encoding="utf-8")
    assert page == load_tool("list_presets").document()
    assert all(f"## {name}\n" in page for name in PRESETS)
