"""Scores of pairs, against hand-made figures."""

import pytest

from unit_tf.evaluation.evaluators.paired_scores import PairedScores
from unit_tf.evaluation.evaluators.passes import evaluate_pass


def test_scores_are_those_of_the_translations(held, flat, make_pass):
    """A translator that is right for every image but one."""
    truths = [flat(20 * i) for i in range(10)]
    tests = held([flat(i, channels=1) for i in range(10)], truths)
    translated = []

    def translate(image, name):
        translated.append(name)
        index = int(image[0, 0, 0])
        return truths[index] if index else truths[9]

    result = evaluate_pass(make_pass(tests, translate), [PairedScores()])
    assert translated == [f"{i}.png" for i in range(10)]
    assert result.figures["translation"]["accuracy/all_channels"] == 0.9
    assert result.figures["translation"]["l1"] == pytest.approx(18)
    assert result.figures["constant"]["accuracy/all_channels"] == 0.2
    assert result.text.splitlines()[0] == "a2b: mean over 10 images with truth"
    limited = evaluate_pass(make_pass(tests, translate, limit=3), [PairedScores()])
    assert limited.figures["images"] == 3
    assert translated[10:] == ["0.png", "4.png", "9.png"]


def test_the_constants_are_the_truths(held, flat, make_pass):
    tests = held([flat(0)] * 3, [flat(40), flat(50), flat(90)])
    figures = evaluate_pass(make_pass(tests, lambda x, name: x), [PairedScores()]).figures
    assert figures["constants"]["l1"] == [50, 50, 50]
    assert figures["constant"]["l1"] == pytest.approx(50 / 3)
    assert figures["identity"] == figures["translation"]


def test_without_baselines(held, flat, make_pass):
    tests = held([flat(0)] * 3, [flat(40)] * 3)
    result = evaluate_pass(make_pass(tests, lambda x, name: x), [PairedScores(baselines=False)])
    assert result.figures["translation"]["l1"] == 40
    assert set(result.figures) == {"paired", "images", "headline", "translation"}
    assert "constant" not in result.text


def test_one_image_without_truth_makes_all_unpaired(held, flat, make_pass):
    work = make_pass(held([flat(0)] * 2, [flat(0), None]), None)
    assert evaluate_pass(work, [PairedScores()]).figures == {"images": 2, "paired": False}
