"""Weights and gradients that explode: both ways."""

import pytest

from unit_tf.training.health.explosion_symptoms import GradientsExplode, WeightsExplode


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1, 0.1, 0.2], False),
        ([0.1, 0.1, 1.2], True),
        ([0.02, 0.1, 0.5], False),  # a small start leaves room to grow
        ([0.3, 1.0, 2.9], False),
        ([0.3, 1.0, 3.1], True),
        ([0.1], False),
    ],
)
def test_weights(seen, values, expected):
    symptom = WeightsExplode("generator")
    assert symptom.is_alarming(values, len(values)) == expected
    assert symptom.measure(seen(weights={"generator": 0.5})).value == 0.5
    assert symptom.measure(seen(weights={"discriminator": 0.5})) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 1.0, 50.0], False),  # adversarial training begins
        ([1.0, 2.0, 1.0, 5000.0], True),
        ([1.0, 5000.0], False),  # too few to compare with
    ],
)
def test_gradients(seen, values, expected):
    symptom = GradientsExplode("discriminator")
    assert symptom.is_alarming(values, len(values)) == expected
    assert symptom.measure(seen(gradients={"discriminator": 2.0})).value == 2.0
    assert symptom.measure(seen(gradients={"discriminator": 0.0})) is None
