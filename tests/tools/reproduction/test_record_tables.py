"""What the tests of report_da.py leave open: the parts that every table shares."""

import pytest

import record_tables
from unit_tf.config import UserError


def test_markdown_and_means():
    assert record_tables.markdown(("row", "x"), [["a", "1"]]) == [
        "| row | x |",
        "| --- | --- |",
        "| a | 1 |",
    ]
    assert record_tables.mean([0.5]) == "0.5000"
    assert record_tables.mean([1, 2, 3], 1) == "2.0 ± 1.0"
    assert record_tables.steps_of([{"steps": 20}, {"steps": 5}, {"steps": 20}]) == "5/20"


def test_a_document_is_filled_between_its_markers(tmp_path):
    page = tmp_path / "page.md"
    begin, end = record_tables.markers("tool", "table")
    page.write_text(f"x\n{begin}\nold\n{end}\ny\n")
    assert record_tables.filled(page, "tool", {"table": "new"}) == f"x\n{begin}\nnew\n{end}\ny\n"
    with pytest.raises(UserError, match=f"--document={page}: no <!-- tool other: begin --> and"):
        record_tables.filled(page, "tool", {"other": "new"})
    page.write_bytes(b"\xff")
    with pytest.raises(UserError, match="not text in UTF-8"):
        record_tables.filled(page, "tool", {})
