"""Digits over tiles: digits of one grey level each, 20 times their class, and a globe made here."""

import dataclasses

import numpy as np
import pytest

from unit_tf.config import ConfigError, ExperimentConfig
from unit_tf.data import digit_images
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import blue_marble
from unit_tf.data.sources.mnist_over_tiles import open_mnist_over_tiles
from unit_tf.resolve import check

WIDTH = 800
INNER = slice(2, 30)  # what of 32 pixels a digit of 28 fills


@pytest.fixture
def globe(monkeypatch):
    """Every pixel says in red and green which column it is of: no two bands hold the same."""
    column = np.arange(WIDTH)
    image = np.zeros((WIDTH // 2, WIDTH, 3), np.uint8)
    image[..., 0], image[..., 1] = column % 256, column // 256
    image[..., 2] = np.where(column % 2, 255, 0)  # land and water, as both must be in a tile

    monkeypatch.setattr(blue_marble, "load_globe", lambda name, map_width: image)
    return image


@pytest.fixture
def settings(small_digits):
    """Callable: changes of data -> ExperimentConfig."""

    def make(**changes):
        data = {
            "source": "mnist_over_tiles", "image_size": 32, "map_width": WIDTH,
            "tfds_dir": str(small_digits), **changes,
        }  # fmt: skip
        fixed = {"model.method": "source_only", "model.architecture": "table5"}
        data = {f"data.{key}": value for key, value in data.items()}
        return ExperimentConfig().replace({**fixed, **data, "optim.batch_size": 4})

    return make


@pytest.fixture
def data(globe, settings):
    return open_mnist_over_tiles(settings().data)


def tile_of(image, globe):
    """(first column, the tile) that an image's border, where there is no digit, was cut from."""
    column = int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])
    return column, globe[:32, column : column + 32]


def images_of(domain):
    return [domain.crop(i, np.random.default_rng(0)) for i in range(len(domain))]


def test_b_is_the_absolute_difference_in_each_channel(data, globe):
    for i, image in enumerate(images_of(data.train_b)):
        assert image.shape == (32, 32, 3) and image.dtype == np.uint8
        _, tile = tile_of(image, globe)
        digit = data.train_a.pixels([i])[0]
        expected = np.abs(tile.astype(int) - digit)
        np.testing.assert_array_equal(image, expected)
        assert digit[INNER, INNER].any() or data.labels_a[i] == 0


def test_training_and_test_share_no_pixel_of_the_globe(data):
    """Each tile is inside one band, and test tiles are in the bands that blue_marble tests on."""
    columns = {}
    for split, images in (
        ("train", images_of(data.train_b)), ("test", [test.load() for test in data.test_b])
    ):  # fmt: skip
        first = [int(image[0, 0, 0]) + 256 * int(image[0, 0, 1]) for image in images]
        columns[split] = {column for f in first for column in range(f, f + 32)}
        assert len(set(first)) > 1
    assert not columns["train"] & columns["test"]
    bands = blue_marble.band_columns("*", WIDTH)
    assert all(any(low <= column < high for low, high in bands) for column in columns["test"])


def test_the_same_each_time_and_whatever_the_order(data, globe, settings):
    again = open_mnist_over_tiles(settings().data)
    for one, other in zip(images_of(data.train_b), images_of(again.train_b), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(again.train_b.pixels([7, 2])[1], data.train_b.pixels([2])[0])
    for one, other in zip(data.test_b, again.test_b, strict=True):
        np.testing.assert_array_equal(one.load(), other.load())


def test_labels_are_the_sources_and_the_held_out_images(data):
    """A is MNIST in three equal channels; of B's training labels nothing is kept."""
    levels = data.train_a.pixels(range(12))[:, 16, 16, 0]
    assert data.labels_a.tolist() == (levels // 20).tolist()
    assert sorted(data.labels_a) == sorted(i % 10 for i in range(12))
    held = [value for value in vars(data.train_b).values() if isinstance(value, np.ndarray)]
    assert [array.shape for array in held] == [(12, 32, 32, 1)]
    assert len(data.test_a) == len(data.test_b) == 4
    for a, b in zip(data.test_a, data.test_b, strict=True):
        image = a.load()
        assert a.name == b.name and a.label == b.label == image[16, 16, 0] // 20
        assert image.shape == (32, 32, 3) and (image == image[..., :1]).all()
        assert a.load_truth is None and b.load_truth is None


def test_batches_are_two_unpaired_domains_and_the_sources_labels(data, settings):
    dataset = training_dataset(data, settings())
    together = 0
    for x_a, x_b, y_a in dataset.take(6).as_numpy_iterator():
        assert x_a.shape == x_b.shape == (4, 32, 32, 3)
        levels = np.rint(127.5 * (x_a[:, 16, 16, 0] + 1)).astype(int)
        np.testing.assert_array_equal(levels, 20 * y_a)
        blue = np.rint(127.5 * (x_b[:, 16, 16, 2] + 1)).astype(int)  # |0 - digit| or |255 - digit|
        together += np.minimum(blue, 255 - blue).tolist() == levels.tolist()
    assert together < 6


def test_held_out_only_reads_no_training_images(globe, settings):
    data = open_mnist_over_tiles(settings().data, held_out_only=True)
    assert len(data.train_a) == len(data.train_b) == 0 and len(data.test_b) == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"image_size": (32, 64)},
            "--data.image_size=32x64: must be 32 with --data.source=mnist_o",
        ),
        ({"channels": 1}, "--data.channels=1: domain B of .* in colour; give --data.channels_b=3"),
        (
            {"tfds_dir": "/absent"},
            "--data.source=mnist_over_tiles, data set=mnist: not in --data.t",
        ),
        (
            {"map_width": 320},
            "--data.map_width=320: no tile of 32x32 .* at least --data.map_width=",
        ),
    ],
)
def test_wrong_settings_are_one_line(globe, settings, changes, message):
    config = dataclasses.replace(settings().data, **changes)
    with pytest.raises(DataError, match=message) as raised:
        open_mnist_over_tiles(config)
    assert "\n" not in str(raised.value)


def test_the_width_that_is_advised_is_enough():
    """Whatever the coasts are, a tile fits each band."""
    width = blue_marble.BANDS * (digit_images.SIDE + 8)
    mask = np.zeros((width // 2, width), bool)
    mask[:, ::2] = True
    for kind in "ab*":
        corners = blue_marble.tile_corners(mask, blue_marble.band_columns(kind, width), (32, 32), 2)
        assert len(corners)


def test_what_is_not_read_is_refused(settings):
    check(settings())
    for name, value in (("flip", False), ("shift", 1.0), ("labelled_b", "usps")):
        with pytest.raises(ConfigError, match=f"--data.{name}=.*: not read with --data.source=mn"):
            check(settings(**{name: value}))
