"""Threads around a computation: order, bounds, errors in their place, and a clean end."""

import threading
import time

import pytest

from unit_tf.inference.overlap import AHEAD, ahead, behind, side_by_side, workers


class Slow:
    """Counts what runs at once and what was begun; item k takes the longer the smaller it is."""

    def __init__(self, fail_at=None):
        self.begun, self.fail_at, self.lock = [], fail_at, threading.Lock()

    def __call__(self, k):
        with self.lock:
            self.begun.append(k)
        time.sleep(0.002 * (20 - k % 20))
        if k == self.fail_at:
            raise ValueError(f"item {k}")
        return 10 * k


@pytest.fixture(params=[ahead, behind])
def stage(request):
    return request.param


def test_results_are_in_order(stage):
    with workers() as pool:
        assert list(stage(pool, Slow(), range(25))) == [10 * k for k in range(25)]
        assert list(stage(pool, Slow(), [])) == []


def test_no_more_than_the_bound_is_begun_before_it_is_asked_for():
    slow = Slow()
    with workers() as pool:
        results = ahead(pool, slow, range(100))
        for k in range(5):
            assert next(results) == 10 * k
            time.sleep(0.05)
            assert len(slow.begun) <= k + 1 + AHEAD


def test_the_caller_waits_where_too_much_is_behind():
    """An item is only made once those long before it are done."""
    gate, made = threading.Event(), []

    def items():
        for k in range(50):
            made.append(k)
            if k == AHEAD:
                assert not gate.is_set()
                threading.Timer(0.05, gate.set).start()
            assert gate.is_set() or k <= AHEAD
            yield k

    def store(k):
        assert gate.wait(10)
        return k

    with workers() as pool:
        assert list(behind(pool, store, items())) == list(range(50))
    assert made == list(range(50))


def test_an_error_comes_after_the_results_before_it(stage):
    slow, seen = Slow(fail_at=7), []
    with pytest.raises(ValueError, match="item 7"), workers() as pool:
        for result in stage(pool, slow, range(100)):
            seen.append(result)
    assert seen == [10 * k for k in range(7)]
    assert max(slow.begun) <= 7 + 1 + 2 * AHEAD


def test_an_error_of_the_computation_comes_after_what_is_behind_it():
    def items():
        yield from range(3)
        raise ValueError("computation")

    seen = []
    with pytest.raises(ValueError, match="computation"), workers() as pool:
        for result in behind(pool, Slow(), items()):
            seen.append(result)
    assert seen == [0, 10, 20]


def test_an_interruption_leaves_no_thread_behind(stage):
    before, slow = set(threading.enumerate()), Slow()
    with pytest.raises(KeyboardInterrupt), workers() as pool:
        for _ in stage(pool, slow, range(1000)):
            raise KeyboardInterrupt
    assert set(threading.enumerate()) <= before
    begun = len(slow.begun)
    time.sleep(0.05)
    assert len(slow.begun) == begun <= 2 * AHEAD + 2


class Running:
    """Remembers how many calls ran at a time, of which item and beside how many others."""

    def __init__(self):
        self.now, self.beside, self.lock = 0, {}, threading.Lock()

    def __call__(self, k):
        with self.lock:
            self.now += 1
        time.sleep(0.02)
        with self.lock:
            self.beside[k] = self.now
            self.now -= 1
        return 10 * k


def test_two_items_at_a_time_and_a_large_one_alone():
    running = Running()
    with workers() as pool:
        results = side_by_side(pool, running, range(9), is_large=lambda k: k in (0, 4))
        assert list(results) == [10 * k for k in range(9)]
    assert running.beside[0] == running.beside[4] == 1
    assert max(running.beside.values()) == 2


def test_items_behind_a_slow_one_go_on():
    third = threading.Event()

    def work(k):
        if k == 2:
            third.set()
        return k if k or third.wait(10) else "the third one never began"

    with workers() as pool:
        assert list(side_by_side(pool, work, range(9), lambda k: False)) == list(range(9))


def test_no_more_than_the_bound_waits_for_a_slow_item():
    gate, begun = threading.Event(), []

    def work(k):
        begun.append(k)
        return k if k else gate.wait(10)

    with workers() as pool:
        threading.Timer(0.2, gate.set).start()
        next(results := side_by_side(pool, work, range(50), lambda k: False))
        assert max(begun) <= AHEAD + 1
        assert list(results) == list(range(1, 50))


def test_an_error_of_two_items_comes_in_its_place():
    done = []
    with workers() as pool, pytest.raises(ValueError, match="item 3"):
        for result in side_by_side(pool, Slow(fail_at=3), range(9), is_large=lambda k: False):
            done.append(result)
    assert done == [0, 10, 20]
