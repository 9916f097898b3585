"""Scores inside and outside the changed region, against figures made by hand."""

import json

import numpy as np
import pytest

from unit_tf.evaluation.metrics.local_edits import (
    ACCURACY,
    UNCHANGED,
    changed_region,
    score_regions,
    summarize,
    table,
)
from unit_tf.evaluation.metrics.pixel_accuracy import pixel_accuracy


def flat(value, size=(10, 10), channels=3):
    return np.full((*size, channels), value, np.uint8)


def edited(image, value, rows=2):
    """The same with its first rows painted over."""
    image = image.copy()
    image[:rows] = value
    return image


def test_region_is_where_any_channel_differs_by_more_than_rounding():
    image, truth = flat(100), flat(100)
    truth[0, 0, 1] = 100 + UNCHANGED
    truth[0, 1, 1] = 101 + UNCHANGED
    truth[0, 2, 2] = 99 - UNCHANGED
    expected = np.zeros((10, 10), bool)
    expected[0, 1:3] = True
    assert np.array_equal(changed_region(image, truth), expected)
    assert changed_region(image, truth, UNCHANGED + 1).sum() == 0


def test_scores_by_hand():
    """A fifth is painted from 100 to 200; the translation gets half way, and is 20 off outside."""
    image = flat(100)
    truth, translation = edited(image, 200), edited(flat(120), 150)
    found = score_regions(image, translation, truth)
    assert found == {
        "changed": 0.2,
        "inside": {
            "translation": {ACCURACY: 0, "l1": 50},
            "identity": {ACCURACY: 0, "l1": 100},
        },
        "outside": {
            "translation": {ACCURACY: 0, "l1": 20},
            "identity": {ACCURACY: 1, "l1": 0},
        },
    }


@pytest.mark.parametrize("channels", [1, 3])
def test_regions_add_up_to_the_whole_image(channels):
    rng = np.random.default_rng(0)
    image, translation, truth = rng.integers(90, 130, (3, 12, 9, channels)).astype(np.uint8)
    found = score_regions(image, translation, truth)
    inside, outside = (found[region]["translation"] for region in ("inside", "outside"))
    share = found["changed"]
    assert 0 < share < 1
    assert share * inside[ACCURACY] + (1 - share) * outside[ACCURACY] == pytest.approx(
        pixel_accuracy(translation, truth)
    )


def test_means_are_over_images_that_have_the_region():
    image = flat(100)
    untouched = score_regions(image, flat(104), image)
    rewritten = score_regions(image, flat(230), flat(250))
    half = score_regions(image, edited(image, 250, 5), edited(image, 240, 5))
    assert untouched["inside"] is None and rewritten["outside"] is None
    result = summarize([untouched, rewritten, half])
    assert (result["images"], result["changed"]) == (3, 0.5)
    assert (result["inside"]["images"], result["outside"]["images"]) == (2, 2)
    assert result["inside"]["translation"] == {ACCURACY: 0.5, "l1": 15}
    assert result["inside"]["identity"] == {ACCURACY: 0, "l1": 145}
    assert result["outside"]["translation"] == {ACCURACY: 1, "l1": 2}
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_table():
    image = flat(100)
    result = summarize([score_regions(image, image, edited(image, 240))])
    lines = table(result).splitlines()
    assert lines[0].startswith("changed region: 20.00% of the pixels")
    assert lines[1].split() == ["inside,", "1", "image", "translation", "identity"]
    assert lines[2].split() == [ACCURACY, "0.0000", "0.0000"]
    assert lines[3].split() == ["l1", "140.0000", "140.0000"]
    assert len(lines) == 7


def test_table_without_a_region():
    image = flat(100)
    lines = table(summarize([score_regions(image, image, image)])).splitlines()
    assert lines[1] == "inside: no image has such pixels"


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match="shape"):
        score_regions(flat(1), flat(1), flat(1, channels=1))
    with pytest.raises(ValueError, match="shape"):
        score_regions(flat(1), flat(1, (9, 10)), flat(1))
