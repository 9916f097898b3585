import numpy as np
import pytest
from PIL import Image
from unit_tf.export import check_images
from unit_tf.export.check_images import batch, comparison_images, training_crops

from unit_tf.config import DataConfig
from unit_tf.data.base import DataError


def folders(tmp_path, test=0):
    """One image in each training folder, and ``test`` held-out ones of A."""
    names = [("a/x", 10), ("b/x", 20)] + [(f"ta/{i}", 30 + i) for i in range(test)]
    for name, level in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 18), (level,) * 3).save(tmp_path / f"{name}.png")
    paths = {k: str(tmp_path / v) for k, v in {"dir_a": "a", "dir_b": "b"}.items()}
    return DataConfig(image_size=(8, 8), **paths, test_dir_a=str(tmp_path / "ta") if test else "")


def levels(found):
    return [int(image[0, 0, 0]) for image in found.arrays]


def test_held_out_images_come_first_and_whole(tmp_path):
    config = folders(tmp_path, test=5)
    found = comparison_images(config, "a", (8, 8), count=3)
    assert found.origin == "3 test images of a" and not found.why_random
    assert levels(found) == [30, 32, 34] and found.arrays[0].shape == (18, 20, 3)


def test_training_crops_fill_up(tmp_path):
    found = comparison_images(folders(tmp_path, test=2), "a", (9, 7), count=4)
    assert found.origin == "2 test images and 2 training crops of a"
    assert levels(found) == [30, 31, 10, 10] and found.arrays[2].shape == (9, 7, 3)


def test_without_held_out_images_training_crops_serve(tmp_path):
    found = comparison_images(folders(tmp_path), "b", (8, 8), count=2)
    assert found.origin == "2 training crops of b" and levels(found) == [20, 20]


def test_without_the_training_data_held_out_images_serve(tmp_path):
    config = folders(tmp_path, test=2)
    (tmp_path / "a/x.png").unlink()
    found = comparison_images(config, "a", (8, 8), count=4)
    assert found.origin == "2 test images of a" and not found.why_random


def test_crops_too_large_for_the_images_are_the_trainings(tmp_path):
    (crop,) = training_crops(folders(tmp_path), "a", (64, 64), 1)
    assert crop.shape == (8, 8, 3)


def test_crops_are_the_same_every_time_and_spread(tmp_path):
    config = folders(tmp_path)
    for i in range(5):
        noise = np.random.default_rng(i).integers(0, 256, (18, 20, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / f"a/{i}.png")
    first, second = (training_crops(config, "a", (8, 8), 3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any() and (first[1] != first[2]).any()


@pytest.mark.parametrize("channels", [1, 3])
def test_without_data_seeded_random_images_and_the_reason(channels):
    config = DataConfig(dir_a="/nowhere/a", dir_b="/nowhere/b", channels=channels)
    first, second = (comparison_images(config, "a", (8, 8)) for _ in range(2))
    assert first.origin == "random images" and "/nowhere" in first.why_random
    np.testing.assert_array_equal(first.arrays, second.arrays)
    assert first.arrays[0].shape[-1] == channels and first.arrays[0].dtype == np.uint8
    assert len(first.arrays) == 32
    assert np.ptp(first.arrays[0]) > 100 and (first.arrays[0] != first.arrays[1]).any()


@pytest.mark.parametrize(
    "config",
    [
        DataConfig(source="tfds", tfds="cycle_gan/maps"),
        DataConfig(source="labelled", labelled_a="mnist", labelled_b="usps"),
        DataConfig(source="coloured_digits", image_size=(32, 32), channels_a=1),
        DataConfig(source="celeb_a", attribute="Smiling"),
    ],
    ids=lambda config: config.source,
)
def test_nothing_is_fetched_for_an_export(monkeypatch, config):
    def opened(config, held_out_only=False):
        raise AssertionError("opened")

    monkeypatch.setattr(check_images, "open_data", opened)
    assert "tfds_dir" in comparison_images(config, "a", (8, 8)).why_random
    with pytest.raises(DataError, match="tfds_dir"):
        training_crops(config, "a", (8, 8), 1)


@pytest.mark.parametrize(
    ("error", "line"),
    # What a user can mend is one line already: a line end in it is a file name's.
    [(DataError, r"first line\nsecond"), (OSError, "first line"), (ImportError, "first line")],
)
def test_unreadable_data_do_not_stop_an_export(monkeypatch, error, line):
    def opened(config, held_out_only=False):
        raise error("first line\nsecond")

    monkeypatch.setattr(check_images, "open_data", opened)
    assert comparison_images(DataConfig(), "a", (8, 8)).why_random == line


def test_batches_cut_the_middle_and_mirror_beyond_it():
    image = np.arange(5 * 4, dtype=np.uint8).reshape(5, 4, 1)
    cut = batch([image], 3, (2, 3, 7))
    assert cut.shape == (2, 3, 7, 1) and cut.dtype == np.float32
    np.testing.assert_array_equal(np.round(cut[0, 0, :, 0] * 255), [4, 5, 6, 7, 7, 6, 5])
    np.testing.assert_array_equal(cut[1], cut[0, ::-1])
