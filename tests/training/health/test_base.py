"""What all symptoms share: patience, the worst measurement, a line with what to try."""

import math
import pathlib
import re

import pytest

from unit_tf.config import ExperimentConfig, field_names
from unit_tf.training.health.base import Measurement, Symptom, fitting, worst
from unit_tf.training.health.registry import SYMPTOMS

BOTH = ExperimentConfig(), ExperimentConfig().replace({"model.method": "munit"})


class Low(Symptom):
    name, limit, above, patience = "low", 1.0, False, 3
    says, number, advice = "the value of {where} is low", "value", ("more of it",)


@pytest.mark.parametrize(
    ("values", "counted", "expected"),
    [
        ([0, 0, 0], 3, True),
        ([2, 0, 0, 0], 4, True),
        ([0, 0, 2, 0, 0], 5, False),
        ([0, 0], 2, False),
        ([0, 0, 0], 2, False),  # the first of them came too early
        ([0, 0, 0, 2], 4, False),
    ],
)
def test_as_many_checks_in_a_row_as_patience_says(values, counted, expected):
    assert Low().is_alarming(values, counted) == expected


def test_the_worst_reading():
    found = {"a2b": 0.5, "b2a": 2.0, "x": None, "y": math.nan, "z": math.inf}
    assert worst(found, above=True) == Measurement(2.0, "b2a")
    assert worst(found, above=False) == Measurement(0.5, "a2b")
    assert worst({"a": None}, above=True) is None and worst({}, above=True) is None


def test_a_line_has_step_number_limit_and_what_to_try():
    line = Low().line(400, Measurement(0.25, "a2b"), 1.0, ExperimentConfig())
    assert line == ("step 400: the value of a2b is low (value 0.25; alarm below 1); try more of it")


def test_advice_that_an_experiment_cannot_follow_is_left_out():
    advice = ("--model.same_start=true", "a higher --weights.identity", "--run.seed")
    unit, munit = BOTH
    assert fitting(advice, unit) == [*advice]
    assert fitting(advice, unit.replace({"model.same_start": True})) == [*advice[1:]]
    assert fitting(advice, munit) == ["--run.seed"]
    assert fitting(("a lower --weights.identity", "a lower --weights.gan"), unit) == [
        "a lower --weights.gan"  # the other one is 0
    ]


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda s: s.name)
@pytest.mark.parametrize("config", BOTH, ids=["unit", "munit"])
def test_every_symptom_has_a_line_that_names_real_settings(symptom, config):
    line = symptom.line(1, Measurement(0.5, "a2b"), 0.1, config)
    assert "\n" not in line and line.partition("; try ")[2]
    for name in re.findall(r"--(\w+\.\w+)", " ".join(symptom.advice)):
        assert name in field_names()


def test_the_document_has_every_symptom_and_its_limit():
    text = (pathlib.Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for symptom in SYMPTOMS:
        (row,) = [row for row in rows if f"`{symptom.name}`" in row.split(" | ")[0]]
        side = "above" if symptom.above else "below"
        assert f"{side} {symptom.limit:g}" in row.split(" | ")[2], symptom.name


def test_names_are_unique():
    names = [symptom.name for symptom in SYMPTOMS]
    assert len(set(names)) == len(names)
