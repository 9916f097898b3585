import subprocess
import sys
import threading
import time
import types

import numpy as np
import pytest
import tensorflow as tf

from unit_tf.config import ExperimentConfig
from unit_tf.data import pipeline
from unit_tf.data.base import Data, DataError
from unit_tf.data.images import to_float
from unit_tf.data.pipeline import Stream, training_dataset


class Counted:
    """A domain whose crops say which image they are of (first channel) and what was drawn."""

    def __init__(self, length, channels=3, limit=None):
        self.length, self.channels, self.limit = length, channels, limit
        self.lock, self.seen, self.threads = threading.Lock(), [], set()

    def __len__(self):
        return self.length

    def crop(self, index, rng):
        if self.limit is not None and len(self.seen) >= self.limit:
            raise AssertionError("read too far")
        with self.lock:
            self.seen.append(index)
            self.threads.add(threading.get_ident())
        crop = rng.integers(0, 256, (8, 6, self.channels), np.uint8)
        crop[0, 0, 0] = index
        return crop


def make(seed=0, batch=2, length_a=5, length_b=7, **changes):
    config = ExperimentConfig().replace(
        {"data.image_size": (8, 6), "run.seed": seed, "optim.batch_size": batch, **changes}
    )
    channels = [config.data.domain_channels(d) for d in ("a", "b")]
    return Data(Counted(length_a, channels[0]), Counted(length_b, channels[1]), [], []), config


def batches(count, start_step=0, **settings):
    data, config = make(**settings)
    return list(training_dataset(data, config, start_step).take(count).as_numpy_iterator())


def indices(read, which):
    return [int(round((x[0, 0, 0] + 1) * 127.5)) for batch in read for x in batch[which]]


def equal(read, other):
    pairs = zip(read, other, strict=True)
    return all(np.array_equal(a, c) and np.array_equal(b, d) for (a, b), (c, d) in pairs)


def test_static_shapes_range_and_no_end():
    data, config = make(**{"data.channels_b": 1})
    dataset = training_dataset(data, config)
    assert [s.shape.as_list() for s in dataset.element_spec] == [[2, 8, 6, 3], [2, 8, 6, 1]]
    read = list(dataset.take(20).as_numpy_iterator())
    assert len(read) == 20 and all(x.dtype == np.float32 for batch in read for x in batch)
    x_a = np.stack([x for x, _ in read])
    assert -1 <= x_a.min() < -0.95 and 0.95 < x_a.max() <= 1


@pytest.mark.parametrize("start", [1, 4, 13])
@pytest.mark.parametrize("batch", [1, 3])
def test_resume_is_exact(start, batch):
    whole = batches(start + 6, batch=batch)
    assert equal(batches(6, start, batch=batch), whole[start:])


def test_resume_far_ahead_reads_nothing_else():
    data, config = make()
    data.train_a.limit = 1000
    next(iter(training_dataset(data, config, start_step=10**9)))
    assert 0 < len(data.train_a.seen) <= 1000


def test_an_epoch_has_every_image_once_and_the_next_another_order():
    order = indices(batches(30, length_a=20, length_b=60), 0)
    epochs = [order[i : i + 20] for i in range(0, 60, 20)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert sorted(indices(batches(30, length_a=20, length_b=60), 1)) == list(range(60))


def test_the_domains_are_shuffled_and_cropped_independently():
    read = batches(200, length_a=20, length_b=20)
    order_a, order_b = np.array(indices(read, 0)), np.array(indices(read, 1))
    assert 0 < np.mean(order_a == order_b) < 0.12  # 1/20 by chance
    assert abs(np.corrcoef(order_a, order_b)[0, 1]) < 0.2
    assert not np.array_equal(read[0][0][0, 1:], read[0][1][0, 1:])


def test_one_domain_does_not_depend_on_the_other():
    assert indices(batches(10, length_b=7), 0) == indices(batches(10, length_b=9), 0)


def test_seed_changes_order_and_crops():
    one, other = batches(10, seed=1, length_a=20), batches(10, seed=2, length_a=20)
    assert indices(one, 0) != indices(other, 0)
    assert equal(one, batches(10, seed=1, length_a=20))


def test_a_image_is_cropped_anew_in_each_epoch():
    read = batches(2, batch=1, length_a=1)
    assert not np.array_equal(read[0][0], read[1][0])


def test_threads_do_not_change_anything():
    data, config = make(batch=8, length_a=3, length_b=50)
    read = list(training_dataset(data, config).take(25).as_numpy_iterator())
    stream = Stream(Counted(3), "a", 0, (8, 6, 3))
    expected = np.stack([stream.crop(p) for p in range(200)]).reshape(25, 8, 8, 6, 3)
    np.testing.assert_array_equal(np.stack([x for x, _ in read]), expected)


def test_stream_crops_are_the_domains_own():
    domain = Counted(4)
    stream = Stream(domain, "b", 3, (8, 6, 3))
    crop = stream.crop(np.int64(9))
    assert crop.dtype == np.float32 and domain.seen == [stream.index(9)]
    assert crop[0, 0, 0] == to_float(np.array([stream.index(9)], np.uint8))[0]


def test_a_stream_is_safe_from_several_threads():
    stream = Stream(Counted(11), "a", 0, (8, 6, 3))
    expected = [Stream(Counted(11), "a", 0, (8, 6, 3)).index(p) for p in range(400)]
    found = [None] * 8

    def work(i):
        found[i] = [stream.index(p) for p in range(400)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


ENDS_WHILE_READING = """
import time
import numpy as np
from unit_tf.config import ExperimentConfig
from unit_tf.data.base import Data, DataError
from unit_tf.data.pipeline import training_dataset

class Slow:
    def __len__(self):
        return 5
    def crop(self, index, rng):
        time.sleep(0.2)  # lets go of the GIL, as reading and decoding do
        return np.zeros((8, 6, 3), np.uint8)

config = ExperimentConfig().replace({"data.image_size": (8, 6)})
iterator = iter(training_dataset(Data(Slow(), Slow(), [], []), config))
next(iterator)
"""


def test_the_process_ends_while_an_iterator_reads_ahead():
    code = [sys.executable, "-c", ENDS_WHILE_READING]
    assert subprocess.run(code, check=False, timeout=120, capture_output=True).returncode == 0


def test_nothing_tunes_the_reading():
    """An iterator's destructor, and so a stopped training, waits for that thread."""
    data, config = make()
    assert training_dataset(data, config).options().autotune.enabled is False


def test_a_bad_image_is_named_in_the_error():
    data, config = make()
    data.train_a.limit = 0
    with pytest.raises(tf.errors.OpError, match="read too far"):
        next(iter(training_dataset(data, config)))


def test_closing_waits_for_the_calls_that_run_and_refuses_later_ones():
    calls, running, done = pipeline._Calls(), threading.Event(), []

    def call():
        with calls.counted() as is_open:
            running.set()
            time.sleep(0.3)
            done.append(is_open)

    thread = threading.Thread(target=call)
    thread.start()
    running.wait()
    calls.close(quiet=0.01)
    assert done == [True]
    thread.join()
    with calls.counted() as is_open:
        assert not is_open


def test_closing_waits_for_the_call_that_follows_the_last_one(monkeypatch):
    """Between two calls none runs, though the reading ahead goes on."""
    calls, followed = pipeline._Calls(), []
    with calls.counted():
        pass

    def other_threads():
        with calls.counted():
            yield
        for _ in range(5):
            yield  # none runs, as long as a machine may stand still
        with calls.counted() as is_open:
            followed.append(is_open)
        while True:
            yield

    others = other_threads()
    clock = types.SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: next(others))
    monkeypatch.setattr(pipeline, "time", clock)
    calls.close()
    assert followed == [False]


def test_closing_does_not_wait_for_ever():
    calls = pipeline._Calls()
    with calls.counted():
        calls.close(quiet=0.01, limit=0.05)
    with calls.counted() as is_open:
        assert not is_open


def test_after_closing_a_crop_is_blank_and_nothing_is_read(monkeypatch):
    monkeypatch.setattr(pipeline, "_CALLS", pipeline._Calls())
    pipeline._CALLS.close(quiet=0.01)
    data, config = make()
    x_a, x_b = next(iter(training_dataset(data, config)))
    assert data.train_a.seen == [] and not x_a.numpy().any() and not x_b.numpy().any()


def test_images_that_cannot_be_read_are_kept_apart():
    """TensorFlow's own error comes at their batch, and holds the text of ours."""
    data, config = make(batch=1)
    read = data.train_a.crop

    def crop(index, rng):
        if index == 3:
            raise DataError("a/3.png: gone")
        return read(index, rng)

    data.train_a.crop, whole = crop, 0
    with pytest.raises(tf.errors.OpError, match="a/3.png: gone"):
        for _ in training_dataset(data, config):
            whole += 1
    assert whole == indices(batches(5, batch=1), 0).index(3)
    assert str(pipeline.UNREAD[-1]) == "a/3.png: gone"
