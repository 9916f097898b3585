"""Checkerboards and frames: both ways."""

import numpy as np
import pytest

from unit_tf.training.health.artefact_symptoms import (
    Border,
    Checkerboard,
    fine_detail,
    locally_repeated_share,
    repeated_share,
)
from unit_tf.training.health.base import first_steps


def value_of(symptom, seen, y, target):
    return symptom.measure(seen(images={"a": target, "b": target}, translated={"a2b": y})).value


@pytest.mark.parametrize("period", [2, 4])
def test_a_checkerboard(seen, clouds, period):
    """One place in 2x2 or 4x4 is brighter; clouds alone are none, nor is noise."""
    symptom, x = Checkerboard(), clouds(0)
    y = x.copy()
    y[:, ::period, ::period] += 0.3
    assert symptom.is_bad([value_of(symptom, seen, y, clouds(1))])
    assert not symptom.is_bad([value_of(symptom, seen, x, clouds(1))])
    noisy = np.float32(x + np.random.default_rng(0).normal(0, 0.2, x.shape))
    assert not symptom.is_bad([value_of(symptom, seen, noisy, clouds(1))])


def test_a_checkerboard_that_changes_with_the_image(seen, clouds):
    """Every second place is brighter here and darker there: no place is brighter in the mean."""
    symptom, x = Checkerboard(), clouds(0)
    pattern = np.indices(x.shape[1:3]).sum(0) % 2 * 2.0 - 1
    side = np.where(np.arange(x.shape[2]) < x.shape[2] // 2, 0.1, -0.1)
    y = np.float32(x + (pattern * side)[None, :, :, None])
    assert abs(repeated_share(fine_detail(y)) - repeated_share(fine_detail(x))) < 0.05
    assert symptom.is_bad([value_of(symptom, seen, y, clouds(1))])


def test_shares_by_hand():
    """A pattern alone is all of the detail; of noise a part is one by chance."""
    pattern = np.tile(np.float32([[1, -1], [-1, 1]]), (8, 8))[None, :, :, None]
    assert repeated_share(pattern) == locally_repeated_share(pattern) == pytest.approx(1)
    turned = np.concatenate([pattern[:, :8], -pattern[:, 8:]], 1)
    assert repeated_share(turned) == pytest.approx(0)
    assert locally_repeated_share(turned) == pytest.approx(1)
    behind = np.zeros((1, 12, 12, 1), np.float32)
    behind[:, 8:] = pattern[:, :4, :12]
    assert locally_repeated_share(behind) == 0
    noise = np.random.default_rng(0).normal(0, 1, (8, 64, 64, 3)).astype(np.float32)
    assert locally_repeated_share(noise) == pytest.approx(4 / 64, abs=0.005)


def test_a_target_of_checkerboards_is_no_alarm(seen, clouds):
    """Halftones, say."""
    symptom, y = Checkerboard(), clouds(0)
    y[:, ::4, ::4] += 0.3
    assert not symptom.is_bad([value_of(symptom, seen, y, y)])


@pytest.mark.parametrize("side", [8, 256])
def test_flat_small_and_large_images(seen, clouds, side):
    """No fine detail, no number; an image may be larger than what is looked at."""
    flat = np.zeros((2, side, side, 3), np.float32)
    found = seen(images={"a": flat, "b": flat}, translated={"a2b": flat})
    assert Checkerboard().measure(found) is None and Border().measure(found) is None
    if side == 256:
        y = clouds(0, side=side)
        y[:, ::4, ::4] += 0.3
        found = seen(images={"a": y, "b": clouds(1, side=side)}, translated={"a2b": y})
        assert Checkerboard().measure(found).value > Checkerboard.limit


def test_a_frame(seen, clouds):
    """Bright outermost pixels are an alarm, unless real images have them."""
    symptom, x = Border(), clouds(0)
    framed = x.copy()
    framed[:, [0, -1]] = framed[:, :, [0, -1]] = 1.5
    assert symptom.is_bad([value_of(symptom, seen, framed, clouds(1))])
    assert not symptom.is_bad([value_of(symptom, seen, framed, framed)])
    assert not symptom.is_bad([value_of(symptom, seen, x, clouds(1))])


@pytest.mark.parametrize(("steps", "alarm"), [((200, 300, 400), False), ((1000, 1100, 1200), True)])
def test_a_frame_counts_once_the_discriminator_learns(steps, alarm):
    """It begins at step 750 of 3,000 here."""
    symptom = Border()
    first = first_steps(3000, 750)[symptom.waits_for]
    assert symptom.raises_alarm([(step, 4.2) for step in steps], first) == alarm
