"""Grey digits and coloured ones; those here are of one grey level each, 20 times their class."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ConfigError, ExperimentConfig
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import coloured_digits
from unit_tf.data.sources.coloured_digits import (
    draw_colours,
    held_out_colours,
    open_coloured_digits,
)
from unit_tf.evaluation.metrics.two_colours import colours_of
from unit_tf.resolve import check

LEVELS = range(0, 200, 20)
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture(scope="module")
def folder(write_digits, tmp_path_factory):
    """Ten training and ten test images; in a split none is like another."""
    return write_digits(tmp_path_factory.mktemp("ten"), "mnist", counts={"train": 10, "test": 10})


def settings(folder, **changes):
    data = {"source": "coloured_digits", "image_size": 32, "channels_a": 1, "tfds_dir": str(folder)}
    data = {f"data.{key}": value for key, value in {**data, **changes}.items()}
    data["model.architecture"] = "resnet2017"
    return ExperimentConfig().replace({**data, "optim.batch_size": 4})


def open_data(folder, **changes):
    return open_coloured_digits(settings(folder, **changes).data)


def level(image, ink, paper):
    """The grey level of a coloured image's middle; its border is paper."""
    assert np.array_equal(image[0, 0], paper)
    widest = np.abs(ink - paper).argmax()
    share = (image[16, 16] - paper)[widest] / (ink - paper)[widest]
    return 20 * round(255 * share / 20)


def test_no_digit_is_in_both_domains(folder):
    """Nor is one lost: the halves are all of a split."""
    data = open_data(folder)
    colours = draw_colours(np.random.default_rng(7))
    a = [int(data.train_a.crop(i, np.random.default_rng(7))[16, 16, 0]) for i in range(5)]
    b = [level(data.train_b.crop(i, np.random.default_rng(7)), *colours) for i in range(5)]
    assert len(data.train_a) == len(data.train_b) == 5
    assert sorted(a + b) == list(LEVELS)
    a = [int(test.load()[16, 16, 0]) for test in data.test_a]
    b = [level(test.load(), *held_out_colours(i)) for i, test in enumerate(data.test_b)]
    assert len(a) == len(b) == 5 and sorted(a + b) == list(LEVELS)


def test_held_out_images_have_labels_and_no_counterpart(folder):
    data = open_data(folder)
    assert data.labels_a is None
    assert [20 * test.label for test in data.test_a] == [t.load()[16, 16, 0] for t in data.test_a]
    levels = [level(t.load(), *held_out_colours(i)) for i, t in enumerate(data.test_b)]
    assert [20 * test.label for test in data.test_b] == levels
    for tests in (data.test_a, data.test_b):
        assert [test.name for test in tests] == [f"test_{i:05d}.png" for i in range(5)]
        assert all(test.load_truth is None for test in tests)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_is_grey_in_one_channel_or_three(folder, channels):
    data = open_data(folder, channels_a=channels)
    crop = data.train_a.crop(3, np.random.default_rng(0))
    for image in (crop, data.test_a[0].load()):
        assert image.shape == (32, 32, channels) and image.dtype == np.uint8
        assert (image == image[..., :1]).all() and not image[0].any()
    assert data.train_b.crop(0, np.random.default_rng(0)).shape == (32, 32, 3)


def test_training_colours_are_new_and_held_out_ones_are_fixed(folder):
    first, second = open_data(folder), open_data(folder)
    for one, other in zip(first.test_b, second.test_b, strict=True):
        assert np.array_equal(one.load(), other.load()) and np.array_equal(one.load(), one.load())
    papers = {tuple(test.load()[0, 0]) for test in first.test_b}
    rng = np.random.default_rng(0)
    papers |= {tuple(first.train_b.crop(1, rng)[0, 0]) for _ in range(5)}
    assert len(papers) == 10
    one, other = (first.train_b.crop(1, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one, other)


def test_colours_are_whole_numbers_that_can_be_told_apart():
    drawn = np.array([draw_colours(np.random.default_rng(seed)) for seed in range(2000)])
    assert drawn.shape == (2000, 2, 3) and drawn.dtype == np.float64
    assert (drawn == np.rint(drawn)).all() and drawn.min() >= 0 and drawn.max() <= 255
    contrast = (drawn @ LUMA)[:, 0] - (drawn @ LUMA)[:, 1]
    # Lumas are rounded before they are compared.
    assert np.abs(contrast).min() >= coloured_digits.MIN_CONTRAST * 255 - 1
    assert np.abs(contrast).min() < coloured_digits.MIN_CONTRAST * 255 + 5
    assert abs((contrast > 0).mean() - 0.5) < 0.05  # ink is as often brighter as darker
    for channel in range(3):  # and no colour is left out, though greens of the middle are rare
        assert np.histogram(drawn[..., channel], 8, (0, 256))[0].min() > 100


def test_coloured_is_the_line_between_paper_and_ink():
    grey = np.array([[[0], [51], [255]]], np.uint8)
    ink, paper = np.array([255.0, 0, 10]), np.array([0.0, 100, 10])
    assert coloured_digits.coloured(grey, ink, paper).tolist() == [[[0, 100, 10], [51, 80, 10],
                                                            [255, 0, 10]]]  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_colours_are_recovered_from_a_image(seed):
    """Each pixel is off by half a level at most, so their fit is too."""
    rng = np.random.default_rng(seed)
    grey = np.where(rng.random((32, 32)) < 0.7, 0, rng.integers(0, 256, (32, 32)))
    ink, paper = draw_colours(rng)
    found = colours_of(coloured_digits.coloured(grey[..., None], ink, paper), grey)
    np.testing.assert_allclose(found, (ink, paper), atol=0.5)


def test_batches_are_two_unpaired_domains_without_labels(folder):
    config = settings(folder)
    dataset = training_dataset(open_coloured_digits(config.data), config)
    assert [(s.shape.as_list(), s.dtype) for s in dataset.element_spec] == [
        ([4, 32, 32, 1], tf.float32),
        ([4, 32, 32, 3], tf.float32),
    ]
    read = list(dataset.take(5).as_numpy_iterator())
    values = np.concatenate([np.ravel(x) for batch in read for x in batch])
    assert values.min() >= -1 and values.max() <= 1 and values.std() > 0.3
    papers = np.concatenate([x_b[:, 0, 0] for _, x_b in read])
    assert len(np.unique(papers, axis=0)) == 20  # five images, four times each
    again = training_dataset(open_coloured_digits(config.data), config, start_step=2)
    for x, y in zip(again.take(3).as_numpy_iterator(), read[2:], strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(x, y, strict=True))


def test_held_out_only_leaves_training_images_alone(folder):
    data = open_coloured_digits(settings(folder).data, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0
    assert len(data.test_a) == len(data.test_b) == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"image_size": (32, 64)},
            "--data.image_size=32x64: must be 32 with --data.source=coloured_digits",
        ),
        ({"channels": 1}, "--data.channels=1: domain B of .* in colour; give --data.channels_b=3"),
        ({"channels_b": 1}, "--data.channels_b=1: domain B"),
        (
            {"tfds_dir": "/absent"},
            "--data.source=coloured_digits, data set=mnist: not in --data.tf",
        ),
    ],
)
def test_wrong_settings_are_one_line(folder, changes, message):
    config = dataclasses.replace(settings(folder).data, **changes)
    with pytest.raises(DataError, match=message) as raised:
        open_coloured_digits(config)
    assert "\n" not in str(raised.value)


def test_another_data_set_of_that_name(tmp_path, write_digits):
    write_digits(tmp_path, "mnist", shape=(64, 64, 1))
    with pytest.raises(DataError, match="coloured_digits, data set=mnist: no feature 'image' of"):
        open_data(tmp_path)


def test_half_of_one_image(tmp_path, write_digits):
    write_digits(tmp_path, "mnist", counts={"train": 1, "test": 2})
    with pytest.raises(DataError, match=r"data set=mnist: no images in train\[.*50%"):
        open_data(tmp_path)


def test_mirroring_is_refused(folder):
    """As it is by default, it is not read; no command asks for the other and gets nothing."""
    with pytest.raises(ConfigError) as raised:
        check(settings(folder, flip=False))
    assert str(raised.value) == "--data.flip=False: not read with --data.source=coloured_digits"
    check(settings(folder))
