"""FID and KID of a pass: which images are held against which, and what is refused before."""

import types

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.base import Data
from unit_tf.evaluation.evaluators.realism import Realism, realism_figures
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.features import inception_v3
from unit_tf.evaluation.metrics.fid import frechet_distance
from unit_tf.evaluation.request import EvaluationRequest
from unit_tf.methods.registry import find_method


class Means:
    """Stands for the network: the means of an image's channels."""

    digest = "means"

    def features(self, images):
        return np.stack([np.float32(image.mean((0, 1))) for image in images])


@pytest.fixture
def realism(monkeypatch):
    """Prepared, with a small network, and no folder for features."""
    monkeypatch.setattr(inception_v3, "load_inception_v3", lambda weights: Means())
    evaluator = Realism("some.h5")
    evaluator.prepare()
    return evaluator


def noise(count, seed):
    return list(np.random.default_rng(seed).integers(0, 256, (count, 6, 5, 3), np.uint8))


@pytest.mark.parametrize("paired", [True, False])
def test_who_is_held_against_whom(realism, held, make_pass, paired):
    """The reals are the other domain's test images, or the truths where it has none."""
    inputs, reals = noise(20, 0), noise(20, 1)
    work = make_pass(
        held(inputs, reals if paired else None),
        lambda image, name: 255 - image,
        others=() if paired else held(reals),
    )
    found = evaluate_pass(work, [realism]).figures["realism"]
    features = Means().features
    made, real = features([255 - image for image in inputs]), features(reals)
    assert found["fid"]["translation"] == pytest.approx(frechet_distance(made, real))
    assert found["fid"]["identity"] == pytest.approx(frechet_distance(features(inputs), real))
    assert (found["images"], found["real"], found["weights"]) == (20, 20, "some.h5")


def test_a_limit_is_of_both_sets(realism, held, make_pass):
    others = held(noise(9, 1))
    work = make_pass(held(noise(7, 0)), lambda image, name: image, limit=4, others=others)
    found = evaluate_pass(work, [realism]).figures["realism"]
    assert (found["images"], found["real"]) == (4, 4)
    (name, other), (limited, whole) = ("translation", "identity"), (noise(7, 0), noise(9, 1))
    kept = [[images[i] for i in indices] for images, indices in
            ((limited, (0, 2, 4, 6)), (whole, (0, 3, 5, 8)))]  # fmt: skip
    wanted = frechet_distance(*map(Means().features, kept))
    assert found["fid"][name] == found["fid"][other] == pytest.approx(wanted)


def test_the_note_is_for_few_images():
    rows = np.random.default_rng(0).standard_normal((13, 12)).astype(np.float32)
    groups = {"translation": rows, "identity": rows}
    assert realism_figures(groups, rows)["notes"] == []
    few = {name: found[:12] for name, found in groups.items()}
    assert "FID is biased upwards at 12 images" in realism_figures(few, rows)["notes"][0]


@pytest.mark.parametrize("directions", [("a2b", "b2a"), ("a2b",)])
@pytest.mark.parametrize(
    ("counts", "fault"),
    [
        ((2, 2), None),
        ((1, 2), "1 test images of A for a2b; FID and KID need 2 or more: --data.test_dir_a"),
        ((2, 1), "1 test images of B for a2b; FID and KID need 2 or more: --data.test_dir_b"),
    ],
)
def test_too_few_images(held, flat, directions, counts, fault):
    data = Data((), (), *(held([flat(0)] * count) for count in counts))
    if fault is None:
        Realism("some.h5").check(data, directions)
        return
    with pytest.raises(UserError, match=f"^--inception_weights: {fault} names some$"):
        Realism("some.h5").check(data, directions)


def test_only_the_directions_that_are_evaluated_need_images(held, flat):
    """One of A, whose truth would be too few for b2a, is nobody's concern without b2a's tests."""
    data = Data((), (), held([flat(0)] * 2, [flat(1)] * 2), [])
    Realism("some.h5").check(data, ("a2b", "b2a"))


def test_it_applies_where_weights_are_named():
    config = ExperimentConfig()
    without, named = EvaluationRequest("x"), EvaluationRequest("x", inception_weights="imagenet")
    assert not Realism.applies(without, config, find_method("unit"))
    assert Realism.applies(named, config, find_method("munit"))
    with pytest.raises(UserError, match="method cogan is scored by the classes that it reads"):
        Realism.applies(named, config, find_method("cogan"))
    one_sided = types.SimpleNamespace(labelled=False, directions=("a2b",))
    assert Realism.applies(named, config, one_sided)


def test_weights_that_cannot_be_used(tmp_path):
    (tmp_path / "x.h5").touch()
    with pytest.raises(UserError, match=r"^--inception_weights=.*x\.h5: not Keras' InceptionV3"):
        Realism(str(tmp_path / "x.h5")).prepare()
