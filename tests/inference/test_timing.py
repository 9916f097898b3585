"""Times are medians, without the first call."""

from unit_tf.inference import timing


def test_times_are_medians_without_the_first_call(monkeypatch):
    clock = iter([0, 10, 11, 20, 25, 30, 32])  # once for the call that does not count
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    assert timing.in_turns({"x": lambda: None}, 3) == {"x": 2000}
