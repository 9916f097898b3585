"""Contact sheets of what was found."""

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig, UserError
from unit_tf.data.checks.finding_sheets import (
    COLUMNS,
    OVERVIEW,
    ROWS,
    refuse_sheets,
    write_sheets,
)
from unit_tf.data.checks.image_check import check_images


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


def test_sheets_among_images_are_refused(config, tmp_path):
    """They would be trained on, and might take the place of an image."""
    (tmp_path / "link").symlink_to(tmp_path / "b")
    for folder in (config.dir_a, f"{config.dir_a}/new", str(tmp_path / "link"), config.test_dir_a):
        with pytest.raises(UserError, match="lies in --data.*whose images are read"):
            refuse_sheets(config, folder)
    refuse_sheets(config, tmp_path / "sheets")
    refuse_sheets(DataConfig(source="tfds"), config.dir_a)
