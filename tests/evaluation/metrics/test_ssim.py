"""SSIM against its formula, on images where that can be worked out."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.ssim import ssim

C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def reference(x, y):
    """The paper's Eq. 13 with its Gaussian window, one window position at a time."""
    offsets = np.arange(11) - 5
    kernel = np.exp(-(offsets**2) / (2 * 1.5**2))
    kernel = np.outer(kernel, kernel) / kernel.sum() ** 2
    values = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            a, b = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
            mean_a, mean_b = (kernel * a).sum(), (kernel * b).sum()
            var_a = (kernel * (a - mean_a) ** 2).sum()
            var_b = (kernel * (b - mean_b) ** 2).sum()
            both = (kernel * (a - mean_a) * (b - mean_b)).sum()
            light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
            values.append(light * (2 * both + C2) / (var_a + var_b + C2))
    return np.mean(values)


def test_flat_images_have_only_the_luminance_term():
    dark, light = np.full((16, 16, 3), 50, np.uint8), np.full((16, 16, 3), 150, np.uint8)
    expected = (2 * 50 * 150 + C1) / (50**2 + 150**2 + C1)
    assert ssim(dark, light) == pytest.approx(expected, abs=5e-4)


def test_formula_and_mean_over_channels():
    x, y = noise((14, 13, 3)), noise((14, 13, 3), 1)
    y = (0.5 * x + 0.5 * y).astype(np.uint8)
    channels = [(x[..., c].astype(float), y[..., c].astype(float)) for c in range(3)]
    expected = np.mean([reference(*channel) for channel in channels])
    assert ssim(x, y) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (10, 10), (11, 11)])
@pytest.mark.parametrize("channels", [1, 3])
def test_window_shrinks_with_the_image(size, channels):
    x = noise((*size, channels))
    assert ssim(x, x) == pytest.approx(1, abs=1e-5)
    assert ssim(x, 255 - x) < 1


def test_refuses_other_shapes():
    with pytest.raises(ValueError, match="shape"):
        ssim(noise((16, 16, 1)), noise((16, 16, 3)))
