"""The students' table: decibels by hand, and one line a translator."""

import numpy as np
import pytest


def grey(level):
    return np.full((2, 2, 3), level, np.uint8)


@pytest.mark.parametrize(
    ("one", "other", "decibels"),
    [
        ([grey(7)], [grey(7)], float("inf")),
        ([grey(0)], [grey(255)], 0.0),
        ([grey(10), grey(0)], [grey(20), grey(0)], 10 * np.log10(255**2 / 50)),
        ([grey(200)], [grey(90)], 10 * np.log10(255**2 / 110**2)),  # no wrap of eight bits
    ],
)
def test_decibels(load_tool, one, other, decibels):
    assert load_tool("measure_students").psnr(one, other) == pytest.approx(decibels)


def test_the_teacher_comes_first_and_has_no_distance_to_itself(load_tool):
    figures = {"gmac": 2.5, "megabytes": 1.5, "float32": 30.2, "int8": 9.9, "psnr": 31.4}
    kid = {"mean": 0.05, "standard_error": 0.001}
    rows = {"runs/big": {**figures, "kid": kid}, "runs/small": {**figures, "kid": None}}
    *_, teacher, student = load_tool("measure_students").markdown(rows)
    assert teacher == "| teacher big | 2.5 | 1.50 | 30.2 | 9.9 |  | 50.0 ± 1.0 |"
    assert student == "| student small | 2.5 | 1.50 | 30.2 | 9.9 | 31.4 |  |"
