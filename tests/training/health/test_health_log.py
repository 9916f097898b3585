"""health.jsonl: appended, cut where a training goes on, and read whatever lies there."""

import json

import pytest

from unit_tf.config import UserError
from unit_tf.training.health.health_log import FIELDS, HealthLog, read_health


def entry(step, value=0.5, symptom="saturated", alarm=False):
    line = f"step {step}: bad" if alarm else ""
    return {
        "step": step, "symptom": symptom, "value": value, "threshold": 0.25, "alarm": alarm,
        "line": line,
    }  # fmt: skip


def test_entries_are_appended_and_read_back(tmp_path):
    log = HealthLog(tmp_path, 0)
    assert log.entries == [] and not (tmp_path / "health.jsonl").exists()
    log.append([entry(100), entry(100, symptom="border")])
    log.append([])
    log.append([entry(200, alarm=True)])
    assert read_health(tmp_path) == log.entries and len(log.entries) == 3
    assert log.values("saturated") == [(100, 0.5), (200, 0.5)]
    lines = (tmp_path / "health.jsonl").read_text().splitlines()
    assert [sorted(json.loads(line)) for line in lines] == [sorted(FIELDS)] * 3


def test_steps_that_come_again_are_removed(tmp_path):
    HealthLog(tmp_path, 0).append([entry(100), entry(200), entry(300)])
    assert [e["step"] for e in HealthLog(tmp_path, 200).entries] == [100, 200]
    assert [e["step"] for e in read_health(tmp_path)] == [100, 200]
    assert HealthLog(tmp_path, 0).entries == [] and read_health(tmp_path) == []


def test_another_process_neither_cuts_nor_writes(tmp_path):
    HealthLog(tmp_path, 0).append([entry(100), entry(200)])
    other = HealthLog(tmp_path, 100, writes=False)
    other.append([entry(150)])
    assert [e["step"] for e in other.entries] == [100, 150]
    assert [e["step"] for e in read_health(tmp_path)] == [100, 200]


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", '{"step": 1}', "[" * 100_000, json.dumps(entry(5)).replace("0.5", "NaN"),
     json.dumps(entry("5")), "\xff\xfe", json.dumps(entry(5)).replace("0.5", "1" * 400),
     json.dumps({**entry(5), "threshold": float("inf")})],
)  # fmt: skip
def test_lines_that_are_no_entries_are_left_out(tmp_path, line):
    """As half of the last one, where a machine went down."""
    text = f"{json.dumps(entry(1))}\n{line}\n{json.dumps(entry(2))}\n"
    (tmp_path / "health.jsonl").write_bytes(text.encode("latin-1"))
    assert [e["step"] for e in HealthLog(tmp_path, 9).entries] == [1, 2]
    assert len((tmp_path / "health.jsonl").read_text().splitlines()) == 2


def test_a_folder_in_its_place(tmp_path):
    (tmp_path / "health.jsonl").mkdir()
    with pytest.raises(UserError, match="health.jsonl: a folder"):
        HealthLog(tmp_path, 0)
