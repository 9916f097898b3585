"""Lists of the images that are worth training on."""

import os

import pytest
from PIL import Image

from unit_tf.config import DataConfig, UserError
from unit_tf.data.checks.image_check import check_images
from unit_tf.data.checks.kept_lists import refuse_lists, write_lists
from unit_tf.data.datasets import open_data


def test_lists_leave_out_what_is_of_no_use(report, config, tmp_path):
    """The larger of two that are nearly the same stays."""
    flags, said = write_lists(report, tmp_path / "kept")
    assert said == []
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


def test_good_images_that_no_list_can_name_are_told(config, tmp_path):
    """A domain of which nothing is left out needs no list, whatever its names."""
    for name in (b"a/caf\xe9.png", b"b/caf\xe9.png", b"b/x\ny.png"):
        path = os.path.join(os.fsencode(tmp_path), name)
        Image.effect_noise((64, 64), len(name)).save(os.fsdecode(path))
    flags, lines = write_lists(check_images(config), tmp_path / "kept")
    assert [flag.partition("=")[0] for flag in flags] == ["--data.dir_a"]
    (line,) = lines
    assert line.startswith("--lists: 1 good image of A left out, which no list can name")
    assert line.endswith("/a/caf\udce9.png")


def test_what_is_not_written_is_said(config, tmp_path):
    same = config.__class__(**{**vars(config), "dir_a": config.dir_b})
    assert write_lists(check_images(same), tmp_path / "kept") == (
        [], ["--lists: none needed, since no image would be left out"],
    )  # fmt: skip
    held_out = same.__class__(**{**vars(same), "test_dir_a": config.dir_b})
    assert write_lists(check_images(held_out), tmp_path / "kept") == (
        [], ["--lists: no list of A, since no image would be left"],
    )  # fmt: skip
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"paired": True}, "--data.paired needs whole pairs"), ({"source": "tfds"}, "in folders")],
)
def test_where_lists_are_no_help(settings, words):
    with pytest.raises(UserError, match=words):
        refuse_lists(DataConfig(**settings))
