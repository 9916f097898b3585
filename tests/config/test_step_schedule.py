import pytest

from unit_tf.config.step_schedule import schedule_for


@pytest.mark.parametrize(
    ("steps", "start", "slope", "gan"),
    [(2000, 1000, 1000, 800), (9000, 4500, 4500, 1200), (103, 51, 52, 41), (1, 0, 1, 0)],
)
def test_the_rate_falls_over_the_second_half(steps, start, slope, gan):
    assert schedule_for(steps) == {
        "run.steps": steps, "weights.gan_start": gan, "optim.schedule": "linear",
        "optim.decay_start": start, "optim.decay_steps": slope,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "slope"),
    [
        ({}, {"optim.schedule": "constant"}),
        ({"optim.schedule": "linear"}, {"optim.decay_start": 500, "optim.decay_steps": 500}),
        ({"optim.decay_start": 900}, {"optim.schedule": "linear", "optim.decay_steps": 100}),
    ],
)
def test_an_average_needs_no_slope_but_one_that_is_given(given, slope):
    found = schedule_for(1000, given, averaged=True)
    assert found == {"run.steps": 1000, "weights.gan_start": 400, **slope}


@pytest.mark.parametrize(
    ("given", "rest"),
    [
        ({"optim.decay_start": 300}, {"optim.decay_steps": 700}),
        ({"optim.decay_steps": 300}, {"optim.decay_start": 700}),
        ({"optim.decay_steps": 2000}, {"optim.decay_start": 0}),
        ({"optim.decay_start": 1500}, {"optim.decay_steps": 1}),
        ({"optim.decay_start": 1, "optim.decay_steps": 2}, {}),
        ({"optim.schedule": "constant"}, {}),
    ],
)
def test_what_is_given_stays_and_the_slope_ends_with_the_last_step(given, rest):
    found = schedule_for(1000, {**given, "weights.gan_start": 7})
    assert not {*given, "weights.gan_start"} & found.keys()
    assert {k: v for k, v in found.items() if k.startswith("optim.decay")} == rest
