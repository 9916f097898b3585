"""A discriminator that wins outright or is dead: both ways."""

import numpy as np
import pytest

from unit_tf.training.health.discriminator_symptoms import (
    DiscriminatorDead,
    DiscriminatorDiverges,
    DiscriminatorWins,
)


@pytest.mark.parametrize(
    ("loss", "expected"), [(1e-4, True), (0.1, True), (0.25, False), (1.0, False)]
)
def test_a_discriminator_that_wins(seen, loss, expected):
    """The worst domain counts."""
    symptom = DiscriminatorWins()
    measurement = symptom.measure(seen(discriminator_losses={"a": 0.9, "b": loss}))
    assert (measurement.value, measurement.where) == (min(loss, 0.9), "b" if loss < 0.9 else "a")
    assert symptom.is_bad([measurement.value]) == expected


@pytest.mark.parametrize(("loss", "expected"), [(20.0, True), (1.2, False)])
def test_a_discriminator_that_diverges(seen, loss, expected):
    symptom = DiscriminatorDiverges()
    measurement = symptom.measure(seen(discriminator_losses={"a": loss, "b": 0.5}))
    assert symptom.is_bad([measurement.value]) == expected and measurement.where == "a"


@pytest.mark.parametrize(("spread", "expected"), [(0.0, True), (1e-3, True), (0.2, False)])
def test_a_dead_discriminator(seen, spread, expected):
    """One resolution that answers is enough."""
    symptom, rng = DiscriminatorDead(), np.random.default_rng(0)
    constant = np.full((4, 2, 2, 1), 3.0, np.float32)
    answers = [np.float32(3 + rng.normal(0, spread, (4, 4, 4, 1))) for _ in range(2)]
    measurement = symptom.measure(seen(logits={"b": [(constant, constant), tuple(answers)]}))
    assert symptom.is_bad([measurement.value]) == expected and measurement.where == "b"


def test_without_a_discriminator(seen):
    assert DiscriminatorWins().measure(seen()) is None
    assert DiscriminatorDiverges().measure(seen()) is None
    assert DiscriminatorDead().measure(seen()) is None
