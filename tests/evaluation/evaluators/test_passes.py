"""A pass: each image is loaded and translated once for all evaluators, or not at all."""

import collections
import types

import numpy as np
import pytest

from unit_tf.data.base import Data, DataError
from unit_tf.data.base import TestImage as Held
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.paired_scores import PairedScores
from unit_tf.evaluation.evaluators.passes import domains_of, passes_of
from unit_tf.evaluation.evaluators.region_scores import RegionScores
from unit_tf.evaluation.evaluators.run_passes import evaluate_directions, evaluate_pass
from unit_tf.evaluation.evaluators.translation_grid import ROWS, TranslationGrid


class Named(Evaluator):
    """Wants some indices; keeps the names that it sees."""

    def __init__(self, key, wanted, touch=lambda sample: None):
        self.key, self.wanted, self.touch = key, wanted, touch

    def begin(self, work):
        self.seen = []
        return self.wanted

    def observe(self, sample):
        self.touch(sample)
        self.seen.append(sample.name)

    def figures(self):
        return {self.key: list(self.seen)}

    def text(self, figures):
        return f"{self.key}: {len(figures[self.key])}" if self.seen else ""

    def images(self):
        return {self.key: np.zeros((1, 1, 3), np.uint8)}


def test_images_come_in_the_order_in_which_they_are_asked_for(held, flat, make_pass):
    """Whoever did not ask for an image does not see it; figures, lines and images come together."""
    evaluators = [Named("some", [3, 0]), Named("none", []), Named("all", range(5))]
    result = evaluate_pass(make_pass(held([flat(0)] * 5), None), evaluators)
    assert result.figures == {
        "some": ["3.png", "0.png"],
        "none": [],
        "all": ["3.png", "0.png", "1.png", "2.png", "4.png"],
    }
    assert result.text == "some: 2\nall: 5"
    assert list(result.images) == ["some", "none", "all"]


def test_each_image_is_loaded_and_translated_once(flat, make_pass):
    """One load serves all evaluators. Truths are read once more, for the best constants."""
    counts = collections.Counter()

    def load(name):
        counts[name] += 1
        return flat(9)

    def translate(image, name):
        return load(f"translation of {name}")

    tests = [Held(n, lambda n=n: load(n), lambda n=n: load(f"truth of {n}")) for n in ("x", "y")]
    evaluators = [PairedScores(), RegionScores(), TranslationGrid()]
    evaluate_pass(make_pass(tests, translate), evaluators)
    assert counts == {
        "x": 1, "y": 1, "translation of x": 1, "translation of y": 1, "truth of x": 2,
        "truth of y": 2,
    }  # fmt: skip


def test_unpaired_translates_only_what_it_shows(held, flat, make_pass):
    translated = []

    def translate(image, name):
        translated.append(name)
        return image

    work = make_pass(held([flat(0, (4, 4))] * 50), translate, "b2a")
    result = evaluate_pass(work, [PairedScores(), RegionScores(), TranslationGrid()])
    assert len(translated) == ROWS
    assert result.figures == {"images": 50, "paired": False}
    assert result.text == "b2a: 50 images without truth; a grid, and no scores against truth"
    assert list(result.images) == ["grid_b2a"]


def test_what_nobody_touches_is_not_loaded(make_pass):
    tests = [Held("x", pytest.fail, pytest.fail)]
    assert evaluate_pass(make_pass(tests, pytest.fail), [Named("it", [0])]).figures["it"] == ["x"]


def test_a_truth_of_another_size(held, flat, make_pass):
    """It is refused before its image is translated."""
    tests = held([flat(0), flat(0, (9, 40))], [flat(0), flat(0, (9, 41))])
    work = make_pass(tests, lambda image, name: image if name == "0.png" else pytest.fail())
    with pytest.raises(DataError, match=r"^1\.png: 9x40 pixels, but 9x41 in its truth$"):
        evaluate_pass(work, [PairedScores()])


def method(directions, classifies=False):
    return types.SimpleNamespace(directions=directions, classifies=classifies)


def data_of(count_a, count_b):
    tests = [[Held(f"{d}{i}", None) for i in range(n)] for d, n in (("a", count_a), ("b", count_b))]
    return Data((), (), *tests)


@pytest.mark.parametrize(
    ("directions", "classifies", "counts", "expected"),
    [
        (("a2b", "b2a"), False, (3, 2), [("a2b", "a2b", 3), ("b2a", "b2a", 2)]),
        (("a2b", "b2a"), False, (0, 2), [("b2a", "b2a", 2)]),
        (("a2b",), False, (3, 2), [("a2b", "a2b", 3)]),
        (("b2a",), False, (3, 2), [("b2a", "b2a", 2)]),
        (("a2b",), False, (0, 2), []),
        ((), True, (3, 2), [("a", None, 3), ("b", None, 2)]),
        (("a2b",), True, (3, 2), [("a", "a2b", 3), ("b", None, 2)]),
    ],
)
def test_only_what_a_method_has_is_evaluated(directions, classifies, counts, expected):
    found = passes_of(method(directions, classifies), data_of(*counts))
    assert [(work.name, work.direction, len(work.tests)) for work in found] == expected
    assert [work.source for work in found if counts["ab".index(work.source)]] == [
        d for d in domains_of(classifies, directions) if counts["ab".index(d)]
    ]


def test_a_limit_is_evenly_spaced():
    work, other = passes_of(method(("a2b", "b2a")), data_of(10, 2), limit=3)
    assert [test.name for test in work.tests] == ["a0", "a4", "a9"]
    assert [test.name for test in other.tests] == ["b0", "b1"]


def test_figures_of_all_directions(held, flat, make_pass):
    """An evaluator starts every pass afresh."""
    tests = held([flat(10)] * 3, [flat(20)] * 3)
    there = make_pass(tests, lambda image, name: flat(24))
    back = make_pass(tests[:2], lambda image, name: flat(21), "b2a")
    found = evaluate_directions([there, back], [PairedScores(baselines=False)])
    assert {name: (f["images"], f["translation"]["l1"]) for name, f in found.items()} == {
        "a2b": (3, 4), "b2a": (2, 1),
    }  # fmt: skip
