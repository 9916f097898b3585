"""The best constant colours, against brute force over every colour."""

import itertools

import numpy as np
import pytest

from unit_tf.evaluation.metrics import baselines
from unit_tf.evaluation.metrics.distances import l1
from unit_tf.evaluation.metrics.pixel_accuracy import RULES, pixel_accuracy


def images(levels, channels, seed=0):
    """Five images of different sizes, so that means over images and over pixels differ."""
    rng = np.random.default_rng(seed)
    sizes = [(3, 4), (2, 2), (5, 1), (1, 1), (4, 4)]
    return [rng.integers(200, 200 + levels, (*s, channels)).astype(np.uint8) for s in sizes]


def mean_score(metric, colour, truths):
    return np.mean([metric(np.broadcast_to(np.uint8(colour), t.shape), t) for t in truths])


def all_colours(levels, channels):
    return itertools.product(range(200, 200 + levels), repeat=channels)


@pytest.mark.parametrize(("levels", "channels"), [(12, 3), (50, 1)])
def test_l1_is_the_best_there_is(levels, channels):
    truths = images(levels, channels)
    found = mean_score(l1, baselines.best_constants(truths)["l1"], truths)
    # Channels do not interact, so grey candidates of each channel suffice.
    best = 0
    for c in range(channels):
        single = [t[..., c : c + 1] for t in truths]
        best += min(mean_score(l1, k, single) for k in all_colours(levels, 1)) / channels
    assert found == pytest.approx(best)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("levels", "channels", "threshold"), [(9, 3, 2), (50, 1, 7)])
def test_accuracy_is_the_best_there_is(rule, levels, channels, threshold):
    truths = images(levels, channels, 1)

    def metric(image, truth):
        return pixel_accuracy(image, truth, rule, threshold)

    colour = baselines.best_constants(truths, threshold)[f"accuracy/{rule}"]
    best = max(mean_score(metric, k, truths) for k in all_colours(levels, channels))
    assert mean_score(metric, colour, truths) == pytest.approx(best)


def test_hand_made():
    """Grey: three quarters of one image at 10..12, the other at 200."""
    first = np.array([10, 11, 12, 90], np.uint8).reshape(2, 2, 1)
    second = np.array([[[200]]], np.uint8)
    found = baselines.best_constants([first, second], threshold=1)
    assert found["accuracy/all_channels"].item() in (199, 200)  # 1/2 against 3/8
    assert found["l1"].tolist() == [90]  # half of the weight lies at or below 90
    assert found["psnr"].tolist() == found["ssim"].tolist() == [115]  # (123 / 4 + 200) / 2


def test_extremes_of_the_range():
    """One channel only, since a search through all 256^3 colours takes seconds."""
    black, white = (np.full((2, 3, 3), 7, np.uint8) for _ in range(2))
    black[..., 1], white[..., 1] = 0, 255
    found = baselines.best_constants([black, white, white])
    assert found["l1"].tolist() == [7, 255, 7]
    for rule in RULES:
        assert mean_score(pixel_accuracy, found[f"accuracy/{rule}"], [black, white, white]) == (
            pytest.approx(2 / 3)
        )
        assert found[f"accuracy/{rule}"].dtype == np.uint8


def test_reads_a_generator_once():
    assert "l1" in baselines.best_constants(iter(images(5, 3)))
    with pytest.raises(ValueError, match="no images"):
        baselines.best_constants(iter(()))


def test_identity_needs_equal_channels():
    colour, grey = np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 1), np.uint8)
    assert baselines.identity(colour, colour) is colour
    assert baselines.identity(grey, colour) is None
