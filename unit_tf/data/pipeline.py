"""The training batches, as a tf.data.Dataset that can start at any step.

Nothing in here has a history: what stands at a position of a domain's stream (step * images a step
+ place in the batch) depends on that number alone, see streams.py. A label, where A has them, is
its image's. So a run resumed at step N reads exactly what it would have read, at once, without an
iterator in the checkpoint, and however many threads there are.
"""

import atexit
import collections
import contextlib
import os
import threading
import time

import numpy as np
import tensorflow as tf

from unit_tf.config import UserError
from unit_tf.data.streams import CROP, DOMAIN_IDS, Crops

READ_AHEAD = 4  # batches; fixed, as a read-ahead that tf.data tunes may start reading at any time
# The last UserErrors of images that could not be read. TensorFlow raises its own at their batch, in
# which the text of ours stands among many lines.
UNREAD = collections.deque(maxlen=100)

_END = 2**62


def training_dataset(data, config, start_step=0):
    """Batches without end, unpaired unless ``data.paired`` says otherwise.

    Args:
      data: Data, whose training domains are read from several threads at a time.
      config: ExperimentConfig; run.seed, optim.images_a_step and the data section's sizes count.
      start_step: number of batches to leave out; takes no longer than starting from 0.

    Returns:
      tf.data.Dataset of (x_a, x_b), float32 [batch, H, W, channels of the domain] in [-1, 1]; where
      ``data.labels_a`` is given, of (x_a, x_b, y_a) with y_a int32 [batch].
    """
    kind = Stream if data.labels_a is None else BatchStream
    streams = [
        # Both halves of a pair are sampled as A is.
        kind(
            getattr(data, f"train_{d}"), "a" if config.data.paired else d, config.run.seed,
            _shape(config.data, d),
        )
        for d in DOMAIN_IDS
    ]  # fmt: skip
    batch = config.optim.images_a_step
    dataset = tf.data.Dataset.range(start_step * batch, _END)
    if data.labels_a is None:
        dataset = _map(dataset, lambda position: tuple(s.tensor(position) for s in streams))
        dataset = dataset.batch(batch, drop_remainder=True)
    else:
        # A call for each image would take longer than small images themselves.
        dataset = dataset.batch(batch, drop_remainder=True)
        labelled = LabelledStreams(*streams, data.labels_a)
        dataset = _map(dataset, labelled.tensors)
    return dataset.prefetch(READ_AHEAD).with_options(_options())


def _map(dataset, function):
    workers = min(os.cpu_count() or 1, 32)
    return dataset.map(function, num_parallel_calls=workers, deterministic=True)


class Stream(Crops):
    """A domain's crops, in tf.data."""

    def tensor(self, position):
        """``crop`` of a scalar int64 tensor, with the static shape."""
        crop = tf.numpy_function(self._crop_unless_closing, [position], tf.float32, stateful=False)
        return tf.ensure_shape(crop, self.shape)

    def _crop_unless_closing(self, position):
        with _CALLS.counted() as is_open:
            if not is_open:
                return np.zeros(self.shape, np.float32)
            try:
                return self.crop(position)
            except UserError as error:
                UNREAD.append(error)
                raise


class BatchStream(Stream):
    """The sequence of a BatchDomain, a batch at a time: the same order, faster."""

    def indices(self, positions):
        """``index`` of an int64 array of positions."""
        return np.array([self.index(int(position)) for position in positions])

    def read(self, positions):
        """(uint8 pixels [N, *shape], float32 draws [N, D]) of an int64 array of positions."""
        return self._domain.pixels(self.indices(positions)), self._draws(positions)

    def blank(self, positions):
        """What ``read`` would give, of zeros."""
        count = len(positions)
        return (
            np.zeros((count, *self.shape), np.uint8),
            np.zeros((count, self._domain.draws), np.float32),
        )

    def crops(self, pixels, draws):
        """Tensors of what ``read`` gave -> float32 tensor [N, *shape] in [-1, 1]."""
        pixels = tf.ensure_shape(pixels, (None, *self.shape))
        return self._domain.change(pixels, draws) / 127.5 - 1

    def _draws(self, positions):
        """Position p's numbers come from a counter of p, whatever else is sampled."""
        key = np.random.SeedSequence([*self._seed, CROP]).generate_state(2, np.uint64)
        first, count = int(positions[0]), self._domain.draws
        # Philox yields four numbers for each step of its counter.
        rng = np.random.Generator(np.random.Philox(key=key, counter=first * (count // 4)))
        span = int(positions[-1]) - first + 1
        return rng.random((span, count))[positions - first].astype(np.float32)


class LabelledStreams:
    """The streams of two BatchDomains, with A's labels.

    Args:
      stream_a: BatchStream of A.
      stream_b: BatchStream of B.
      labels_a: int32 array, the class of each image of A.
    """

    def __init__(self, stream_a, stream_b, labels_a):
        self._streams = (stream_a, stream_b)
        self._labels_a = labels_a

    def tensors(self, positions):
        """(x_a, x_b, y_a) of an int64 tensor [batch] of rising positions, with static shapes."""
        types = (tf.uint8, tf.float32, tf.uint8, tf.float32, tf.int32)
        *read, y_a = tf.numpy_function(self._read_unless_closing, [positions], types, False)
        pairs = zip(self._streams, (read[:2], read[2:]), strict=True)
        crops = (tf.ensure_shape(s.crops(*r), (*positions.shape, *s.shape)) for s, r in pairs)
        return *crops, tf.ensure_shape(y_a, positions.shape)

    def _read_unless_closing(self, positions):
        stream_a, stream_b = self._streams
        with _CALLS.counted() as is_open:
            if not is_open:
                blank = *stream_a.blank(positions), *stream_b.blank(positions)
                return *blank, np.zeros(len(positions), np.int32)
            y_a = self._labels_a[stream_a.indices(positions)]
            return *stream_a.read(positions), *stream_b.read(positions), y_a


class _Calls:
    """Lets the process end while an iterator is alive and still reads ahead.

    Its threads call Python. CPython ends a thread that asks for the GIL once the interpreter shuts
    down, and the iterator's destructor then waits for that thread's crop for ever. So before that
    every call is made to return at once, until the read-ahead is full and no more are made.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._open = True
        self._started = self._ended = 0

    @contextlib.contextmanager
    def counted(self):
        """Yields whether the work is still to be done."""
        with self._lock:
            self._started += 1
        try:
            yield self._open
        finally:
            with self._lock:
                self._ended += 1

    def close(self, quiet=0.02, looks=5, limit=30.0):
        """Returns when ``looks`` looks in a row, ``quiet`` seconds apart, have seen no new call.

        At once where there never was one.

        That none runs just now does not do: the next one may begin as soon as the last one has let
        go of the GIL, and this thread may get the GIL in between. Nor does one long wait: a machine
        that stands still for a moment stands still for all threads.
        """
        self._open = False
        end, before, same = time.monotonic() + limit, None, 0
        while self._started and same < looks and time.monotonic() < end:
            calls = self._started, self._ended
            same = same + 1 if calls == before and calls[0] == calls[1] else 0
            before = calls
            time.sleep(quiet)


_CALLS = _Calls()
atexit.register(_CALLS.close)


def _shape(config, domain):
    return (*config.image_size, config.domain_channels(domain))


def _options():
    options = tf.data.Options()
    options.deterministic = True
    # Nothing is left to be tuned, and the thread that would do it wakes up less and less often, at
    # last once a minute: the iterator's destructor, and so a stopped training, waits for that.
    options.autotune.enabled = False
    # There are no files to shard: each worker of several takes its share of the batches' elements.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
