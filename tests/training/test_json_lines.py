"""Files of JSON lines in whatever state: what is an entry is read, the rest is left out."""

import json

import pytest

from unit_tf.training.json_lines import read_entries, text_of

FIELDS = {"step": int, "value": (int, float), "name": (str, type(None))}
GOOD = [{"step": 1, "value": 2.5, "name": "x", "more": []}, {"step": 2, "value": 0, "name": None}]


def test_what_was_written_comes_back(tmp_path):
    (tmp_path / "x").write_text(text_of(GOOD))
    assert read_entries(tmp_path / "x", FIELDS) == GOOD
    assert read_entries(tmp_path / "absent", FIELDS) == read_entries(tmp_path, FIELDS) == []


@pytest.mark.parametrize(
    "line",
    ["", "{", "[1]", "7", "[" * 100_000, '{"step": 1, "value": 2}',
     '{"step": "1", "value": 2, "name": "x"}', '{"step": 1, "value": NaN, "name": "x"}',
     '{"step": 1, "value": 1e999, "name": "x"}',
     '{"step": 1, "value": 1%s, "name": "x"}' % ("0" * 400), "\udcff"],
    ids=range(11),
)  # fmt: skip
def test_other_lines_are_left_out(tmp_path, line):
    text = text_of(GOOD[:1]) + line + "\n" + text_of(GOOD[1:])
    (tmp_path / "x").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_entries(tmp_path / "x", FIELDS) == GOOD


def test_what_is_not_finite_is_not_written():
    with pytest.raises(ValueError):
        text_of([{"value": float("inf")}])
    assert json.loads(text_of(GOOD[:1])) == GOOD[0]
