"""KID by hand, centred on 0 for one kind of images, and with an error that is one."""

import json

import numpy as np
import pytest

from unit_tf.evaluation.metrics.kid import kid, unbiased_mmd


def normal(count, width=4, seed=0):
    return np.random.default_rng(seed).standard_normal((count, width))


def test_by_hand_in_one_dimension():
    """k(1, 2) = 3^3, k(0, -1) = 1; across k(1, 0) = 1, k(1, -1) = 0, k(2, 0) = 1, k(2, -1) = -1."""
    x, y = np.float64([[1], [2]]), np.float64([[0], [-1]])
    assert unbiased_mmd(x, y) == pytest.approx(27 + 1 - 2 * (1 + 0 + 1 - 1) / 4)
    assert kid(x, y)["mean"] == pytest.approx(27.5)


def test_by_hand_in_two_dimensions():
    """The product is divided by D = 2: (2 / 2 + 1)^3 = 8 where both are (1, 1)."""
    x, y = np.ones((2, 2)), np.zeros((3, 2))
    assert unbiased_mmd(x, y) == pytest.approx(8 + 1 - 2 * 1)


def test_a_image_is_not_compared_with_itself():
    """With the diagonal, k(3, 3) = 1000 and k(0, 0) = 1, it would be biased."""
    x = np.float64([[3], [0]])
    assert unbiased_mmd(x, x) == pytest.approx(1 + 1 - 2 * (1000 + 1 + 1 + 1) / 4)


def test_two_halves_of_one_set_are_centred_on_zero():
    """Over many splits; and the bias of the other estimator would be seen."""
    rows = normal(60)
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        mixed = rng.permutation(rows)
        found.append(kid(mixed[:30], mixed[30:], subsets=20)["mean"])
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 4 * error
    assert min(found) < 0 < max(found)
    with_diagonal = np.mean((np.square(rows).sum(1) / 4 + 1) ** 3) / 30
    assert with_diagonal > 10 * error


def test_the_error_is_that_of_other_images():
    """Its mean over many draws of 40 images each is the deviation of their estimates."""
    found = [
        kid(normal(40, seed=2 * i), 0.7 + normal(40, seed=2 * i + 1), subsets=50)
        for i in range(200)
    ]
    deviation = np.std([f["mean"] for f in found], ddof=1)
    error = np.sqrt(np.mean([f["standard_error"] ** 2 for f in found]))
    assert error == pytest.approx(deviation, rel=0.25)


def test_the_error_of_subsets_that_are_small():
    """10 of 200: the jackknife's factor, 10 / 190, and the draws' own 1 / subsets."""
    found = [
        kid(normal(200, seed=2 * i), 0.7 + normal(200, seed=2 * i + 1), 30, largest=10)
        for i in range(150)
    ]
    deviation = np.std([f["mean"] for f in found], ddof=1)
    error = np.sqrt(np.mean([f["standard_error"] ** 2 for f in found]))
    assert error == pytest.approx(deviation, rel=0.25)


def test_subsets_are_of_the_papers_size_at_most():
    found = kid(normal(2100, 2), normal(2100, 2, seed=1), subsets=2)
    assert (found["subset_size"], found["subsets"]) == (1000, 2)
    assert kid(normal(9), normal(20))["subset_size"] == 4
    assert kid(normal(3), normal(20))["subset_size"] == 2


def test_a_seed_gives_the_same_figures():
    x, y = normal(20), 1 + normal(20, seed=1)
    assert kid(x, y) == kid(x, y)
    assert kid(x, y) != kid(x, y, seed=1)
    json.dumps(kid(x, y))


def test_two_images_have_no_error():
    assert kid(normal(2), normal(20))["standard_error"] is None
    assert kid(normal(3), normal(20))["standard_error"] > 0


def test_features_are_checked():
    with pytest.raises(ValueError, match="2 or more"):
        kid(normal(1), normal(4))
    with pytest.raises(ValueError, match="different networks"):
        kid(normal(4), normal(4, 5))
    with pytest.raises(ValueError, match="not finite"):
        kid(normal(4), np.full((4, 4), np.inf))
