"""Whether colours lie where they do in the truth: of all pixels, or of land and water apart."""

import numpy as np
import pytest

from unit_tf.evaluation.evaluators.colour_placement import ColourPlacement
from unit_tf.evaluation.evaluators.passes import evaluate_pass

# Columns: desert, forest, water.
SATELLITE = np.uint8([[[200, 180, 120], [60, 120, 40], [10, 20, 80]]] * 4)
MAP = np.uint8([[[240, 230, 150], [120, 200, 110], [180, 200, 255]]] * 4)


def figures(held, make_pass, made, direction, land=True):
    image, truth = (SATELLITE, MAP) if direction == "a2b" else (MAP, SATELLITE)
    work = make_pass(held([image], [truth]), lambda image, name: made(truth), direction)
    return evaluate_pass(work, [ColourPlacement(land)]).figures["colour_placement"]


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_the_truth_has_all(held, make_pass, direction):
    found = figures(held, make_pass, lambda truth: truth, direction)
    assert found == {"colour_order": pytest.approx(1), "land_contrast": pytest.approx(1)}


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_the_order_is_of_land_alone(held, make_pass, direction):
    """Desert and forest exchange their colours; the water keeps its own."""
    found = figures(held, make_pass, lambda truth: truth[:, [1, 0, 2]], direction)
    assert found["colour_order"] == pytest.approx(-1)
    assert found["land_contrast"] == pytest.approx(1)


@pytest.mark.parametrize("direction", ["a2b", "b2a"])
def test_land_and_water_exchanged(held, make_pass, direction):
    def exchanged(truth):
        made = np.broadcast_to(truth[:1, 2:], truth.shape).copy()
        made[:, 2] = truth[0, :2].mean(0)
        return made

    assert figures(held, make_pass, exchanged, direction)["land_contrast"] < -0.9


def test_of_other_data_all_pixels_count(held, make_pass):
    found = figures(held, make_pass, lambda truth: truth[:, [1, 0, 2]], "a2b", land=False)
    assert list(found) == ["colour_order"] and 0 < found["colour_order"] < 1


def test_nothing_without_truth(held, make_pass):
    result = evaluate_pass(make_pass(held([SATELLITE]), None), [ColourPlacement(True)])
    assert (result.figures, result.text) == ({}, "")
