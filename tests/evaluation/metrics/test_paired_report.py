"""The report: means over images of different sizes, and which baselines it shows."""

import json

import numpy as np
import pytest

from unit_tf.evaluation.metrics.baselines import best_constants
from unit_tf.evaluation.metrics.paired_report import HEADLINE, METRICS, PairedReport, score, table


def flat(value, size=(12, 12), channels=3):
    return np.full((*size, channels), value, np.uint8)


def report(samples, constants):
    """The summary of samples, added one by one."""
    found = PairedReport(constants)
    for sample in samples:
        found.add(*sample)
    return found.summary()


def test_means_are_over_images():
    """A small wrong image weighs as much as a large right one."""
    truths = [flat(100, (40, 40)), flat(100, (12, 12))]
    samples = [(flat(0, (40, 40)), truths[0], truths[0]), (flat(90), flat(140), truths[1])]
    result = report(iter(samples), best_constants(truths))
    assert result["images"] == 2
    assert result["headline"] == HEADLINE == "accuracy/all_channels"
    assert result["translation"][HEADLINE] == 0.5
    assert result["translation"]["l1"] == 20
    assert result["identity"][HEADLINE] == 0.5
    assert result["identity"]["l1"] == 55
    assert result["constant"][HEADLINE] == 1
    assert result["constant"]["l1"] == 0
    assert result["constants"]["l1"] == [100, 100, 100]


def test_no_identity_between_other_channels():
    truth = flat(10, channels=1)
    result = report([(flat(1), truth, truth)], best_constants([truth]))
    assert "identity" not in result
    assert "identity" not in table(result)


def test_score_has_every_metric_and_json_takes_it():
    rng = np.random.default_rng(0)
    truth = rng.integers(90, 120, (9, 7, 3)).astype(np.uint8)
    assert set(score(truth, truth)) == set(METRICS)
    result = report([(truth, truth, truth)], best_constants([truth]))
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_the_constant_is_no_better_than_its_claim():
    """On noise, translation = truth beats every constant on every metric."""
    rng = np.random.default_rng(1)
    truths = [rng.integers(60, 120, (16, 16, 3)).astype(np.uint8) for _ in range(3)]
    result = report([(t, t, t) for t in truths], best_constants(truths))
    for name in METRICS:
        better, worse = result["translation"][name], result["constant"][name]
        assert better < worse if name == "l1" else better > worse


def test_without_constants_translations_alone_are_scored():
    truth = flat(10)
    samples = [(flat(1), flat(12), truth), (flat(1), flat(14), truth)]
    result, whole = report(samples, None), report(samples, best_constants([truth]))
    assert result["translation"] == whole["translation"] and result["translation"]["l1"] == 3
    assert set(result) == {"images", "headline", "translation"}
    assert table(result).splitlines()[0].split() == ["translation"]


def test_table():
    truth = flat(100)
    lines = table(report([(truth, truth, truth)], best_constants([truth]))).splitlines()
    assert lines[0].split() == ["translation", "constant", "identity"]
    assert [line.split()[0] for line in lines[1:]] == list(METRICS)
    assert [line for line in lines if "*" in line][0].split() == [HEADLINE, "*"] + ["1.0000"] * 3
    assert len({len(line) for line in lines}) == 1


def test_errors():
    with pytest.raises(ValueError, match="no samples"):
        report([], {})
    with pytest.raises(ValueError, match="shape"):
        truth = flat(1)
        report([(truth, flat(1, (12, 13)), truth)], best_constants([truth]))
