"""Translations that ignore their images, are saturated, or cannot be decoded: both ways."""

import numpy as np
import pytest

from unit_tf.training.health import translation_symptoms as symptoms


def bad(symptom, seen):
    measurement = symptom.measure(seen)
    return symptom.is_bad([measurement.value])


@pytest.mark.parametrize(("share", "expected"), [(0.0, True), (0.05, True), (0.5, False)])
def test_translations_that_ignore_their_images(seen, clouds, share, expected):
    """A share of what differs between images comes through."""
    x, y = clouds(0), clouds(1)
    translated = y.mean(0) + share * (x - x.mean(0))
    found = seen(images={"a": x, "b": y}, translated={"a2b": translated})
    assert bad(symptoms.IgnoresInput(), found) == expected


def test_a_target_of_little_diversity_is_no_alarm(seen, clouds):
    """Line drawings differ less than what they are drawn from."""
    x, drawings = clouds(0), 1 - 0.2 * np.abs(clouds(1))
    translated = 1 - 0.2 * np.abs(x)
    found = seen(images={"a": x, "b": drawings}, translated={"a2b": translated})
    assert not bad(symptoms.IgnoresInput(), found)
    assert symptoms.IgnoresInput().measure(found).value > 0.5


def test_a_blank_target_is_an_alarm_and_a_blank_source_says_nothing(seen, clouds):
    """The worst direction is named."""
    x, blank = clouds(0), np.zeros((4, 32, 32, 3), np.float32)
    translated = {"a2b": blank, "b2a": blank}
    found = seen(images={"a": x, "b": blank}, translated=translated)
    measurement = symptoms.IgnoresInput().measure(found)
    assert (measurement.value, measurement.where) == (0.0, "a2b")
    alone = seen(images={"a": x, "b": blank}, translated={"b2a": blank})
    assert symptoms.IgnoresInput().measure(alone) is None


@pytest.mark.parametrize(("contrast", "expected"), [(0.0, True), (0.005, True), (0.3, False)])
def test_a_blank_domain(seen, clouds, contrast, expected):
    """Named, however good the other one is; of one image nothing is known."""
    symptom = symptoms.BlankImages()
    found = seen(images={"a": clouds(0), "b": contrast * clouds(1)})
    assert bad(symptom, found) == expected and symptom.measure(found).where == "b"
    assert symptom.measure(seen(images={"a": clouds(0)[:1]})) is None


def test_one_image_has_no_diversity(seen, clouds):
    x = clouds(0)[:1]
    found = seen(images={"a": x, "b": x}, translated={"a2b": x})
    assert symptoms.IgnoresInput().measure(found) is None


def test_flat_ends_of_tanh(seen, clouds):
    """Saturated translations are an alarm, unless the target is white itself."""
    x = clouds(0)
    saturated = np.tanh(20 * x)
    found = seen(images={"a": x, "b": x}, translated={"a2b": saturated})
    assert bad(symptoms.Saturated(), found)
    on_white = np.where(x > 0, 1, x).astype(np.float32)
    for y in (on_white, x):
        found = seen(images={"a": x, "b": on_white}, translated={"a2b": y})
        assert not bad(symptoms.Saturated(), found)


def test_the_value_of_a_reconstruction(seen, clouds):
    """1 for the best constant colour, 0 for the image; a blank domain has no value."""
    x = clouds(0)
    constant = np.broadcast_to(np.median(x, (1, 2), keepdims=True), x.shape)
    symptom = symptoms.Reconstruction()
    assert symptom.measure(seen(images={"a": x}, reconstructed={"a": x})).value == 0
    value = symptom.measure(seen(images={"a": x}, reconstructed={"a": constant})).value
    assert value == pytest.approx(1)
    blank = np.zeros_like(x)
    assert symptom.measure(seen(images={"a": blank}, reconstructed={"a": x})) is None
    assert symptom.measure(seen(images={"a": x})) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 1.0, 1.0, 1.0, 1.0], True),
        ([1.0, 0.99, 0.98, 0.97, 0.96], True),
        ([0.8, 0.8, 0.9, 0.9, 0.7], False),  # worse for a while, as where D begins
        ([1.2, 1.0, 0.9, 0.8], False),  # still learning
        ([20.0, 16.0, 12.0, 8.0], True),  # from too far away
        ([1.0, *(0.98**k for k in range(100))][:20], False),  # slowly
        ([0.8] * 9 + [0.79] * 9, True),
        ([0.3, 0.3, 0.3, 0.3], False),  # learned, and done
        ([1.0, 1.0], False),  # nothing to compare with
    ],
)
def test_a_reconstruction_that_no_longer_gets_better(values, expected):
    assert symptoms.Reconstruction().is_alarming(values, len(values)) == expected
