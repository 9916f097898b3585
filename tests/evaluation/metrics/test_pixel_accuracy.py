"""Pixel accuracy by its three rules, against counts made by hand."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.pixel_accuracy import HEADLINE, RULES, pixel_accuracy

TRUTH = np.full((2, 2, 3), 100, np.uint8)
# Differences: none; 16 in each channel (distance 27.7); 17 in one; 0, 10, 12 (distance 15.6).
IMAGE = np.array([[[100, 100, 100], [116, 84, 116]], [[117, 100, 100], [100, 110, 88]]], np.uint8)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("per_channel", 11 / 12), ("all_channels", 3 / 4), ("euclidean", 2 / 4)],
)
def test_golden(rule, expected):
    assert pixel_accuracy(IMAGE, TRUTH, rule) == pytest.approx(expected)


def test_headline_is_all_channels():
    assert HEADLINE == "all_channels"
    assert pixel_accuracy(IMAGE, TRUTH) == 0.75


def test_threshold():
    assert pixel_accuracy(IMAGE, TRUTH, threshold=17) == 1
    assert pixel_accuracy(IMAGE, TRUTH, threshold=15) == 0.5
    assert pixel_accuracy(IMAGE, TRUTH, "euclidean", threshold=28) == 1


def test_no_wrap_around_at_the_ends_of_the_range():
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    for rule in RULES:
        assert pixel_accuracy(black, white, rule) == 0
        assert pixel_accuracy(white, black, rule) == 0


@pytest.mark.parametrize("channels", [1, 3])
def test_order_of_the_readings(channels):
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (40, 30, channels)).astype(np.uint8)
    noise = rng.integers(-25, 26, truth.shape)
    image = np.clip(truth + noise, 0, 255).astype(np.uint8)
    shares = [pixel_accuracy(image, truth, rule) for rule in RULES]
    assert shares == sorted(shares, reverse=True)
    assert (len(set(shares)) == 1) == (channels == 1)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((2, 2, 1), np.uint8),
        np.zeros((1, 2, 3), np.uint8),
        np.zeros((2, 2, 3), np.float32),
        np.zeros((2, 2), np.uint8),
    ],
)
def test_refuses_images_that_do_not_compare(image):
    with pytest.raises(ValueError, match="image"):
        pixel_accuracy(image, TRUTH)
