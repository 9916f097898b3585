"""Tiles of the globe; drawn here, since the real pictures are an extra."""

import dataclasses

import numpy as np
import pytest

from unit_tf.config import DataConfig
from unit_tf.data import blue_marble
from unit_tf.data.base import DataError


@pytest.fixture
def globe(monkeypatch):
    """Stripes of water and land one pixel wide instead of the package's pictures."""

    def load(name, map_width):
        del name
        picture = np.full([map_width // 2, map_width, 3], 100, np.uint8)
        picture[:, ::2, 2] = 200
        return picture

    monkeypatch.setattr(blue_marble, "load_globe", load)


def settings(**changes):
    return DataConfig(source="blue_marble", map_width=320, image_size=(8, 8), **changes)


@pytest.mark.parametrize("side", [2, 3, 4, 16])
def test_test_tiles_of_any_side(globe, side):
    """Below 4 pixels a quarter of the side is no step."""
    data = blue_marble.open_blue_marble(settings(tile_size=side))
    assert data.test_a[0].load().shape == data.test_a[0].load_truth().shape == (side, side, 3)


def test_the_setting_that_is_too_large_is_named(globe):
    with pytest.raises(DataError, match="--data.tile_size=17x17"):
        blue_marble.open_blue_marble(settings(tile_size=17))
    with pytest.raises(DataError, match="--data.image_size=24x24"):
        blue_marble.open_blue_marble(dataclasses.replace(settings(), image_size=(24, 24)))


def test_bands_of_a_b_and_test_share_no_column():
    columns = [c for kind in "ab*" for f, e in blue_marble.band_columns(kind, 330)
               for c in range(f, e)]  # fmt: skip
    assert sorted(columns) == list(range(330))
