"""Features of a pass's images: each is decoded once, whichever score asks for them."""

import numpy as np
import pytest

from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.realism import Realism
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.features import efficientnet_lite0, inception_v3


class Means:
    """Stands for the network: the means of an image's channels."""

    digest, label = "means", "means of channels"

    def features(self, images):
        return np.stack([np.float32(image.mean((0, 1))) for image in images])


@pytest.fixture(params=["realism", "kid"])
def evaluator(request, monkeypatch, tmp_path):
    monkeypatch.setattr(inception_v3, "load_inception_v3", lambda weights: Means())
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: tmp_path)
    monkeypatch.setattr(efficientnet_lite0, "load_efficientnet_lite0", Means)
    made = Realism("some.h5", tmp_path) if request.param == "realism" else KidScores(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def counted(held):
    """(domain, list that receives its images as they are decoded) -> 20 held-out images."""

    def make(domain, decoded):
        images = np.random.default_rng(ord(domain)).integers(0, 256, (20, 6, 5, 3), np.uint8)
        return [
            test._replace(load=lambda t=test: decoded.append((domain, t.name)) or t.load())
            for test in held(list(images))
        ]

    return make


@pytest.mark.parametrize("times", [1, 2])
def test_each_image_is_decoded_once(evaluator, counted, make_pass, times):
    """For its translation and for its features; also where these lie on disk already."""
    for _ in range(times):
        decoded = []
        tests, others = counted("a", decoded), counted("b", decoded)
        work = make_pass(tests, lambda image, name: 255 - image, others=others)
        evaluate_pass(work, [evaluator])
    assert len(decoded) == len({*decoded}) == 40
