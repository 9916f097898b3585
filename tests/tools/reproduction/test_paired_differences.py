"""The interval of a mean difference over seeds and images, by hand and by simulation."""

import numpy as np
import pytest

import paired_differences
from paired_differences import paired_difference


def test_by_hand():
    """d = [[1, 3], [2, 6]]: mean 3; MS_seed 4, MS_image 9, MS_rest 1; variance 12 / 4."""
    found = paired_difference([[2, 5], [3, 9]], [[1, 2], [1, 3]])
    assert found.mean == 3
    # Satterthwaite: 144 / (16 + 81 + 1) = 1.47, so one degree of freedom.
    assert found.half_width == pytest.approx(12.706 * 3**0.5)
    assert not found.decided


def test_equal_trainings_do_not_differ():
    values = np.random.default_rng(0).normal(size=(3, 5))
    assert paired_difference(values, values) == (0, 0)
    assert paired_difference(values + 1, values).decided


def test_an_image_without_the_score_is_left_out():
    values = np.random.default_rng(0).normal(size=(3, 5))
    lacking = values.copy()
    lacking[1, 2] = np.nan
    kept = [0, 1, 3, 4]
    assert paired_difference(lacking, 2 * values) == paired_difference(
        values[:, kept], 2 * values[:, kept]
    )


@pytest.mark.parametrize(("of_seed", "of_image"), [(1, 0), (0, 1), (1, 3), (0, 0)])
def test_the_interval_holds_the_true_mean_as_often_as_it_says(of_seed, of_image):
    rng, held, count = np.random.default_rng(1), 0, 400
    for _ in range(count):
        table = 0.5 + of_seed * rng.normal(size=(3, 1)) + of_image * rng.normal(size=(1, 40))
        found = paired_difference(table + rng.normal(size=(3, 40)), np.zeros((3, 40)))
        held += abs(found.mean - 0.5) <= found.half_width
    assert 0.93 <= held / count  # it may be too wide: degrees of freedom are rounded down


@pytest.mark.parametrize("shape", [(1, 5), (3, 1), (3,)])
def test_too_little_for_an_interval(shape):
    with pytest.raises(ValueError, match="expected two"):
        paired_difference(np.zeros(shape), np.zeros(shape))


def test_quantiles_fall_to_the_normal_distribution():
    t = paired_differences.T_975
    assert len(t) == 30 and list(t) == sorted(t, reverse=True) and t[-1] > 1.96
