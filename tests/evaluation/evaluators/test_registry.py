"""Every evaluator keeps the contract; one that is missing here fails the test."""

import json
import math
import pathlib
import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.base import Data
from unit_tf.data.base import TestImage as Held
from unit_tf.evaluation.evaluators.passes import passes_of
from unit_tf.evaluation.evaluators.registry import EVALUATORS, evaluators_for
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.features import inception_v3
from unit_tf.evaluation.request import EvaluationRequest
from unit_tf.methods.registry import METHODS, find_method

FACE = {"data.source": "avatars", "data.attribute": "Eyeglasses"}
# Of each: a method and settings for which it runs, and what it adds to the figures.
CASES = {
    "paired": ("unit", {}, {"paired", "translation", "constant"}),
    "local_edits": ("unit", {}, {"local_edits"}),
    "grid": ("unit", {}, set()),
    "colour_placement": ("unit", {"data.source": "blue_marble"}, {"colour_placement"}),
    "attribute_share": ("unit", FACE, {"attribute_share"}),
    "kid": ("unit", {}, set()),  # of unpaired images alone
    "realism": ("unit", {}, {"realism"}),
    "diversity": ("munit", {}, {"diversity"}),
    "classes": ("source_only", {}, {"accuracy", "confusion"}),
    "beside_teacher": ("student", {}, set()),  # where its teacher is
}
IMAGES = {"grid": 1, "diversity": 1, "classes": 1}  # how many a pass adds


class Fake:
    """A method that translates, in styles too, and classifies, all by hand."""

    stride = smallest_side = style_size = 1
    largest_side = math.inf
    channels = {"a": 3, "b": 3}

    def __init__(self, spec):
        self.directions, self.classifies = spec.directions, spec.labelled

    def translate(self, x, direction):
        return x * 0.5

    def translate_styled(self, x, direction, style):
        return x * 0.5 + 0 * style[:, :1, None, None]

    def classify(self, x, domain):
        return tf.eye(10)[: len(x)]


def held_images(seed):
    """Of few levels: the search for the best constant colour takes seconds among all 256^3."""
    images = np.random.default_rng(seed).integers(96, 160, (6, 20, 20, 3), np.uint8)
    return [
        Held(f"{seed}{i}", lambda x=x: x, lambda t=t: t, label=i % 3)
        for i, (x, t) in enumerate(zip(images[:3], images[3:], strict=True))
    ]


def test_no_evaluator_is_forgotten():
    """Neither here nor a test file of its own."""
    assert set(CASES) == set(EVALUATORS)
    tests = {path.name for path in pathlib.Path(__file__).parent.glob("test_*.py")}
    for kind in EVALUATORS.values():
        assert f"test_{kind.__module__.rpartition('.')[2]}.py" in tests


@pytest.mark.parametrize("name", EVALUATORS)
def test_the_contract(name, monkeypatch, tmp_path):
    """Two passes, each with figures for JSON, text and images, and none of the other's."""
    network = types.SimpleNamespace(
        digest="x", features=lambda images: np.stack([np.float32(i.mean((0, 1))) for i in images])
    )
    monkeypatch.setattr(inception_v3, "load_inception_v3", lambda weights: network)
    method, settings, expected = CASES[name]
    config = ExperimentConfig().replace({"model.method": method, **settings})
    weights = "x.h5" if name == "realism" else None
    request = EvaluationRequest("x", inception_weights=weights, evaluators=(name,))
    spec = find_method(method)
    (evaluator,) = evaluators_for(request, config, spec, tmp_path)
    data = Data((), (), held_images(1), held_images(2))
    evaluator.check(data, spec.directions)
    evaluator.prepare()
    first, second = passes_of(Fake(spec), data)
    results = [evaluate_pass(work, [evaluator]) for work in (first, second, first)]
    for result, work in zip(results, (first, second, first), strict=True):
        assert json.loads(json.dumps(result.figures, allow_nan=False)) == result.figures
        assert expected <= set(result.figures)
        assert not result.text.endswith("\n")
        assert len(result.images) == IMAGES.get(name, 0)
        for file, image in result.images.items():
            assert file.endswith(f"_{work.name}")
            assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[-1] == 3
    assert results[0].figures == results[2].figures and results[0].text == results[2].text


def chosen(method, evaluators=None, settings=None, **request):
    config = ExperimentConfig().replace({"model.method": method, **(settings or {})})
    asked = EvaluationRequest("x", evaluators=evaluators, **request)
    found = evaluators_for(asked, config, find_method(method), pathlib.Path("out"))
    kinds = {kind: name for name, kind in EVALUATORS.items()}
    return [kinds[type(evaluator)] for evaluator in found]


def test_what_runs_unasked():
    """In the order of the report; each method has something to be evaluated by."""
    pairs = ["paired", "local_edits", "grid"]
    assert chosen("unit") == [*pairs, "kid"]
    assert chosen("unit", settings=FACE) == [*pairs, "attribute_share", "kid"]
    assert chosen("munit", inception_weights="x.h5") == [*pairs, "realism", "diversity"]
    for name, spec in METHODS.items():
        assert (chosen(name) == ["classes"]) == spec.labelled
        assert chosen(name)


def test_what_is_named_runs():
    assert chosen("unit", ("grid", "paired")) == ["paired", "grid"]
    assert chosen("unit", ("colour_placement",)) == ["colour_placement"]


@pytest.mark.parametrize(
    ("method", "name", "message"),
    [
        ("unit", "pared", "evaluators=pared: not valid"),
        ("unit", "classes", "evaluators=classes: has nothing to measure of method unit"),
        ("cogan", "paired", "evaluators=paired: has nothing to measure of method cogan"),
        ("unit", "realism", "evaluators=realism: has nothing to measure of method unit"),
    ],
)
def test_what_cannot_run_is_refused(method, name, message):
    with pytest.raises(UserError, match=f"^{message}"):
        chosen(method, (name,))


def test_what_would_be_ignored_is_refused():
    """Also where the evaluator that would refuse is not among those named."""
    with pytest.raises(UserError, match="--classifier=x.keras: method unit has one translation"):
        chosen("unit", ("grid",), classifier="x.keras")
