"""Scores that are taken while a training goes on: which ones, of which images, at what cost."""

import types

import numpy as np
import pytest

from unit_tf.config import ExperimentConfig, UserError
from unit_tf.data.base import Data
from unit_tf.evaluation import checkpoint_scores
from unit_tf.evaluation.checkpoint_scores import CheckpointScorer, middle_crop, scorer_for
from unit_tf.evaluation.features import efficientnet_lite0
from unit_tf.evaluation.metrics.kid import kid
from unit_tf.inference import load as load_lib


class Shift:
    """A translator whose checkpoint says by how many levels it makes images brighter."""

    directions, classifies, style_size = ("a2b", "b2a"), False, 0
    stride = smallest_side = 1
    largest_side = 64
    channels = {"a": 3, "b": 3}
    levels = 0

    def translate(self, x, direction):
        return x + self.levels / 127.5


class Means:
    """Stands for the network: the means of an image's channels."""

    def features(self, images):
        return np.stack([np.float32(image.mean((0, 1))) for image in images])


@pytest.fixture(autouse=True)
def networks(monkeypatch, eagerly):
    """Shift in place of the networks; how often they were built."""
    built = []

    def read(method, config, folder):
        method.levels = int(folder)

    monkeypatch.setattr(load_lib, "build_float32", lambda config: built.append(1) or Shift())
    monkeypatch.setattr(load_lib, "read_checkpoint", read)
    monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: "weights")
    monkeypatch.setattr(efficientnet_lite0, "load_efficientnet_lite0", Means)
    with eagerly():
        yield built


@pytest.fixture
def config():
    return ExperimentConfig().replace({"run.score_every": 5, "data.image_size": 12})


def test_pairs_are_scored_by_l1(config, held, flat, networks):
    """The mean of both directions; the networks are built once for all checkpoints."""
    a, b = [flat(10), flat(20)], [flat(20), flat(40)]
    scorer = scorer_for(config, Data((), (), held(a, b), held(b, a)))
    name, found = scorer(10)
    assert name == "l1" and found == {"l1": 15.0, "l1_a2b": 5.0, "l1_b2a": 25.0}
    assert scorer(0)[1]["l1"] == 15.0 and scorer(20)[1]["l1_a2b"] == 5.0
    assert len(networks) == 1


def noise(count, seed):
    return list(np.random.default_rng(seed).integers(0, 200, (count, 12, 12, 3), np.uint8))


def test_others_are_scored_by_kid(config, held):
    a, b = noise(6, 0), noise(8, 1)
    scorer = scorer_for(config, Data((), (), held(a), held(b)))
    name, found = scorer(9)
    features = Means().features
    assert name == "kid" and sorted(found) == ["kid", "kid_a2b", "kid_b2a"]
    assert found["kid_a2b"] == kid(features([x + 9 for x in a]), features(b))["mean"]
    assert found["kid"] == np.mean([found["kid_a2b"], found["kid_b2a"]])
    assert scorer(50)[1]["kid"] > found["kid"]


def test_pairs_alone_count_where_some_are_pairs(config, held):
    a, b = noise(3, 0), noise(3, 1)
    name, found = scorer_for(config, Data((), (), held(a, b), held(b)))(0)
    assert name == "l1" and sorted(found) == ["l1", "l1_a2b"]


def test_few_images_are_read(config, held, flat, monkeypatch):
    monkeypatch.setattr(checkpoint_scores, "MOST_IMAGES", 3)
    tests = held([flat(0)] * 9, [flat(i) for i in range(9)])
    found = scorer_for(config, Data((), (), tests, []))(0)[1]
    assert found["l1"] == np.mean([0, 4, 8])


@pytest.mark.parametrize(
    ("counts", "installed", "message"),
    [
        ((0, 0), True, "--run.score_every=5: no held-out images to score; name some with"),
        ((1, 9), True, None),
        ((1, 1), True, "--data.test_dir_a and --data.test_dir_b, 2 or more of each"),
        ((3, 3), False, "--run.score_every=5: KID of unpaired images needs a small network: pip"),
    ],
)
def test_what_cannot_be_scored_is_refused_at_once(
    config, held, monkeypatch, counts, installed, message
):
    if not installed:
        monkeypatch.setattr(efficientnet_lite0, "weights_file", lambda: None)
    data = Data((), (), *(held(noise(count, count)) for count in counts))
    if counts == (1, 9):
        message = "no held-out images to score"
    with pytest.raises(UserError) as caught:
        scorer_for(config, data)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_nobody_asked(config):
    assert scorer_for(config.replace({"run.score_every": 0}), Data((), (), [], [])) is None


@pytest.mark.parametrize(
    ("resize", "expected"), [(0, (0, 2, 4, 6)), (8, (2, 3, 4, 5)), (4, (0, 2, 4, 6))]
)
def test_images_are_cut_as_crops_are(resize, expected):
    """Scaled so that the crop is covered, or to ``resize``; then the middle."""
    config = ExperimentConfig().replace({"data.image_size": 4, "data.resize": resize}).data
    ramp = np.repeat(np.arange(8, dtype=np.uint8), 3).reshape(1, 8, 3).repeat(8, 0) * 10
    cut = middle_crop(ramp, config)
    assert cut.shape == (4, 4, 3) and cut.dtype == np.uint8
    np.testing.assert_allclose(cut[0, :, 0] / 10, expected, atol=0.8)


def test_sources_that_do_not_scale_keep_their_images_whole(held, flat):
    config = ExperimentConfig().replace({"data.source": "blue_marble", "data.image_size": 4})
    data = Data((), (), held([flat(1)]), [])
    assert checkpoint_scores.as_in_training(config.data, data) is data


def test_features_that_are_not_finite(config, held):
    scorer = CheckpointScorer(
        config, Data((), (), held(noise(3, 0)), held(noise(3, 1))), "a", "kid"
    )
    scorer._network = types.SimpleNamespace(features=lambda images: np.full((3, 2), np.nan))
    with pytest.raises(UserError, match="not finite"):
        scorer(0)
