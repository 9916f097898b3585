"""Brightness and hue that are turned round: both ways, and where turning is right."""

import numpy as np
import pytest

from unit_tf.training.health.order_symptoms import BrightnessTurned, HueTurned, kept_order


def discs(ground, colour, seed=0, count=6, side=32):
    """float32 [count, side, side, 3]: discs of a colour on a ground."""
    rng, images = np.random.default_rng(seed), []
    rows, columns = np.mgrid[:side, :side]
    for _ in range(count):
        centre = rng.integers(8, side - 8, 2)
        inside = np.hypot(rows - centre[0], columns - centre[1]) < side / 5
        image = np.where(inside[..., None], colour, ground) + rng.normal(0, 0.01, (side, side, 1))
        images.append(image)
    return np.float32(images)


def measured(symptom, seen, x, target, y):
    measurement = symptom.measure(seen(images={"a": x, "b": target}, translated={"a2b": y}))
    return measurement and measurement.value


@pytest.mark.parametrize(("sign", "expected"), [(1, False), (-1, True)])
def test_brightness(seen, sign, expected):
    """Bright discs on dark stay so, or become dark ones on bright; the target has bright ones."""
    symptom = BrightnessTurned()
    x, target = discs(-0.8, 0.6), discs(-0.6, 0.8, seed=1)
    value = measured(symptom, seen, x, target, sign * x)
    assert symptom.is_bad([value]) == expected and abs(value) > 0.9


def test_a_target_of_negatives_is_no_alarm(seen):
    """Where the target's brightness is the source's turned round, turning is right."""
    x, target = discs(-0.8, 0.6), -discs(-0.8, 0.6, seed=1)
    assert measured(BrightnessTurned(), seen, x, target, -x) is None


@pytest.mark.parametrize(("sign", "expected"), [(1, False), (-1, True)])
def test_hue(seen, sign, expected):
    """Blue discs on grey stay so, or become orange; their brightness is kept."""
    symptom, blue = HueTurned(), np.array([-0.2, -0.1, 0.6])
    x = discs(np.zeros(3), blue)
    target = discs(np.full(3, 0.1), 0.8 * blue, seed=1)
    grey = x @ np.float32([0.299, 0.587, 0.114])
    y = grey[..., None] + sign * (x - grey[..., None])
    value = measured(symptom, seen, x, target, y)
    assert symptom.is_bad([value]) == expected and abs(value) > 0.9


def test_what_has_no_order(seen):
    """Grey images have no hue; one channel has none either; constant ones no brightness."""
    x = discs(-0.8, 0.6)
    assert measured(HueTurned(), seen, x, x, -x) is None
    assert measured(HueTurned(), seen, x[..., :1], x[..., :1], x[..., :1]) is None
    assert measured(HueTurned(), seen, x[..., :1], x, x) is None
    flat = np.zeros_like(x)
    assert measured(BrightnessTurned(), seen, flat, x, x) is None
    assert measured(BrightnessTurned(), seen, x, x, flat) is None
    assert measured(BrightnessTurned(), seen, x[..., :1], x, -x) < -0.9


def test_nothing_is_said_before_images_are_reconstructed(seen):
    """Untrained networks turn brightness as chance wants."""
    x = discs(-0.8, 0.6)
    found = seen(images={"a": x, "b": x}, translated={"a2b": -x}, reconstructed={"a": 0 * x})
    assert BrightnessTurned().measure(found) is None and HueTurned().measure(found) is None
    learned = found._replace(reconstructed={"a": x})
    assert BrightnessTurned().measure(learned).value < -0.9


def test_shapes_that_move_a_little_keep_their_order():
    x = discs(-0.75, 0.6)[..., 0]
    assert kept_order(x, np.roll(x, 1, 1), x) > 0.7
