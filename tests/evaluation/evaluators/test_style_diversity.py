"""Diversity of styles: which images, styles and distances, and what is refused."""

import math
import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.base import Data
from unit_tf.evaluation.evaluators import style_diversity
from unit_tf.evaluation.evaluators.base import Pass
from unit_tf.evaluation.evaluators.passes import evaluate_pass
from unit_tf.evaluation.evaluators.style_diversity import StyleDiversity, open_lpips
from unit_tf.evaluation.metrics.diversity import PAIRS
from unit_tf.evaluation.request import EvaluationRequest
from unit_tf.methods.registry import find_method


class Shades:
    """Its style is a shade in which the whole image is painted, faintly."""

    directions, classifies = ("a2b", "b2a"), False
    stride = smallest_side = style_size = 1
    largest_side = math.inf
    channels = {"a": 3, "b": 3}

    def translate_styled(self, x, direction, style):
        return tf.ones_like(x) * tf.tanh(style[:, :1, None, None])


def measured(evaluator, tests, reals=(), limit=None):
    evaluator.prepare()
    work = Pass(Shades(), Data((), (), tests, list(reals)), "a", limit, pytest.fail)
    result = evaluate_pass(work, [evaluator])
    return result.figures["diversity"], result


def shades(seed, place):
    rng = np.random.default_rng([seed, 0, place + 1])
    return np.tanh(rng.standard_normal((2 * PAIRS, 1), np.float32))[:, 0]


@pytest.mark.parametrize("seed", [0, 3])
def test_the_figure_is_of_pairs_of_sampled_styles(seed, held, flat):
    """Pairs that follow one another, of styles that the seed and the input's place give."""
    found, result = measured(StyleDiversity(seed), held([flat(0), flat(1), flat(2)]))
    means = [np.abs(np.diff(shades(seed, i).reshape(-1, 2))).mean() / 2 for i in range(3)]
    pixel = found["distances"]["pixel"]
    assert pixel["translations"]["mean"] == pytest.approx(np.mean(means), abs=1 / 255)
    error = np.std(means, ddof=1) / 3**0.5
    assert pixel["translations"]["standard_error"] == pytest.approx(error, abs=1 / 255)
    assert (found["inputs"], found["pairs"], found["seed"]) == (3, PAIRS, seed)
    assert pixel["real"] is None and "classifier" not in found
    assert result.text.startswith(f"a2b: diversity over 3 inputs, {PAIRS} pairs of translations")
    assert list(result.images) == ["styles_a2b"]


def test_real_images_are_the_other_domains(held, flat):
    """Cut to the translations' size; half of the pairs of two levels are of one level."""
    reals = held([flat(0, (20, 30)), flat(255, (30, 20))])
    found, _ = measured(StyleDiversity(), held([flat(0)]), reals)
    assert found["distances"]["pixel"]["real"] == {"mean": 1, "standard_error": None}


@pytest.mark.parametrize(("limit", "inputs"), [(None, 5), (2, 2), (9, 5)])
def test_a_limit(limit, inputs, held, flat, monkeypatch):
    monkeypatch.setattr(style_diversity, "INPUTS", 5)
    tests = held([flat(i) for i in range(7)])
    assert measured(StyleDiversity(), tests, limit=limit)[0]["inputs"] == inputs


def test_scores_of_a_classifier(held, flat, monkeypatch):
    """Sure of bright and of dark images: both classes occur for every input."""

    def load(path):
        def classify(images):
            bright = (images.mean((1, 2, 3)) > 127).astype(float)
            return np.stack([bright, 1 - bright], -1)

        return classify

    monkeypatch.setattr("unit_tf.evaluation.features.image_classifier.load_image_classifier", load)
    evaluator = StyleDiversity(classifier="x.keras")
    found, result = measured(evaluator, held([flat(0), flat(1)]))
    assert found["classifier"] == "x.keras"
    assert 1.8 < found["conditional_inception_score"] <= found["inception_score"] <= 2
    assert f"{found['inception_score']:.4f}" in result.text


def test_images_that_a_distance_does_not_take(held, flat, monkeypatch):
    class Distance:
        name, label = "lpips", "large images alone"

        def __call__(self, images, others):
            raise ValueError("images 12x12; 16x16 or more")

    monkeypatch.setattr(style_diversity, "open_lpips", lambda vgg, linear: Distance())
    with pytest.raises(UserError, match=r"^0\.png: images 12x12; 16x16 or more$"):
        measured(StyleDiversity(vgg_weights="x.npz"), held([flat(0)]))


@pytest.mark.parametrize("flag", ["vgg_weights", "lpips_weights"])
def test_the_flag_of_a_broken_file_is_named(tmp_path, monkeypatch, flag):
    from unit_tf.models import vgg16

    file = tmp_path / "broken.npz"
    file.write_text("nothing")
    if flag == "lpips_weights":
        monkeypatch.setattr(vgg16, "load_vgg", lambda weights: None)
    with pytest.raises(UserError) as caught:
        open_lpips(file, file)
    assert str(caught.value).startswith(f"--{flag}={file}: not a readable .npz")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("seed", 0, "run.seed=0"), ("vgg_weights", "imagenet", "vgg_weights=imagenet"),
        ("classifier", "x.keras", "classifier=x.keras"),
        ("lpips_weights", "x.npz", "lpips_weights=x.npz"),
    ],
)  # fmt: skip
def test_nothing_about_styles_without_styles(field, value, shown):
    config, request = ExperimentConfig(), EvaluationRequest("x", **{field: value})
    with pytest.raises(UserError, match=f"^--{shown}: method unit has one translation for one"):
        StyleDiversity.applies(request, config, find_method("unit"))
    assert StyleDiversity.applies(request, config, find_method("munit"))
    assert not StyleDiversity.applies(EvaluationRequest("x"), config, find_method("unit"))


def test_what_a_request_says_is_taken(tmp_path):
    """The seed, which is 0 unless it is given, and the files."""
    names = dict.fromkeys(("vgg_weights", "lpips_weights", "classifier"), None)
    for seed, wanted in ((None, 0), (4, 4)):
        request = EvaluationRequest("x", seed=seed, **names)
        found = StyleDiversity.create(request, None, tmp_path)
        assert vars(found)["_seed"] == wanted
    asked = EvaluationRequest("x", vgg_weights="v", lpips_weights="l", classifier="c")
    found = types.SimpleNamespace(**vars(StyleDiversity.create(asked, None, tmp_path)))
    assert (found._vgg_weights, found._lpips_weights, found._classifier) == ("v", "l", "c")
