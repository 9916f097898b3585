import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError
from unit_tf.data.image_lists import ImageFile, open_images

CONFIG = DataConfig(image_size=(8, 8))


def image(name, size=(8, 8), content=None):
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, "PNG")
    return ImageFile(name, f"set/{name}", buffer.getvalue() if content is None else content)


def lists(**changed):
    parts = ("train_a", "train_b", "test_a", "test_b")
    return {**{part: [image(f"{part}{i}") for i in range(3)] for part in parts}, **changed}


def test_domains_and_held_out_images():
    data = open_images(lists(), CONFIG, notes=("hello",))
    assert (len(data.train_a), len(data.train_b), len(data.test_a), len(data.test_b)) == (3,) * 4
    assert data.train_a.crop(2, np.random.default_rng(0)).shape == (8, 8, 3)
    assert data.test_a[1].name == "test_a1" and data.test_a[1].load().shape == (8, 8, 3)
    assert data.test_a[1].load_truth is None and data.test_b[0].load_truth is None
    assert data.notes == ("hello",)


def test_how_many_there_are_is_the_first_note():
    data = open_images(lists(), CONFIG, notes=("hello",), counts="A: 3 images")
    assert data.notes == ("A: 3 images", "hello")


def test_contents_are_those_of_the_training_images_that_are_used():
    good, other = image("x"), image("y", (9, 9))
    config = dataclasses.replace(CONFIG, skip_bad=True)
    parts = lists(train_a=[good, image("bad", content=b"")], train_b=[other, good])
    contents = open_images(parts, config).contents
    assert [(i.name, i.size) for i in contents["a"]] == [("x", len(good.encoded))]
    assert [i.name for i in contents["b"]] == ["y", "x"]
    assert (
        contents["b"][1] == contents["a"][0] and contents["b"][0].digest != contents["a"][0].digest
    )
    assert open_images({**lists(), "train_a": [], "train_b": []}, CONFIG).contents is None


def test_each_domain_has_its_channels():
    config = DataConfig(image_size=(8, 8), channels_a=1)
    data = open_images(lists(), config, paired=True)
    assert data.train_a.crop(0, np.random.default_rng(0)).shape[-1] == 1
    assert data.train_b.crop(0, np.random.default_rng(0)).shape[-1] == 3
    assert data.test_a[0].load().shape[-1] == data.test_b[0].load_truth().shape[-1] == 1


def test_bad_images_are_named_on_one_line(tmp_path):
    bad = [image(f"bad{i}", content=b"") for i in range(25)]
    config = dataclasses.replace(CONFIG, cache_dir=str(tmp_path))
    with pytest.raises(DataError) as raised:
        open_images(lists(train_a=bad, train_b=[image("cut", content=b"x\ny")]), config)
    message = str(raised.value)
    assert message.startswith("26 of 32 images cannot be used: set/bad0 (empty file), ")
    assert "bad19" in message and "bad20" not in message and "and 6 more" in message
    assert "--data.skip_bad" in message and "\n" not in message
    (whole,) = tmp_path.iterdir()
    assert f"and 6 more, all in {whole}; " in message
    assert len(whole.read_text().splitlines()) == 26


def test_skip_bad_leaves_them_out_and_says_so():
    config = DataConfig(image_size=(8, 8), skip_bad=True)
    data = open_images(lists(train_a=[image("x", content=b""), image("y")]), config)
    assert len(data.train_a) == 1
    assert data.notes == ("skipped 1 of 11 images: set/x (empty file)",)


def test_names_are_escaped_in_messages_and_notes():
    changed = lists(train_a=[image("x\n\x1b[2J", content=b""), image("y")])
    with pytest.raises(DataError, match=r"set/x\\n\\x1b\[2J \(empty file\)"):
        open_images(changed, CONFIG)
    data = open_images(changed, DataConfig(image_size=(8, 8), skip_bad=True))
    assert data.notes == (r"skipped 1 of 11 images: set/x\n\x1b[2J (empty file)",)


def test_a_file_of_which_a_part_is_taken_is_named():
    buffer = io.BytesIO()
    pages = [Image.new("RGB", (8, 8), (k, 0, 0)) for k in range(3)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    pages = [image(name, content=buffer.getvalue()) for name in ("x", "y")]
    data = open_images(lists(train_a=pages, test_a=pages[:1]), CONFIG, notes=("hello",))
    assert data.notes == ("hello", "2 images: only page 1 of 3 taken (set/x, set/y)")


def test_a_pair_with_a_bad_half_is_skipped_whole():
    config = DataConfig(image_size=(8, 8), skip_bad=True)
    changed = lists()
    changed["test_b"][1] = image("test_b1", content=b"")
    data = open_images(changed, config, paired=True)
    assert [p.name for p in data.test_a] == ["test_a0", "test_a2"]
    assert [p.name for p in data.test_b] == ["test_b0", "test_b2"]
    assert data.test_a[1].load_truth == data.test_b[1].load


@pytest.mark.parametrize("part", ["train_a", "test_b"])
def test_a_list_of_which_nothing_remains_is_an_error(part):
    config = DataConfig(image_size=(8, 8), skip_bad=True)
    with pytest.raises(DataError, match=f"none of 1 {part[:-2]}ing images of {part[-1].upper()}"):
        open_images(lists(**{part: [image("x", content=b"")]}), config)


@pytest.mark.parametrize("size", [(7, 9), (9, 7)])
def test_too_small_unless_resize_asks_for_more(size):
    small = lists(train_a=[image("x", size)])
    with pytest.raises(DataError, match=r"set/x \(.* is too small for a 8x8 crop; --data.resize=8"):
        open_images(small, CONFIG)
    data = open_images(small, DataConfig(image_size=(8, 8), resize=8))
    assert data.train_a.crop(0, np.random.default_rng(0)).shape == (8, 8, 3)


def test_held_out_images_may_be_small():
    data = open_images(lists(test_a=[image("x", (3, 3))]), CONFIG)
    assert data.test_a[0].load().shape == (3, 3, 3)
