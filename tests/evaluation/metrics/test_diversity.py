"""Diversity: which images make pairs, and means and errors worked out by hand."""

import json

import numpy as np
import pytest

from unit_tf.evaluation.metrics.diversity import (
    mean_over_inputs,
    paired_distance,
    pixel_distance,
    table,
)


def flat(*values, dtype=np.uint8, size=(3, 5), channels=3):
    """[N, H, W, C], image i of the one value values[i]."""
    return np.stack([np.full((*size, channels), v, dtype) for v in values])


def test_pixel_distance_of_stored_values():
    """|0 - 255| / 255 = 1, |10 - 61| / 255 = 0.2, in either order: uint8 must not wrap around."""
    x, y = flat(0, 10, 7), flat(255, 61, 7)
    np.testing.assert_allclose(pixel_distance(x, y), [1, 0.2, 0])
    np.testing.assert_allclose(pixel_distance(y, x), [1, 0.2, 0])


def test_pixel_distance_is_a_mean_over_pixels_and_channels():
    x = np.zeros((1, 2, 2, 3))
    y = x.copy()
    y[0, 1, 0] = [0.3, 0, 0.9]
    np.testing.assert_allclose(pixel_distance(x, y), [1.2 / 12])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_taken_as_they_are(dtype):
    np.testing.assert_allclose(pixel_distance(flat(0.25, dtype=dtype), flat(1, dtype=dtype)), 0.75)


@pytest.mark.parametrize(
    "other",
    [flat(1, channels=1), flat(1, 2), flat(1, dtype=np.float32), flat(1)[0]],
    ids=["channels", "number", "type", "no batch"],
)
def test_batches_must_be_alike(other):
    with pytest.raises(ValueError, match="two batches"):
        pixel_distance(flat(1), other)


def test_pairs_are_disjoint_neighbours():
    """(0, 51), (102, 255), (7, 7): (0.2 + 0.6 + 0) / 3; no image is in two pairs."""
    seen = []

    def distance(x, y):
        seen.extend(zip(x[:, 0, 0, 0].tolist(), y[:, 0, 0, 0].tolist(), strict=True))
        return pixel_distance(x, y)

    translations = flat(0, 51, 102, 255, 7, 7)
    assert paired_distance(translations, distance) == pytest.approx(0.8 / 3)
    assert seen == [(0, 51), (102, 255), (7, 7)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_pairs_need_an_even_number(count):
    with pytest.raises(ValueError, match=f"got {count} images"):
        paired_distance(np.zeros((count, 2, 2, 3)), pixel_distance)


def test_mean_and_standard_error():
    """Mean 2, deviations -1, 0, 1: variance 2 / (3 - 1) = 1, error 1 / sqrt(3)."""
    found = mean_over_inputs([1.0, 2.0, 3.0])
    assert found == {"mean": 2, "standard_error": pytest.approx(3**-0.5)}


def test_one_input_has_no_error():
    found = mean_over_inputs([0.5])
    assert found == {"mean": 0.5, "standard_error": None}
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_no_inputs():
    with pytest.raises(ValueError, match="no inputs"):
        mean_over_inputs([])


def test_table():
    distances = {
        "pixel": {
            "label": "in words",
            "translations": {"mean": 0.25, "standard_error": 0.125},
            "real": None,
        },
        "lpips": {
            "label": "other words",
            "translations": {"mean": 0.5, "standard_error": None},
            "real": {"mean": 1, "standard_error": 0},
        },
    }
    lines = table(distances, ("translations", "real")).splitlines()
    assert lines[0].split() == ["translations", "real"]
    assert lines[1].split() == ["pixel", "0.2500", "+-", "0.1250", "-", "in", "words"]
    assert lines[2].split() == ["lpips", "0.5000", "1.0000", "+-", "0.0000", "other", "words"]
    assert lines[1].index("in words") == lines[2].index("other words")
