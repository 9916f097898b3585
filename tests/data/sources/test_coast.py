"""Lines of a globe that is drawn here, since the real images are an extra."""

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig
from unit_tf.data.base import DataError
from unit_tf.data.pipeline import training_dataset
from unit_tf.data.sources import blue_marble, coast
from unit_tf.resolve import check

LAND, SEA, LAKE = (60, 70, 30), (10, 30, 90), (1, 5, 3)
SIDE = 64
FLAT = np.full((SIDE, SIDE, 3), 128, np.uint8)
WASH = coast.WASH


@pytest.fixture(autouse=True)
def lines_alone(monkeypatch):
    """Without the water's wash, which has tests of its own."""
    monkeypatch.setattr(coast, "WASH", 0)


def painted(land, lakes=False):
    """A satellite image of bool arrays [H, W]."""
    image = np.where(land[..., None], LAND, SEA)
    return np.where(np.broadcast_to(lakes, land.shape)[..., None], LAKE, image).astype(np.uint8)


def ink(satellite, relief=FLAT):
    """[H, W] in [0, 1], without the globe's seam."""
    drawn = coast.outlines(satellite, relief)
    assert drawn.dtype == np.uint8 and drawn.shape == satellite.shape
    assert (drawn == drawn[..., :1]).all()
    return (1 - drawn[..., 0] / 255)[:, 10:-10]


def disc(radius):
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return np.hypot(y, x) < radius


def stepped(step):
    """All light on the left and ``step`` levels less on the right."""
    relief = FLAT.copy()
    relief[:, SIDE // 2 :] -= np.uint8(step)
    return relief


def test_a_coast_is_one_thin_line():
    """Half a pixel from a straight one and nowhere else.

    Sigma 1 blurs a step to 0.0585, 0.3005, 0.6995, 0.9415 about its middle: the slope there is
    (0.9415 - 0.3005) / 2 = 0.3205, the distance 0.1995 / 0.3205 = 0.6225, the ink
    1.1 / 2 + 0.5 - 0.6225 = 0.4275.
    """
    expected = np.zeros((SIDE, SIDE - 20))
    expected[:, [21, 22]] = 0.4275
    land = np.arange(SIDE)[None] < SIDE // 2
    np.testing.assert_allclose(ink(painted(np.repeat(land, SIDE, 0))), expected, atol=0.003)


@pytest.mark.parametrize("kind", ["island", "bay", "lake"])
def test_a_round_shore_is_a_circle(kind):
    """As much ink as a line of its length and, so, as wide in every direction."""
    inside, radius = disc(12), 12
    satellite = {
        "island": painted(inside),
        "bay": painted(~inside),
        "lake": painted(np.ones_like(inside), inside),
    }[kind]
    drawn = ink(satellite)
    assert drawn.sum() == pytest.approx(2 * np.pi * radius * 0.855, rel=0.06)
    assert not drawn[disc(radius - 2)[:, 10:-10]].any()
    assert not drawn[~disc(radius + 2)[:, 10:-10]].any()


def test_water_is_washed_as_far_as_its_coast(monkeypatch):
    """The line covers what the wash leaves half done: see the straight coast above."""
    monkeypatch.setattr(coast, "WASH", WASH)
    expected = np.zeros((SIDE, SIDE - 20))
    expected[:, [21, 22]] = 0.4275
    expected[:, 23:] = WASH
    land = np.arange(SIDE)[None] < SIDE // 2
    np.testing.assert_allclose(ink(painted(np.repeat(land, SIDE, 0))), expected, atol=0.003)


def test_seas_lakes_and_trenches_are_washed_evenly_and_plains_stay_white(monkeypatch):
    monkeypatch.setattr(coast, "WASH", WASH)
    everywhere = np.ones((SIDE, SIDE), bool)
    assert not ink(painted(everywhere)).any()
    for wet in (
        painted(~everywhere),
        painted(everywhere, everywhere),
        painted(~everywhere, disc(3)),
    ):
        np.testing.assert_allclose(ink(wet), WASH, atol=0.002)


def test_specks_and_trenches_are_no_coasts():
    speck = np.zeros((SIDE, SIDE), bool)
    speck[30, 30] = True
    trench = np.zeros((SIDE, SIDE), bool)
    trench[:, 30:34] = True
    assert not ink(painted(speck)).any()
    assert not ink(painted(~speck)).any()
    assert not ink(painted(np.zeros_like(trench), trench)).any()


@pytest.mark.parametrize(
    ("steepness", "least", "most"), [(2.5, 0, 0), (3.7, 0.2, 0.45), (9, 0.55, coast.RELIEF_PEN)]
)
def test_a_slope_is_a_line_where_it_is_steep(steepness, least, most):
    """A step smoothed by sigma is at most step / (sigma sqrt(2 pi)) steep."""
    step = round(steepness * coast.RELIEF_SMOOTHING * np.sqrt(2 * np.pi))
    drawn = ink(painted(np.ones((SIDE, SIDE), bool)), stepped(step))
    assert least <= drawn[32].sum() <= most
    drawn[:, 20:24] = 0
    assert not drawn.any()


def test_relief_under_water_and_along_a_coast_is_not_drawn():
    land = np.repeat(np.arange(SIDE)[None] < SIDE // 2, SIDE, 0)
    assert not ink(painted(np.zeros_like(land)), stepped(60)).any()
    assert np.array_equal(ink(painted(land), stepped(60)), ink(painted(land)))


def test_a_fleck_is_left_out():
    relief = FLAT.copy()
    relief[32:34, 32:34] += 50
    assert not ink(painted(np.ones((SIDE, SIDE), bool)), relief).any()
    relief[:, 32:34] = relief[32:34, 32:34].max()
    assert ink(painted(np.ones((SIDE, SIDE), bool)), relief).any()


def test_strips_fit_together(monkeypatch):
    """However many rows are drawn at a time."""
    rng = np.random.default_rng(0)
    smooth = [coast._blur(rng.random((SIDE * 2, SIDE), np.float32), 4) for _ in range(2)]
    satellite = painted(smooth[0] > 0.48)
    relief = np.repeat((4000 * (smooth[1] - 0.5) + 128).clip(0, 255)[..., None], 3, -1)
    relief = relief.astype(np.uint8)
    whole = coast.outlines(satellite, relief)
    monkeypatch.setattr(coast, "_ROWS", 24)
    assert 0.02 < (whole < 128).mean() < 0.5
    np.testing.assert_array_equal(coast.outlines(satellite, relief), whole)


@pytest.fixture
def globe(monkeypatch):
    """Strips of land and water, eight pixels wide each, that differ in colour from place to place.

    So every tile of 16 pixels is half land.
    """

    def load(name, map_width):
        place = np.arange(map_width)
        image = painted(np.repeat((place % 16 < 8)[None], map_width // 2, 0))
        image[..., 1] = place % 251 if name == "bmng.jpg" else 128
        return image

    monkeypatch.setattr(blue_marble, "load_globe", load)


def settings(**changes):
    data = {"source": "coast", "map_width": 640, "image_size": 16, "flip": False, **changes}
    config = ExperimentConfig().replace({f"data.{key}": value for key, value in data.items()})
    return check(config.replace({"optim.batch_size": 3, "model.architecture": "resnet2017"}))


def test_held_out_tiles_are_pairs_in_both_directions(globe):
    data = coast.open_coast(settings(tile_size=24).data)
    assert [test.name for test in data.test_a] == [test.name for test in data.test_b]
    for one, other in zip(data.test_a, data.test_b, strict=True):
        assert np.array_equal(one.load(), other.load_truth())
        assert np.array_equal(other.load(), one.load_truth())
        assert one.load().shape == other.load().shape == (24, 24, 3)


def test_lines_lie_where_the_satellites_coasts_are(globe):
    """Most of a tile is white, and ink is at the change from land to water alone."""
    for test in coast.open_coast(settings().data).test_a:
        outline, satellite = test.load()[4, :, 0], test.load_truth()
        shore = np.flatnonzero(np.diff(blue_marble.land_mask(satellite)[4]))
        near = np.union1d(shore, shore + 1)
        # A tile's first and last pixel may be half of a line whose other half is outside.
        inner = np.arange(1, 15)
        assert (outline[near] < 160).all() and len(shore) in (1, 2)
        assert (outline[np.setdiff1d(inner, near)] == 255).all()


def test_domains_share_no_ground(globe):
    data = coast.open_coast(settings().data)
    lines, tiles = ([d.crop(i, None) for i in range(len(d))] for d in (data.train_a, data.train_b))
    assert {x.shape for x in lines + tiles} == {(16, 16, 3)}
    assert all((x == x[..., :1]).all() for x in lines)
    columns = {k: blue_marble.band_columns(k, 640) for k in "ab"}
    for kind, domain in (("a", data.train_a), ("b", data.train_b)):
        inside = [any(f <= c <= e - 16 for f, e in columns[kind]) for c in domain.corners[:, 1]]
        assert inside and all(inside)
    places = {int(x[0, 0, 1]) for x in tiles}
    assert places == {int(c) % 251 for c in data.train_b.corners[:, 1]}


@pytest.mark.parametrize("channels", [1, 3])
def test_batches(globe, channels):
    config = settings(channels_a=channels, flip=True)
    dataset = training_dataset(coast.open_coast(config.data), config)
    for x_a, x_b in dataset.take(3).as_numpy_iterator():
        assert x_a.shape == (3, 16, 16, channels) and x_b.shape == (3, 16, 16, 3)
        assert x_a.max() == 1 and -1 <= x_a.min() < 0.2 and np.median(x_a) == 1
        assert -1 <= x_b.min() and x_b.max() <= 1


def test_a_tile_that_fits_no_band_is_refused(globe):
    with pytest.raises(DataError, match="--data.tile_size=33x33: no such tile fits a band of 32"):
        coast.open_coast(settings(tile_size=33).data)
