"""Translations that keep the brightnesses of their source."""

import numpy as np
import pytest

from unit_tf.training.health.base import first_steps
from unit_tf.training.health.target_symptoms import BrightnessMissed

SYMPTOM = BrightnessMissed()


def drawings(filled, seed=0, side=32):
    """Black rings on white, float32 [8, side, side, 3]; another seed gives slightly other ones."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    radius = np.hypot(rows, columns)
    rng, images = np.random.default_rng(seed), []
    for _ in range(8):
        outer = side * rng.uniform(0.37, 0.4)
        image = np.where(radius < outer, rng.uniform(-0.3, 0) if filled else 1.0, 1.0)
        images.append(np.where(abs(radius - outer) < 1, -1.0, image))
    return np.float32(images)[..., None].repeat(3, -1)


def value_of(seen, x, target, y):
    measurement = SYMPTOM.measure(seen(images={"a": x, "b": target}, translated={"a2b": y}))
    return measurement and measurement.value


def test_white_insides_are_told_from_filled_ones(seen):
    lines, filled = drawings(False), drawings(True, seed=1)
    assert value_of(seen, lines, filled, lines) == 1.0
    assert value_of(seen, lines, filled, drawings(True)) < 0.2
    assert SYMPTOM.is_bad([value_of(seen, lines, filled, 0.7 * lines + 0.3 * drawings(True))])
    assert not SYMPTOM.is_bad([value_of(seen, lines, filled, 0.3 * lines + 0.7 * drawings(True))])


def test_the_distance_is_that_of_distributions(seen):
    """Grey levels 0 and 0.5 of the pixels against 0.4: by hand."""
    x, target = np.full((2, 8, 8, 1), 0.0, np.float32), np.full((2, 8, 8, 3), 0.4, np.float32)
    y = x.copy()
    y[:, :4] = 0.5
    # Half of the pixels are 0.4 away, half 0.1; the inputs 0.4.
    assert value_of(seen, x, target, y) == pytest.approx(0.25 / 0.4)


def test_where_there_is_no_brightness_to_reach(seen):
    x = drawings(True)
    assert value_of(seen, x, drawings(True, seed=1), x) is None  # alike
    assert value_of(seen, x[:1], 0.3 * x[:1], x[:1]) is None  # one image tells of no spread
    spread = np.linspace(-0.9, 0.9, 8, dtype=np.float32)[:, None, None, None] + 0 * x
    assert value_of(seen, x, spread, x) is None  # the target's own images differ as much


def test_it_counts_in_the_second_half_of_adversarial_training():
    """From step 2,100 on, of 3,000 that begin it at 1,200; of a short one once it has begun."""
    first = first_steps(3000, 1200)[SYMPTOM.waits_for]
    assert first == 2100
    assert not SYMPTOM.raises_alarm([(step, 0.9) for step in range(1300, 2300, 100)], first)
    assert SYMPTOM.raises_alarm([(step, 0.9) for step in range(1300, 2400, 100)], first)
    assert first_steps(300, 100)[SYMPTOM.waits_for] == 300
