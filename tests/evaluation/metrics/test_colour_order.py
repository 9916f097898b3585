"""Right, swapped and flat colours."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.colour_order import colour_order, part_contrast

FOREST, DESERT = (40, 90, 40), (200, 180, 140)


def image(left, right, size=(4, 6)):
    made = np.empty((*size, 3), np.uint8)
    made[:, :3], made[:, 3:] = left, right
    return made


def test_hand_computed():
    """One channel, so the axis is it: values 0 1 2 3 against 0 2 1 3 correlate by 0.8."""
    found = np.uint8([0, 2, 1, 3]).reshape(1, 4, 1)
    assert colour_order([found], [np.sort(found, 1)]) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ((FOREST, DESERT), 1),
        ((DESERT, FOREST), -1),
        (((10, 20, 10), (60, 60, 50)), 1),  # darker, in the right order
        ((FOREST, FOREST), 0),
    ],
)
def test_two_things(colours, expected):
    truth = image(FOREST, DESERT)
    assert colour_order([image(*colours)], [truth]) == pytest.approx(expected)


def test_only_what_the_mask_holds_counts():
    """Sizes may differ, and where the order is wrong outside of it, it is right."""
    truths = [image(FOREST, DESERT), image(DESERT, FOREST, (2, 6))]
    wrong = [truths[0][:, ::-1].copy(), truths[1].copy()]
    masks = [np.zeros((4, 6), bool), np.ones((2, 6), bool)]
    assert colour_order(wrong, truths, masks) == pytest.approx(1)
    assert colour_order(wrong, truths) < 0


def test_a_flat_truth_says_nothing():
    assert colour_order([image(FOREST, DESERT)], [image(FOREST, FOREST)]) == 0


def test_refusals():
    truth = image(FOREST, DESERT)
    with pytest.raises(ValueError, match="no pixels"):
        colour_order([truth], [truth], [np.zeros((4, 6), bool)])
    with pytest.raises(ValueError, match="no pixels"):
        colour_order([], [])
    with pytest.raises(ValueError, match="shape"):
        colour_order([truth[:2]], [truth])
    with pytest.raises(ValueError):
        colour_order([truth, truth], [truth])


LEFT = np.arange(6) < 3


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ((FOREST, DESERT), 1),
        ((DESERT, FOREST), -1),
        ((DESERT, DESERT), 0),
        # (160, 90, 100) . (80, 45, 50) / |(160, 90, 100)|^2
        (((60, 60, 60), (140, 105, 110)), 0.5),
    ],
)
def test_two_parts(colours, expected):
    truth, mask = image(FOREST, DESERT), np.tile(LEFT, (4, 1))
    assert part_contrast([image(*colours)], [truth], [mask]) == pytest.approx(expected)


def test_parts_are_those_of_all_images():
    """Each alone has one part; means are over pixels, so the larger image counts more."""
    truths = [image(FOREST, FOREST), image(DESERT, DESERT, (2, 6))]
    masks = [np.zeros((4, 6), bool), np.ones((2, 6), bool)]
    assert part_contrast(truths[::-1], truths[::-1], masks[::-1]) == pytest.approx(1)
    wrong = [image(DESERT, DESERT), image(FOREST, FOREST, (2, 6))]
    assert part_contrast(wrong, truths, masks) == pytest.approx(-1)
    assert part_contrast([image(FOREST, DESERT)], [image(FOREST, FOREST)],
                         [np.tile(LEFT, (4, 1))]) == 0  # fmt: skip


def test_a_part_without_pixels_is_refused():
    truth = image(FOREST, DESERT)
    for mask in (np.zeros((4, 6), bool), np.ones((4, 6), bool)):
        with pytest.raises(ValueError, match="no pixels"):
            part_contrast([truth], [truth], [mask])
