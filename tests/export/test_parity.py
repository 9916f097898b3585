import math

import numpy as np
import pytest
import tensorflow as tf
from unit_tf.export import tasks
from unit_tf.export.differences import TOLERANCE
from unit_tf.export.parity import Artefact, ExportError, Parity, Reference, measure

SHAPES = [(1, 16, 16), (2, 13, 9)]


@pytest.fixture
def pairs(tiny, images):
    reference = Reference(tiny, "a2b", images)
    return [reference.pair(0, shape) for shape in SHAPES]


def altered(pairs, change):
    """An artefact that gives what the model does but for ``change`` of it."""
    answers = {x["image"].shape: y["translated"] for x, y in pairs}
    return lambda image: {"translated": change(answers[image.shape].copy())}


def test_figures_by_hand():
    """Differences 0, 0.1, 0.2, 0.3 in one pixel each: mean 0.15, squares' mean 0.035."""
    x = np.zeros((1, 2, 2, 1), np.float32)
    expected = np.array([0, 0.1, -0.2, 0.3], np.float32).reshape(x.shape)
    found = measure("x", lambda x: {"y": x}, [({"x": x}, {"y": expected})])
    assert found.max_difference == pytest.approx(0.3)
    assert found.mean_difference == pytest.approx(0.15)
    assert found.psnr == pytest.approx(10 * math.log10(1 / 0.035), abs=1e-4)
    assert found.images == 1 and found.label_agreement is None


def test_values_beyond_one_are_compared_with_the_largest():
    """Styles of 4 and -1, found as 4.0002 and -1: 5e-5 of the largest, which is allowed."""
    expected = {"style": np.array([[4, -1]], np.float32)}
    found = {"style": np.array([[4.0002, -1]], np.float32)}
    pairs = [({"x": np.zeros((1, 2, 2, 1))}, expected)]
    parity = measure("x", lambda x: found, pairs, TOLERANCE)
    assert parity.max_difference == pytest.approx(5e-5, rel=1e-2)
    with pytest.raises(ExportError, match=r"differs from the model by 0\.000"):
        measure("x", lambda x: {"style": found["style"] + np.float32(4e-4)}, pairs, TOLERANCE)


@pytest.fixture
def read():
    """Three images, and how a model reads them: 3, 1, 0."""
    logits = np.array([[0.1, 0, 0, 0.9], [0, 1, 0, 0], [0.6, 0.4, 0, 0]], np.float32)
    labels = logits.argmax(-1).astype(np.int32)
    return {"x": np.zeros((3, 2, 2, 1), np.float32)}, {"probabilities": logits, "label": labels}


def test_labels_are_counted_and_not_part_of_the_difference(read):
    x, expected = read
    found = {**expected, "label": np.array([3, 2, 0], np.int32)}
    parity = measure("x", lambda x: found, [(x, expected)] * 2, TOLERANCE)
    assert parity == Parity(0, 0, math.inf, 6, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"probabilities": np.zeros((3, 4), np.float32)}, "x: differs .* by 1 of .* at 2x2"),
        ({"label": np.zeros(3, np.int64)}, r"gives label int64\[3\], .* gives label int32\[3\]"),
        ({"logits": np.zeros(3)}, r"gives label int32\[3\], logits float64\[3\], prob.* where"),
    ],
)
def test_a_classifier_that_gives_something_else(read, change, message):
    x, expected = read
    with pytest.raises(ExportError, match=message):
        measure("x", lambda x: {**expected, **change}, [(x, expected)], TOLERANCE)


def test_equal_images_have_no_finite_psnr(pairs):
    assert measure("x", altered(pairs, lambda y: y), pairs) == Parity(0, 0, math.inf, 3)


def test_difference_is_the_largest_over_all_batches(pairs):
    def change(y):
        y[-1, -1, -1] += 5e-5 if len(y) == 2 else 1e-5
        return y

    found = measure("x", altered(pairs, change), pairs, TOLERANCE)
    assert found.max_difference == pytest.approx(5e-5, rel=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y + np.float32(2e-4), r"out/x: differs .* by 0\.0002 of \[0,1\] at 16x16"),
        (lambda y: y * np.float32(np.nan), "out/x: gives values that are not finite"),
        (lambda y: y[:, :-1], r"float32\[1, 15, 16, 1\] where .* gives translated float32\[1, 16"),
        (lambda y: y.astype(np.float64), "gives translated float64"),
    ],
)
def test_another_output_is_an_error_of_one_line(pairs, change, message):
    with pytest.raises(ExportError, match=message) as caught:
        measure("out/x", altered(pairs, change), pairs, TOLERANCE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rounding", "limit"),
    [(0, 1e-4), (9e-6, 1e-4), (5e-5, 5e-4), (1e-3, 0.5 / 255), (1, 0.5 / 255)],
)
def test_a_model_that_magnifies_rounding_may_differ_by_more(pairs, rounding, limit):
    """Ten times what rounding alone does, and never by more than half a step of 8 bits."""
    asked = []

    def by(difference):
        def alone(inputs, expected):
            asked.append(inputs)
            return rounding

        run = altered(pairs, lambda y: y + np.float32(difference))
        return measure("x", run, pairs[:1], TOLERANCE, alone)

    by(0.9e-4)
    assert not asked  # it takes a run of the model
    if limit > TOLERANCE:
        by(0.9 * limit)
        assert asked[0] is pairs[0][0]
    with pytest.raises(
        ExportError, match=rf"is allowed, where rounding alone makes {rounding:.1g};"
    ):
        by(1.1 * limit)


def test_rounding_of_a_method(tiny, images, monkeypatch):
    reference = Reference(tiny, "a2b", images)
    usual = reference.rounding("serving_default", *reference.pair(0, (1, 16, 16)))
    assert 0 < usual < TOLERANCE / 10
    # A sine of a thousand turns: the last bit of an input moves it by a thousandth.
    monkeypatch.setattr(type(tiny), "translate", lambda self, x, _: tf.sin(7e3 * x[..., :1]))
    reference = Reference(tiny, "a2b", images)
    assert reference.rounding("serving_default", *reference.pair(0, (1, 16, 16))) > TOLERANCE


def test_rounding_formats_are_measured_and_not_limited(pairs):
    found = measure("x", altered(pairs, lambda y: y + np.float32(0.5)), pairs)
    assert found.psnr == pytest.approx(6.02, abs=0.01)


def test_reference_is_the_method_and_computed_once(tiny, images, monkeypatch):
    from unit_tf.inference.any_size import translate_any_size

    reference = Reference(tiny, "a2b", images)
    x, y = reference.pair(1, (1, 12, 20))
    image = x["image"]
    np.testing.assert_array_equal(image[0], images[1][18:30, 10:30] / np.float32(255))
    expected = (translate_any_size(tiny, image * 2 - 1, "a2b") + 1) / 2
    np.testing.assert_allclose(y["translated"], expected, atol=1e-6)
    monkeypatch.setattr(tasks, "translate_any_size", None)
    assert reference.pair(1, (1, 12, 20))[1] is y


def test_model_that_is_not_finite_is_named_as_the_cause(tiny, images, monkeypatch):
    nan = float("nan")
    monkeypatch.setattr(type(tiny), "translate", lambda self, x, direction: x[..., :1] * nan)
    with pytest.raises(ExportError, match="the model's own result .translated. is not finite"):
        Reference(tiny, "a2b", images).pairs((16, 16))


def test_artefact_counts_and_digests_a_file_or_a_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "one").write_bytes(b"abc")
    (tmp_path / "sub/two").write_bytes(b"")
    file, folder = (Artefact(path, None) for path in (tmp_path / "one", tmp_path))
    assert (file.num_bytes, folder.num_bytes) == (3, 3)
    # FIPS 180-2's own example, and the digest of nothing.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert file.digests() == {"one": abc}
    assert folder.digests() == {"one": abc, "sub/two": empty}
