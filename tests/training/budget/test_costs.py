import json

import pytest

from unit_tf.config import RunConfig
from unit_tf.training.budget.costs import (
    Cost,
    Measurement,
    steps_within,
    training_seconds,
    typical,
)

MEASURED = Measurement(
    start=10, step=0.1, data=0.02, end=1, save=Cost(2, 1), health=Cost(5, 0.5),
    image=Cost(0.4, 0.2), score=Cost(8, 8), peak=2e9, base=5e8,
)  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "settings", "seconds"),
    [
        (1, {}, 10 + 2 + 0.4 + 1),  # the first step belongs to the start; the last one is saved
        (101, {}, 10 + 100 * 0.1 + 2 + 5 + 0.4 + 1),
        (2001, {}, 10 + 200 + (2 + 2) + (5 + 19 * 0.5) + (0.4 + 0.4) + 1),
        (2001, {"health_every": 0}, 10 + 200 + (2 + 2) + (0.4 + 0.4) + 1),
        (101, {"health_every": 0, "score_every": 50}, 10 + 10 + 2 + 8 + 0.4 + 1),  # one checkpoint
        (101, {"health_every": 0, "score_every": 50, "checkpoint_every": 50},
         10 + 10 + 4 + 24 + 0.4 + 1),
    ],
)  # fmt: skip
def test_every_part_counts_as_often_as_it_comes(steps, settings, seconds):
    assert training_seconds(steps, MEASURED, RunConfig(**settings)) == pytest.approx(seconds)


@pytest.mark.parametrize("seconds", [20, 60, 177.3, 600, 40_000])
def test_the_most_steps_fit(seconds):
    run = RunConfig()
    steps = steps_within(seconds, MEASURED, run)
    assert training_seconds(steps, MEASURED, run) <= seconds
    more = steps + max(1, 10 ** (len(str(steps)) - 3))
    assert training_seconds(more, MEASURED, run) > seconds


@pytest.mark.parametrize("seconds", [-5, 0, 13.3])
def test_no_step_fits(seconds):
    assert steps_within(seconds, MEASURED, RunConfig()) == 0


def test_a_single_disturbance_does_not_count():
    assert typical([0.1] * 39 + [60.0]) == pytest.approx(0.1)


def test_what_comes_back_every_few_steps_does():
    assert typical([0.1, 0.1, 0.1, 0.5] * 16) == pytest.approx(0.2)
    assert typical([0.3]) == 0.3
    assert typical([0.1, 0.3]) == pytest.approx(0.2)


def test_a_measurement_goes_through_json():
    assert Measurement.from_dict(json.loads(json.dumps(MEASURED._asdict()))) == MEASURED
