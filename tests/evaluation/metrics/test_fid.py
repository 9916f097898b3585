"""Frechet distances that can be worked out, and features that are none."""

import numpy as np
import pytest

from unit_tf.evaluation.metrics.fid import frechet_distance


def normal(count, width, seed=0):
    return np.random.default_rng(seed).standard_normal((count, width))


@pytest.mark.parametrize(
    ("x", "y", "distance"),
    [
        # Means 1 and 6, deviations sqrt(2) both: (1 - 6)^2.
        ([0, 2], [5, 7], 25),
        # Means 1 and 2, deviations sqrt(2) and 2 sqrt(2): 1 + (sqrt(2) - 2 sqrt(2))^2.
        ([0, 2], [0, 4], 3),
        # Means 0 and 0, variances 1 and 4 of three values each: (1 - 2)^2.
        ([-1, 0, 1], [-2, 0, 2], 1),
        # No spread at all in one: 3^2 + 1.
        ([-1, 0, 1], [3, 3], 10),
    ],
)
def test_gaussians_of_one_dimension(x, y, distance):
    """(m1 - m2)^2 + (s1 - s2)^2."""
    x, y = np.float64(x)[:, None], np.float64(y)[:, None]
    assert frechet_distance(x, y) == pytest.approx(distance, rel=1e-12)
    assert frechet_distance(y, x) == pytest.approx(distance, rel=1e-12)


@pytest.mark.parametrize("counts", [(40, 60), (5, 60), (5, 4)], ids=["regular", "one", "singular"])
def test_commuting_covariances(counts):
    """Where axes are independent, and also in turned ones, the sum of each axis' distance."""
    x, y = normal(counts[0], 7), 3 * normal(counts[1], 7, seed=1) + 1
    # Centred Gaussians scaled alike: C_y = 9 C_x, tr of the root is 3 tr C_x.
    same = 3 * x + 1
    shift = np.square(same.mean(0) - x.mean(0)).sum()
    spread = np.var(x, axis=0, ddof=1).sum() * (3 - 1) ** 2
    assert frechet_distance(x, same) == pytest.approx(shift + spread, rel=1e-10)
    # A common rotation changes nothing.
    turn = np.linalg.qr(normal(7, 7, seed=2))[0]
    assert frechet_distance(x @ turn, y @ turn) == pytest.approx(frechet_distance(x, y), rel=1e-10)


def test_orthogonal_spreads():
    """C_x = diag(2, 0), C_y = diag(0, 8): nothing in common, so the distance is 2 + 8."""
    assert frechet_distance([[-1, 0], [1, 0]], [[0, -2], [0, 2]]) == pytest.approx(10, rel=1e-12)


def test_covariances_that_do_not_commute():
    """Of 2x2 matrices, tr sqrt(M) = sqrt(tr M + 2 sqrt(det M))."""
    x, y = normal(30, 2), normal(50, 2, seed=1) @ [[1.0, 2.0], [0.0, 0.5]]
    c_x, c_y = np.cov(x.T), np.cov(y.T)
    product = c_x @ c_y
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))
    wanted = np.square(x.mean(0) - y.mean(0)).sum() + np.trace(c_x) + np.trace(c_y) - 2 * root
    assert frechet_distance(x, y) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("count", [2, 30, 300])
@pytest.mark.parametrize("offset", [0, 1000])
def test_a_set_with_itself(count, offset):
    """0 to 1e-3, with fewer images than features, more, and far from the origin."""
    rows = (normal(count, 64) * 10 + offset).astype(np.float32)
    assert 0 <= frechet_distance(rows, rows) < 1e-3
    assert 0 <= frechet_distance(rows, rows[::-1]) < 1e-3


def test_at_inceptions_width():
    """2048 features of fewer images, spread over many magnitudes as Inception's are."""
    rows = np.abs(normal(50, 2048)) * np.logspace(-6, 1, 2048)
    assert 0 <= frechet_distance(rows, rows) < 1e-3
    assert frechet_distance(rows, 1.1 * rows) > 0.01


def test_few_images_make_it_large():
    """The bias that the note of unit-evaluate is about."""
    few = frechet_distance(normal(20, 50), normal(20, 50, seed=1))
    many = frechet_distance(normal(2000, 50), normal(2000, 50, seed=1))
    assert few > 10 * many


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (np.zeros((1, 3)), "features of 1 images; 2 or more"),
        (np.zeros((0, 3)), "features of 0 images; 2 or more"),
        (np.zeros((4, 2)), "different networks"),
        (np.zeros(3), r"expected features \[N, D\]"),
        (np.zeros((4, 0)), r"expected features \[N, D\]"),
        ([[0, 0, np.nan], [0, 0, 0]], "not finite"),
        ([[0, 0, np.inf], [0, 0, 0]], "not finite"),
    ],
)
def test_only_features(other, message):
    rows = np.ones((4, 3))
    for pair in ((rows, other), (other, rows)):
        with pytest.raises(ValueError, match=message):
            frechet_distance(*pair)
