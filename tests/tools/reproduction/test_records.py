import json

import pytest

from unit_tf.config import UserError


@pytest.fixture
def records(load_script):
    return load_script("tools/reproduction/records.py")


def test_an_entry_is_a_line(records, tmp_path):
    path = tmp_path / "one.json"
    record = {"title": "a", "scores": {"each": [0.5, 1]}, "paper": None}
    records.write(path, record)
    text = path.read_text()
    assert json.loads(text) == record
    assert [line.split(":")[0] for line in text.splitlines()[1:-1]] == [
        '  "title"', '  "scores"', '  "paper"',
    ]  # fmt: skip


def test_scores_of_other_test_images_do_not_stand_together(records):
    def record(group, l1):
        return {"group": group, "references": {"a2b": {"identity": {"l1": l1}, "constant": {}}}}

    alike = {"1": record("emoji", 14.1273), "2": record("emoji", 14.1274), "3": {"group": "emoji"}}
    records.refuse_other_images(alike | {"4": record("relief", 101.9)})
    other = {"5": record("emoji", 14.5178)}
    with pytest.raises(UserError, match="^5: L1 of untouched images is 14.5178, and 14.1273 in 1"):
        records.refuse_other_images(alike | other)
