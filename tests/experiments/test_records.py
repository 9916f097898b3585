"""What tools/report_da.py's tests leave open: the parts that every table shares."""

import pytest

from unit_tf.config import UserError
from unit_tf.experiments import records


def test_markdown_and_means():
    assert records.markdown(("row", "x"), [["a", "1"]]) == [
        "| row | x |",
        "| --- | --- |",
        "| a | 1 |",
    ]
    assert records.mean([0.5]) == "0.5000"
    assert records.mean([1, 2, 3], 1) == "2.0 ± 1.0"
    assert records.steps_of([{"steps": 20}, {"steps": 5}, {"steps": 20}]) == "5/20"


def test_a_document_is_filled_between_its_markers(tmp_path):
    page = tmp_path / "page.md"
    begin, end = records.markers("tool", "table")
    page.write_text(f"x\n{begin}\nold\n{end}\ny\n")
    assert records.filled(page, "tool", {"table": "new"}) == f"x\n{begin}\nnew\n{end}\ny\n"
    with pytest.raises(UserError, match=f"--document={page}: no <!-- tool other: begin --> and"):
        records.filled(page, "tool", {"other": "new"})
    page.write_bytes(b"\xff")
    with pytest.raises(UserError, match="not text in UTF-8"):
        records.filled(page, "tool", {})
