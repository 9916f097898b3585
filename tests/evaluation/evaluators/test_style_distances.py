"""Distances of images by the weights that there are, and pairs of real images."""

import numpy as np
import pytest

from unit_tf.config import UserError
from unit_tf.evaluation.evaluators import style_distances
from unit_tf.evaluation.evaluators.style_distances import open_distances, open_lpips, real_pairs
from unit_tf.evaluation.metrics.diversity import PAIRS, pixel_distance


def test_without_weights_pixels_are_compared():
    found = open_distances()
    assert {name: distance.function for name, distance in found.items()} == {
        "pixel": pixel_distance
    }


def test_a_network_adds_a_distance(monkeypatch):
    class Lpips:
        name, label = "vgg16_features", "uncalibrated"

    monkeypatch.setattr(style_distances, "open_lpips", lambda vgg, linear: Lpips())
    found = open_distances("x.npz")
    assert list(found) == ["pixel", "vgg16_features"]
    assert found["vgg16_features"].label == "uncalibrated"


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


def test_real_pairs_are_of_two_different_images(flat):
    """Cut to one size; equal seeds have equal pairs."""
    reals = [lambda v=v: flat(v, (20 + v, 30)) for v in (0, 10, 20)]
    pairs = real_pairs(reals, (8, 9), np.random.default_rng(1))
    assert pairs.shape == (2 * PAIRS, 8, 9, 3)
    values = pairs[:, 0, 0, 0].reshape(PAIRS, 2)
    assert (values[:, 0] != values[:, 1]).all() and set(values.ravel()) == {0, 10, 20}
    np.testing.assert_array_equal(pairs, real_pairs(reals, (8, 9), np.random.default_rng(1)))
