"""Scores of the changed region and of the rest."""

import pytest

from unit_tf.evaluation.evaluators.passes import evaluate_pass
from unit_tf.evaluation.evaluators.region_scores import RegionScores


@pytest.mark.parametrize(("rows", "shown"), [(1, True), (6, True), (7, False), (12, False)])
def test_scores_of_the_changed_region_are_shown_for_local_edits(rows, shown, held, flat, make_pass):
    """Where it is most of the image, they say what the other scores do."""
    image, truth = flat(40), flat(40)
    truth[:rows] = 200
    work = make_pass(held([image], [truth]), lambda image, name: image)
    result = evaluate_pass(work, [RegionScores()])
    assert result.figures["local_edits"]["changed"] == rows / 12
    assert result.text.startswith("changed region: ") == shown


def test_a_whole_image_that_changes(held, flat, make_pass):
    images, truths = [flat(0, (40, 40)), flat(90)], [flat(100, (40, 40)), flat(100)]
    made = {"0.png": truths[0], "1.png": flat(140)}
    work = make_pass(held(images, truths), lambda image, name: made[name])
    edits = evaluate_pass(work, [RegionScores()]).figures["local_edits"]
    assert edits["changed"] == 1 and edits["outside"] is None
    assert edits["inside"]["translation"]["l1"] == 20


def test_inside_and_outside_are_told_apart(held, flat, make_pass):
    """A translator that edits rightly, and shifts the rest by 3."""
    image, truth = flat(40), flat(40)
    truth[:2] = 200
    made = truth.copy()
    made[2:] += 3
    work = make_pass(held([image], [truth]), lambda image, name: made)
    edits = evaluate_pass(work, [RegionScores()]).figures["local_edits"]
    assert edits["inside"]["translation"]["l1"] == 0 and edits["inside"]["identity"]["l1"] == 160
    assert edits["outside"]["translation"]["l1"] == 3 and edits["outside"]["identity"]["l1"] == 0


@pytest.mark.parametrize("paired", [True, False])
def test_nothing_to_compare(paired, held, flat, make_pass):
    """Grey inputs of coloured truths have no untouched input; images without truth nothing."""
    tests = held([flat(1, channels=1)], [flat(2)] if paired else None)
    result = evaluate_pass(make_pass(tests, lambda image, name: flat(2)), [RegionScores()])
    assert (result.figures, result.text) == ({}, "")
