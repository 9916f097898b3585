"""Tiles of the globe; drawn here, since the real images are an extra."""

import dataclasses

import numpy as np
import pytest

from unit_tf.config import (
    ConfigError,
    DataConfig,
    ExperimentConfig,
)
from unit_tf.data.base import DataError
from unit_tf.data.sources import blue_marble
from unit_tf.resolve import check

GREENS = {"bmng.jpg": 10, "shadedrelief.jpg": 20, "etopo1.jpg": 30}


@pytest.fixture
def globe(monkeypatch):
    """Stripes of water and land one pixel wide instead of the package's images."""

    def load(name, map_width):
        image = np.full([map_width // 2, map_width, 3], 100, np.uint8)
        image[:, ::2, 2] = 200
        image[..., 1] = GREENS[name]
        return image

    monkeypatch.setattr(blue_marble, "load_globe", load)


def settings(**changes):
    return DataConfig(source="blue_marble", map_width=320, image_size=(8, 8), **changes)


@pytest.mark.parametrize("side", [2, 3, 4, 16])
def test_test_tiles_of_any_side(globe, side):
    """Below 4 pixels a quarter of the side is no step."""
    data = blue_marble.open_blue_marble(settings(tile_size=side))
    assert data.test_a[0].load().shape == data.test_a[0].load_truth().shape == (side, side, 3)


@pytest.mark.parametrize(
    ("changes", "green"), [({}, 20), ({"map": "relief"}, 20), ({"map": "topography"}, 30)]
)
def test_b_shows_the_map_that_is_asked_for(globe, changes, green):
    data = blue_marble.open_blue_marble(settings(**changes))
    assert (data.train_b.crop(0, np.random.default_rng(0))[..., 1] == green).all()
    assert (data.test_b[0].load()[..., 1] == green).all()
    assert (data.test_a[0].load_truth()[..., 1] == green).all()
    assert (data.test_a[0].load()[..., 1] == 10).all()


def test_only_blue_marble_reads_the_map():
    wanted = {"data.map": "topography"}
    check(ExperimentConfig().replace({**wanted, "data.source": "blue_marble"}))
    with pytest.raises(ConfigError, match="--data.map=topography: not read with --data.source=co"):
        check(ExperimentConfig().replace({**wanted, "data.source": "coast"}))


@pytest.mark.parametrize("name", ["relief", "topography"])
def test_water_of_the_satellite_is_water_of_the_map(name):
    """The two are on one grid: a shift by three pixels, of 1350, makes them agree less."""
    try:
        satellite = blue_marble.load_globe(blue_marble.SATELLITE, 1350)[140:520]
    except DataError as error:
        pytest.skip(str(error))
    land = blue_marble.land_mask(satellite)
    water_of_map = blue_marble.load_globe(blue_marble.MAPS[name], 1350)[140:520].astype(np.int16)
    wet = water_of_map[..., 2] - water_of_map[..., 0] > 30

    def agreement(shift):
        return np.mean(np.roll(wet, shift, (0, 1)) != land)

    assert agreement((0, 0)) > 0.97
    assert all(agreement((0, 0)) > agreement(shift) for shift in ((3, 0), (-3, 0), (0, 3), (0, -3)))


def test_the_setting_that_is_too_large_is_named(globe):
    with pytest.raises(DataError, match="--data.tile_size=17x17"):
        blue_marble.open_blue_marble(settings(tile_size=17))
    with pytest.raises(DataError, match="--data.image_size=24x24"):
        blue_marble.open_blue_marble(dataclasses.replace(settings(), image_size=(24, 24)))


def test_bands_of_a_b_and_test_share_no_column():
    columns = [c for kind in "ab*" for f, e in blue_marble.band_columns(kind, 330)
               for c in range(f, e)]  # fmt: skip
    assert sorted(columns) == list(range(330))
