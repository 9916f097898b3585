"""What a report becomes: a table, and JSON."""

import json

from unit_tf.data.checks.check_report import report_json, report_lines
from unit_tf.data.checks.image_check import check_images


def test_the_table(report):
    lines = report_lines(report, ["--data.dir_a=with blanks.txt"])
    assert all(line.isprintable() for line in lines)
    assert lines[0].split() == ["train", "A", "train", "B", "test", "A"]
    rows = {line[:20].strip(): line[20:].split() for line in lines[1 : lines.index("")]}
    assert rows["images"] == ["9", "6", "7"]
    assert rows["that cannot be used"] == ["2"]
    assert "alpha used" not in rows
    assert "problems:" in lines and "remarks:" not in lines
    assert "  train A: 2 of 9 images cannot be used" in lines
    assert lines[-1] == "flags that help: --data.skip_bad '--data.dir_a=with blanks.txt'"


def test_no_more_than_a_few_images_are_named(config, tmp_path):
    for i in range(9):
        (tmp_path / f"b/bad{i}.png").write_bytes(b"")
    lines = report_lines(check_images(config))
    start = lines.index("  train B: 9 of 15 images cannot be used")
    assert lines[start + 3].endswith("bad2.png (empty file)")
    assert lines[start + 4] == "    and 6 more"


def test_the_json_has_every_image(report, tmp_path):
    document = json.loads(report_json(report))
    assert document["lists"]["train_a"]["images"] == 9
    assert document["lists"]["test_b"] == {"images": 0, "unusable": 0}
    assert document["flags"] == ["--data.skip_bad"]
    kinds = {finding["kind"]: finding for finding in document["findings"]}
    assert set(kinds) == {
        "unusable", "near_constant", "exact_duplicates", "near_duplicates", "held_out_in_training",
    }  # fmt: skip
    assert [str(tmp_path / "a/1.png")] in kinds["unusable"]["images"]
    assert kinds["unusable"]["details"][str(tmp_path / "a/1.png")] == "empty file"
