import pathlib
import threading
import time

import pytest
from unit_tf.export.serving.scheduler import Scheduler, in_threads
from unit_tf.export.serving.transport import Refused

from unit_tf.inference.image_files import Job


class Form:
    """Payloads are the sources' names; a size after a dash keeps images apart."""

    def __init__(self):
        self.written, self.alive, self.most = [], 0, 0
        self.lock, self.wrote = threading.Lock(), threading.Event()

    def read(self, path):
        with self.lock:
            self.alive += 1
            self.most = max(self.most, self.alive)
        return path.name

    def group(self, payload):
        return payload.partition("-")[2]

    def write(self, path, result, payload):
        del payload
        with self.lock:
            self.alive -= 1
            self.written.append((path.name, result))
        self.wrote.set()


def jobs(*names):
    return [Job(pathlib.Path(name), pathlib.Path(name.upper())) for name in names]


def translate(names, predict, batch_size=3, concurrency=2, form=None):
    form = form or Form()
    run = Scheduler(predict, form, batch_size, concurrency, pytest.fail).run(jobs(*names))
    return form, {str(outcome.job.source): outcome.error for outcome in run}


def test_results_meet_their_images_whatever_finishes_first():
    def predict(payloads):
        if "p0" in payloads:
            assert form.wrote.wait(60)
        return [payload[::-1] for payload in payloads]

    form, names = Form(), [f"p{i}" for i in range(10)]
    _, outcomes = translate(names, predict, form=form)
    assert sorted(form.written) == [(name.upper(), name[::-1]) for name in names]
    assert form.written[0][0] != "P0"
    assert outcomes == dict.fromkeys(names)


def test_a_request_holds_one_group():
    sent = []

    def predict(payloads):
        sent.append(payloads)
        return payloads

    translate(["a-1", "b-2", "c-1", "d-2", "e-1"], predict, batch_size=4, concurrency=1)
    assert sent == [["a-1", "c-1"], ["b-2", "d-2"], ["e-1"]]


def test_memory_holds_no_more_than_what_is_under_way():
    form, _ = translate([f"p{i}" for i in range(60)], list, batch_size=4, concurrency=3)
    assert form.most <= 12 and len(form.written) == 60


def test_refused_images_go_alone_then_with_nothing_beside_them():
    sent = []

    def predict(payloads):
        sent.append(payloads)
        if "bad" in payloads:
            raise Refused("not an image")
        return payloads

    _, outcomes = translate(["a", "bad", "c", "d"], predict, batch_size=2, concurrency=2)
    assert {name: str(error) for name, error in outcomes.items() if error} == {
        "bad": "not an image"
    }
    assert sorted(sent) == [["a"], ["a", "bad"], ["bad"], ["bad"], ["c", "d"]]
    sent.clear()
    translate(["bad"], predict, batch_size=1, concurrency=1)
    assert sent == [["bad"]]


def test_an_error_is_raised_and_nothing_more_is_started():
    started, cancelled = [], []

    def work(item):
        started.append(item)
        time.sleep(0.02)
        if item == 3:
            raise ZeroDivisionError
        return item

    with pytest.raises(ZeroDivisionError):
        list(in_threads(work, list(range(100)), 2, lambda: cancelled.append(True)))
    count = len(started)
    assert count < 20 and cancelled == [True]
    time.sleep(0.1)
    assert len(started) == count


def test_leaving_early_cancels():
    cancelled = []
    results = in_threads(lambda item: item, [1, 2, 3], 1, lambda: cancelled.append(True))
    assert next(results) == 1
    results.close()
    assert cancelled == [True]
