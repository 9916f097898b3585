"""What a probe does: every part of a training, once or twice."""

import itertools
import time

import pytest
import tensorflow as tf

from unit_tf.training.budget import candidate_probe
from unit_tf.training.budget.probe_process import probe


@pytest.fixture
def ticking(monkeypatch):
    """(seconds of each step) -> take, on a clock that only steps move."""
    now = [0.0]
    monkeypatch.setattr(candidate_probe.time, "perf_counter", lambda: now[0])

    def make(each):
        def take(count):
            now[0] += sum(itertools.islice(each, count))

        return take

    return make


@pytest.mark.parametrize(
    ("step", "steps"), [(0.001, 3200), (0.1, 33), (1.0, 6), (2.0, 5), (100.0, 2), (1e-9, 16_000)]
)
def test_long_steps_are_timed_less_often(ticking, step, steps):
    """Short ones are waited for now and then, as in a training; that takes 3 of 3.2 seconds."""
    taken = []
    take = ticking(itertools.repeat(step))
    times = candidate_probe.step_times(lambda n: (taken.append(n), take(n)), 3.2)
    assert times == pytest.approx([step] * len(times))
    taken = taken[candidate_probe.WARM if step < 1 else taken.count(1) - len(times) :]
    assert len(times) == len(taken) and sum(taken) == pytest.approx(steps, rel=0.15)


def test_the_first_steps_do_not_count(ticking):
    """They find their batches read ahead."""
    each = itertools.chain([0.125] * candidate_probe.WARM, itertools.repeat(0.5))
    assert set(candidate_probe.step_times(ticking(each), 3.0)) == {0.5}


def test_every_part_is_measured(small_config, data, tmp_path, monkeypatch, eager_steps):
    monkeypatch.setattr(candidate_probe, "WARM", 1)
    saved, scored = [], []
    config = small_config({"run.health_every": 1, "run.score_every": 1})
    found = candidate_probe.measure(
        config, data, tf.distribute.get_strategy(), tmp_path, 0.1, time.time() - 30,
        lambda folder: scored.append(folder.name), saved.append,
    )  # fmt: skip
    assert found.start > 30 and 0 < found.step < 30 and found.data > 0
    assert min(*found.health, *found.image, *found.save, *found.score) > 0
    assert found.peak >= found.base > 1e8
    assert len(saved) == 2 and len(scored) == 1 and int(scored[0]) == saved[-1]


def test_memory_is_of_this_process_alone(tmp_path):
    """And without Linux' file about it, what the system counts."""
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  2048 kB\n")
    assert candidate_probe.peak_memory(str(status)) == 2**21
    assert candidate_probe.peak_memory(str(tmp_path / "absent")) > 1e8


@pytest.mark.slow
def test_a_process_measures_a_training(image_folders, make_config):
    found = probe(make_config(image_folders), 0.5)
    assert 1 < found.start < 300 and 0 < found.step < 10 and found.end > 0
    assert 2e8 < found.base <= found.peak < 8e9
