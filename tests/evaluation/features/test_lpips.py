"""LPIPS held to what its authors' package computed (tools/convert_lpips.sh), and by hand."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.evaluation.features import lpips
from unit_tf.evaluation.features.lpips import Lpips, feature_distance, read_linear

GOLDENS = pathlib.Path(__file__).parents[2] / "goldens" / "lpips_0_1.npz"
TOLERANCE = 1e-5


class SmallVgg:
    """Two layers of features without weights: the pixels, and their squares at half the size."""

    def __init__(self, origin="torchvision"):
        self.origin = origin
        self.batches = []

    def features(self, x):
        self.batches.append(x.shape[0])
        return [x + 2, tf.nn.avg_pool2d(tf.square(x) + 1, 2, 2, "VALID")]


@pytest.fixture(scope="module")
def goldens():
    """What the package computed: key -> array."""
    with np.load(GOLDENS, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (2, 5, 16, 20, 3), np.uint8)


def recorded_features(goldens):
    return ([tf.cast(goldens[f"features/{p}{i}"], tf.float32) for i in range(5)] for p in "xy")


@pytest.mark.parametrize("kind", ["calibrated", "uncalibrated"])
def test_distances_are_the_packages(goldens, kind):
    """lpips.LPIPS.forward on the same features, with its linear weights v0.1 and without."""
    linear = [goldens[f"lin{i}"] for i in range(5)] if kind == "calibrated" else None
    found = feature_distance(*recorded_features(goldens), linear)
    np.testing.assert_allclose(found, goldens[f"features/distance/{kind}"], rtol=TOLERANCE)


def test_goldens_hold_a_place_without_features_and_the_licence(goldens):
    """The case that the epsilon is for; and the notice that its weights may not go without."""
    assert not goldens["features/x0"][0, 0, 0].any() and goldens["features/y0"][0, 0, 0].any()
    assert "Richard Zhang" in str(goldens["licence"]) and "Redistribution" in str(
        goldens["licence"]
    )


@pytest.mark.parametrize(("linear", "wanted"), [(None, 0.08), ([[1, 2]], 0.12), ([[0, 0]], 0)])
def test_one_place_by_hand(linear, wanted):
    """[3, 4] / 5 against [8, 6] / 10: two squares of 0.2, weighted and summed over channels."""
    f, g = (tf.reshape(tf.constant(v, tf.float32), (1, 1, 1, 2)) for v in ([3, 4], [8, 6]))
    linear = linear and [np.float32(w) for w in linear]
    np.testing.assert_allclose(feature_distance([f], [g], linear), [wanted], rtol=1e-5)


def test_a_mean_over_places_and_a_sum_over_layers():
    """One of four places differs by 2, twice: 2 / 4 + 2 / 4. The other image differs nowhere."""
    f = np.zeros((2, 2, 2, 2), np.float32)
    f[..., 0] = 1
    g = f.copy()
    g[0, 1, 0] = [0, 7]
    np.testing.assert_allclose(feature_distance([f, f], [g, g]), [1, 0], rtol=1e-6)


def test_features_of_nothing_have_a_distance():
    zero = tf.zeros((1, 2, 2, 3))
    assert feature_distance([zero], [zero]).numpy().tolist() == [0]


def test_equal_images_and_symmetry(images):
    distance = Lpips(SmallVgg())
    x, y = images
    assert distance(x, x).tolist() == [0] * 5
    np.testing.assert_allclose(distance(x, y), distance(y, x), rtol=1e-6)
    assert distance(x, y).min() > 0 and distance(x, y).dtype == np.float32


def test_distances_are_of_whole_images_in_minus_one_to_one(images):
    x, y = images
    f, g = (SmallVgg().features(tf.constant(p / np.float32(127.5) - 1)) for p in images)
    np.testing.assert_allclose(Lpips(SmallVgg())(x, y), feature_distance(f, g), rtol=1e-4)
    floats = [p / np.float32(255) for p in images]
    np.testing.assert_allclose(Lpips(SmallVgg())(*floats), feature_distance(f, g), rtol=1e-4)


def test_few_at_a_time_is_the_same(images, monkeypatch):
    x, y = images
    whole = Lpips(SmallVgg())(x, y)
    monkeypatch.setattr(lpips, "PIXELS_AT_A_TIME", 2 * 2 * 16 * 20)
    vgg = SmallVgg()
    np.testing.assert_allclose(Lpips(vgg)(x, y), whole, rtol=1e-6)
    assert 4 in vgg.batches and 10 not in vgg.batches  # two pairs, never all five


def test_grey_is_rgb_of_equal_channels(images):
    x, y = images[..., :1]
    distance = Lpips(SmallVgg())
    coloured = distance(x.repeat(3, -1), y.repeat(3, -1))
    np.testing.assert_allclose(distance(x, y), coloured, rtol=1e-6)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [((2, 15, 40, 3), "16x16 or more"), ((2, 16, 16, 2), "1 or 3 channels"),
     ((16, 16, 3), "two batches")],
)  # fmt: skip
def test_refuses_what_vgg_cannot_read(shape, reason):
    x = np.zeros(shape, np.uint8)
    with pytest.raises(ValueError, match=reason):
        Lpips(SmallVgg())(x, x)


@pytest.mark.parametrize("origin", ["torchvision", "keras"])
@pytest.mark.parametrize("calibrated", [True, False])
def test_only_torchvisions_vgg_with_linear_weights_is_called_lpips(origin, calibrated):
    metric = Lpips(SmallVgg(origin), [np.ones(3, np.float32)] * 2 if calibrated else None)
    published = origin == "torchvision" and calibrated
    assert (metric.name == "lpips") == published
    assert ("not LPIPS as published" in metric.label) == (not published)
    assert published or (origin in metric.label and "with" in metric.label)


def test_linear_weights_of_a_file(goldens, tmp_path):
    path = tmp_path / "lpips_vgg.npz"
    np.savez(path, licence=goldens["licence"], **{f"lin{i}": goldens[f"lin{i}"] for i in range(5)})
    for i, weights in enumerate(read_linear(path)):
        np.testing.assert_array_equal(weights, goldens[f"lin{i}"])


@pytest.mark.parametrize(
    ("change", "first_misfit"),
    [
        ({"lin2": np.ones(255, np.float32)}, "lin2 is not 256"),
        ({"lin4": -np.ones(512, np.float32)}, "lin4 is not 512"),
        ({"lin0": np.full(64, np.nan, np.float32)}, "lin0 is not 64"),
        ({"lin1": np.array("text")}, "lin1 is not 128"),
        ({"lin3": None}, "lin3 is not 512"),
    ],
)
def test_other_linear_weights(goldens, tmp_path, change, first_misfit):
    arrays = {f"lin{i}": goldens[f"lin{i}"] for i in range(5)} | change
    path = tmp_path / "lpips_vgg.npz"
    np.savez(path, **{name: a for name, a in arrays.items() if a is not None})
    with pytest.raises(ValueError, match=f"lpips_vgg.npz: {first_misfit}") as caught:
        read_linear(path)
    assert "\n" not in str(caught.value)
