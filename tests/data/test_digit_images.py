import numpy as np
import pytest
from PIL import Image

from unit_tf.data import digit_images
from unit_tf.data.digit_images import Change, fit, to_grey, with_channels

MIDDLE = np.full((1, digit_images.DRAWS), 0.5, np.float32)  # nothing moves, nothing is exchanged


def noise(count=2, side=32, channels=1, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, channels), np.uint8)


def draws(**places):
    """MIDDLE with other numbers for flip, invert, right, down, angle, size."""
    names = ("flip", "invert", "right", "down", "angle", "size")
    drawn = MIDDLE.copy()
    for name, value in places.items():
        drawn[0, names.index(name)] = value
    return drawn


@pytest.mark.parametrize(
    ("side", "how", "top", "height"),
    [
        (28, "pad", 2, 28),
        (28, "frame", 2, 28),
        (28, "nearest", 0, 32),
        (16, "pad", 2, 28),
        (16, "frame", 6, 20),
        (16, "nearest", 0, 32),
        (32, "pad", 0, 32),
        (31, "pad", 0, 31),
    ],
)
def test_where_images_lie_in_the_frame(side, how, top, height):
    white = np.full((2, side, side, 1), 255, np.uint8)
    expected = np.zeros((2, 32, 32, 1), np.uint8)
    expected[:, top : top + height, top : top + height] = 255
    np.testing.assert_array_equal(fit(white, how), expected)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        ((0, 8), (4, 12), (15.5, 15.5)),
        ((0, 16), (6, 16), (15.5, 15.5)),
        ((15, 16), (0, 1), (19, 12)),  # at (25, 6), and 6 pixels is all that a digit is moved by
    ],
)
def test_frame_puts_the_centre_of_mass_into_the_middle(rows, columns, expected):
    images = np.zeros((2, 16, 16, 1), np.uint8)
    images[1, slice(*rows), slice(*columns)] = 255
    blank, moved = fit(images, "frame")
    centre = [np.sum(moved[..., 0] * grid) / moved.sum() for grid in np.mgrid[:32, :32]]
    np.testing.assert_allclose(centre, expected, atol=0.51)
    assert not blank.any()


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_not_enlarged_keeps_its_pixels(channels):
    images = noise(side=28, channels=channels)
    np.testing.assert_array_equal(fit(images, "pad")[:, 2:30, 2:30], images)
    same = noise(channels=channels)
    np.testing.assert_array_equal(fit(same, "nearest"), same)


def test_nearest_repeats_pixels_and_the_others_blend():
    images = noise(side=16)
    doubled = images.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_array_equal(fit(images, "nearest"), doubled)
    step = np.zeros((1, 16, 16, 1), np.uint8)
    step[:, :, 8:] = 200
    row = fit(step, "pad")[0, 16, 2:30, 0].astype(int)
    assert (np.diff(row) >= 0).all() and len(set(row)) > 2


def test_luma_is_that_of_decoded_images():
    images = noise(channels=3)
    expected = [np.asarray(Image.fromarray(p).convert("L")) for p in images]
    assert np.abs(to_grey(images)[..., 0].astype(int) - expected).max() <= 1


def test_grey_is_repeated_and_colour_kept():
    grey = noise()
    np.testing.assert_array_equal(with_channels(grey, 3), np.concatenate([grey] * 3, -1))
    assert with_channels(grey, 1) is grey


@pytest.mark.parametrize("channels", [1, 3])
def test_no_change_is_none(channels):
    images = noise(channels=channels)
    random = np.random.default_rng(0).random((2, digit_images.DRAWS), np.float32)
    np.testing.assert_array_equal(Change()(images, random), images)
    change = Change(flip=True, invert=True, shift=3, rotate=20, scale=0.2)
    np.testing.assert_array_equal(change(images[:1], MIDDLE), images[:1])


def rolled(image, down, right):
    """Moved by whole pixels; the border goes on."""
    rows, columns = np.arange(32) - down, np.arange(32) - right
    return image[rows.clip(0, 31)[:, None], columns.clip(0, 31)]


@pytest.mark.parametrize(
    ("change", "drawn", "expected"),
    [
        (Change(flip=True), {"flip": 0.2}, lambda p: p[:, ::-1]),
        (Change(invert=True), {"invert": 0.2}, lambda p: 255 - p),
        (Change(shift=3), {"right": 1.0}, lambda p: rolled(p, 0, 3)),
        (Change(shift=3), {"down": 0.0}, lambda p: rolled(p, -3, 0)),
        (Change(rotate=90), {"angle": 1.0}, lambda p: np.rot90(p, -1)),
        (Change(rotate=90), {"angle": 0.0}, lambda p: np.rot90(p, 1)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_change_by_its_own_number(change, drawn, expected, channels):
    images = noise(1, channels=channels)
    changed = change(images, draws(**drawn))
    np.testing.assert_allclose(changed[0], expected(images[0]), atol=0.05)
    other = {name: 1 - value for name, value in drawn.items()}
    assert not np.allclose(change(images, draws(**other))[0], changed[0], atol=1)


@pytest.mark.parametrize(("drawn", "side"), [(1.0, 24), (0.0, 8)])
def test_scale_is_a_fraction(drawn, side):
    square = np.zeros((1, 32, 32, 1), np.uint8)
    square[:, 8:24, 8:24] = 255
    area = np.sum(Change(scale=0.5)(square, draws(size=drawn))) / 255
    assert area == pytest.approx(side**2, rel=0.05)


def test_every_image_of_a_batch_by_its_own_numbers():
    images = noise(4)
    random = np.random.default_rng(1).random((4, digit_images.DRAWS), np.float32)
    change = Change(flip=True, invert=True, shift=2, rotate=10, scale=0.1)
    alone = [change(images[i : i + 1], random[i : i + 1])[0] for i in range(4)]
    np.testing.assert_array_equal(change(images, random), alone)
