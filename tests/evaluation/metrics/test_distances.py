"""L1 and PSNR against figures worked out by hand."""

import math

import numpy as np
import pytest

from unit_tf.evaluation.metrics.distances import PSNR_LIMIT, l1, psnr

TRUTH = np.array([[[10, 20, 30], [0, 0, 255]]], np.uint8)
IMAGE = np.array([[[13, 16, 30], [0, 5, 255]]], np.uint8)  # off by 3, 4, 0, 0, 5, 0


def test_l1():
    assert l1(IMAGE, TRUTH) == pytest.approx(12 / 6)
    assert l1(TRUTH, IMAGE) == pytest.approx(12 / 6)
    assert l1(TRUTH, TRUTH) == 0


def test_psnr():
    assert psnr(IMAGE, TRUTH) == pytest.approx(10 * math.log10(255**2 / (50 / 6)))
    black, white = np.zeros((4, 4, 1), np.uint8), np.full((4, 4, 1), 255, np.uint8)
    assert psnr(black, white) == 0


def test_psnr_of_equal_images_is_finite():
    assert psnr(TRUTH, TRUTH) == PSNR_LIMIT
    almost = np.zeros((1000, 1000, 1), np.uint8)
    almost[0, 0] = 1
    assert psnr(almost, np.zeros_like(almost)) == PSNR_LIMIT


@pytest.mark.parametrize("metric", [l1, psnr])
def test_grey_does_not_stretch_to_colour(metric):
    with pytest.raises(ValueError, match="shape"):
        metric(np.zeros((1, 2, 1), np.uint8), TRUTH)
