"""What a report becomes: a table, JSON, contact sheets and lists to train on."""

import json

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig, UserError
from unit_tf.data.datasets import open_data
from unit_tf.data.image_check import check_images
from unit_tf.data.image_check_lists import refuse_lists, write_lists
from unit_tf.data.image_check_sheets import COLUMNS, OVERVIEW, ROWS, write_sheets
from unit_tf.data.image_check_table import report_json, report_lines


@pytest.fixture
def config(tmp_path, draw_head):
    """DataConfig: of A's eight images 4 and 5 are good alone; of two held out one is A's 3."""
    for name in ("a", "b", "test"):
        (tmp_path / name).mkdir()
        for i in range(6):
            draw_head(10 * ord(name[0]) + i).resize((64, 64)).save(tmp_path / name / f"{i}.png")
    a = tmp_path / "a"
    draw_head(10 * ord("a")).resize((96, 96)).save(a / "large 0.jpg", quality=95)
    (a / "1.png").write_bytes(b"")
    Image.new("RGB", (64, 64), "white").save(a / "2.png")
    (a / "copy.png").write_bytes((a / "4.png").read_bytes())
    (tmp_path / "test/t.png").write_bytes((a / "3.png").read_bytes())
    (a / "x\n\x1b[2J.png").write_bytes(b"")
    return DataConfig(
        dir_a=str(a), dir_b=str(tmp_path / "b"), test_dir_a=str(tmp_path / "test"),
        image_size=(64, 64),
    )  # fmt: skip


@pytest.fixture
def report(config):
    return check_images(config)


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


def test_sheets_show_what_was_found(report, tmp_path):
    """Unusable images have none; those of duplicates are as wide as their groups."""
    written = {path.name: path for path in write_sheets(report, tmp_path / "sheets")}
    assert set(written) == {
        OVERVIEW, "near_constant_train_a.png", "exact_duplicates_train_a.png",
        "near_duplicates_train_a.png", "held_out_in_training_a.png",
    }  # fmt: skip
    with Image.open(written["exact_duplicates_train_a.png"]) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))[20:]  # below the names
    marked = (pixels != 255).any((0, 2)).astype(int)
    starts, ends = (np.flatnonzero(np.diff(marked, prepend=0) == step) for step in (1, -1))
    left, right = (pixels[:, a:b] for a, b in zip(starts, ends, strict=True))
    np.testing.assert_array_equal(left, right)
    assert left.std() > 10


def test_sheets_of_an_earlier_run_go(report, config, tmp_path):
    folder = tmp_path / "sheets"
    list(write_sheets(report, folder))
    (folder / "mine.png").touch()
    sound = check_images(config.__class__(**{**vars(config), "dir_a": config.dir_b}))
    names = {path.name for path in write_sheets(sound, folder)}
    assert "near_constant_train_a.png" not in names
    assert {path.name for path in folder.iterdir()} == names | {"mine.png"}


def test_a_sheet_of_many_images_has_room_for_some(config, tmp_path):
    for i in range(ROWS * COLUMNS + 40):
        Image.new("RGB", (64, 64), (i, 0, 0)).save(tmp_path / f"b/flat{i}.png")
    sheets = {path.name: path for path in write_sheets(check_images(config), tmp_path / "sheets")}
    with Image.open(sheets["near_constant_train_b.png"]) as sheet:
        assert sheet.width < COLUMNS * 200 and sheet.height < ROWS * 200


def test_lists_leave_out_what_is_of_no_use(report, config, tmp_path):
    """The larger of two that are nearly the same stays."""
    flags = write_lists(report, tmp_path / "kept")
    assert flags == [f"--data.dir_a={tmp_path / 'kept/train_a.txt'}"]
    lines = (tmp_path / "kept/train_a.txt").read_text().splitlines()
    names = [line.removeprefix(f"{tmp_path}/a/") for line in lines]
    assert names == ["4.png", "5.png", "large 0.jpg"]
    mended = config.__class__(**{**vars(config), "dir_a": flags[0].partition("=")[2]})
    assert check_images(mended).problems == []
    assert len(open_data(mended).train_a) == 3


def test_an_image_listed_twice_is_kept_once(config, tmp_path):
    twice = config.__class__(**{**vars(config), "dir_a": f"{config.dir_b},{config.dir_b}"})
    twice = twice.__class__(**{**vars(twice), "dir_b": str(tmp_path / "test")})
    write_lists(check_images(twice), tmp_path / "kept")
    assert len((tmp_path / "kept/train_a.txt").read_text().splitlines()) == 6


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"paired": True}, "--data.paired needs whole pairs"), ({"source": "tfds"}, "in folders")],
)
def test_where_lists_are_no_help(settings, words):
    with pytest.raises(UserError, match=words):
        refuse_lists(DataConfig(**settings))
