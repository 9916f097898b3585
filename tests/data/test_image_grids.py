"""Image grids: where each image lies, and mixes of sizes and channels."""

import numpy as np
import pytest

from unit_tf.data.image_grids import as_shown, evenly_spaced, image_grid, spread

RED, BLUE = (255, 0, 0), (0, 0, 255)


def flat(colour, size):
    return np.broadcast_to(np.uint8(colour), (*size, len(colour)))


def box(grid, colour):
    """(height, width) of the bounding box of a colour, and how many pixels have it."""
    rows, columns = np.nonzero((grid == np.uint8(colour)).all(-1))
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1), len(rows)


def test_small_images_are_enlarged_and_keep_their_pixels():
    grid = image_grid([[flat(RED, (32, 20)), flat(BLUE, (128, 128))]], ["input", "translation"])
    assert grid.dtype == np.uint8 and grid.shape[-1] == 3
    assert box(grid, RED) == ((128, 80), 128 * 80)
    assert box(grid, BLUE) == ((128, 128), 128 * 128)


def test_large_images_are_scaled_down():
    grid = image_grid([[flat(RED, (700, 1400))]], ["input"])
    assert box(grid, RED)[0] == (256, 512)


@pytest.mark.parametrize("size", [(1, 3), (32, 20), (128, 128), (130, 90), (700, 1401)])
def test_images_kept_as_shown_make_the_same_grid(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 1), np.uint8)
    kept = as_shown(image)
    assert max(kept.shape) <= 512
    np.testing.assert_array_equal(image_grid([[kept]], ["x"]), image_grid([[image]], ["x"]))


def test_order():
    """Columns go right, rows go down, titles stand above."""
    rows = [[flat(RED, (128, 128)), None], [None, flat(BLUE, (128, 128))]]
    grid = image_grid(rows, ["one", "two"])
    red, blue = (np.argwhere((grid == np.uint8(c)).all(-1)) for c in (RED, BLUE))
    assert (red.max(0) < blue.min(0)).all()
    above = grid[: red.min(0)[0]]
    assert above.min() < 100 and above.max() == 255


def test_long_titles_fit():
    title = "a title that is much wider than its image"
    wide = image_grid([[flat(RED, (128, 128))]], [title])
    assert wide.shape[1] > image_grid([[flat(RED, (128, 128))]], ["x"]).shape[1]
    assert (wide[:, -3:] == 255).all()


def test_grey_beside_colour():
    grid = image_grid([[flat((77,), (130, 140)), flat(RED, (128, 128))]], ["a", "b"])
    # Below the titles, whose smoothed letters hold every grey.
    assert box(grid[20:], (77, 77, 77)) == ((130, 140), 130 * 140)


@pytest.mark.parametrize("rows", [[], [[None]], [[None] * 3]])
def test_refuses_uneven_rows(rows):
    with pytest.raises(ValueError, match="2 cells"):
        image_grid(rows, ["a", "b"])


@pytest.mark.parametrize(
    ("count", "limit", "expected"),
    [(0, 8, []), (3, 8, [0, 1, 2]), (9, 3, [0, 4, 8]), (5, 1, [0]), (100, 2, [0, 99])],
)
def test_evenly_spaced(count, limit, expected):
    assert evenly_spaced(count, limit) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(2, ["a", "e"]), (3, ["a", "c", "e"]), (9, [*"abcde"]), (None, [*"abcde"])],
)
def test_items_are_evenly_spaced(limit, expected):
    assert spread([*"abcde"], limit) == expected


def test_evenly_spaced_gives_as_many_as_asked():
    for count in range(1, 40):
        for limit in range(1, 40):
            assert len(evenly_spaced(count, limit)) == min(count, limit)
