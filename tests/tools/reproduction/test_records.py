import json


def test_an_entry_is_a_line(load_script, tmp_path):
    records, path = load_script("tools/reproduction/records.py"), tmp_path / "one.json"
    record = {"title": "a", "scores": {"each": [0.5, 1]}, "paper": None}
    records.write(path, record)
    text = path.read_text()
    assert json.loads(text) == record
    assert [line.split(":")[0] for line in text.splitlines()[1:-1]] == [
        '  "title"', '  "scores"', '  "paper"',
    ]  # fmt: skip
