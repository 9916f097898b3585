"""Images to a server and back: in batches, several requests at a time, whatever fails."""

import contextlib
import queue
import threading
import time
import typing

from unit_tf.export.serving.transport import Refused, ServingError, Transient

from unit_tf.data.images import BadImage
from unit_tf.inference.image_files import Job

_PATIENCE = 2.0  # seconds that stopped threads have to end by themselves


class Outcome(typing.NamedTuple):
    """How one image fared.

    Attributes:
      job: the image.
      error: BadImage or ServingError, or None where its result was written.
    """

    job: Job
    error: Exception | None

    @property
    def reason(self):
        """The error, without the image's name."""
        return getattr(self.error, "reason", str(self.error))


class Scheduler:
    """Translates images by a model server.

    No more images are in memory than ``batch_size * concurrency`` and their results.

    Args:
      predict: list of payloads -> list of results; raises ServingError.
      form: EncodedForm or FloatForm: how images are read, grouped and written.
      batch_size: images a request, at most.
      concurrency: requests at a time.
      cancel: ends requests under way, when the run is stopped.
    """

    def __init__(self, predict, form, batch_size, concurrency, cancel):
        self._predict, self._form, self._cancel = predict, form, cancel
        self._batch_size, self._concurrency = batch_size, concurrency

    def run(self, jobs):
        """Yields an Outcome for every job as they become known, in no order.

        One bad image fails its whole request, and, where the server merges requests, those of
        others. So refused images are sent again alone, and those refused again once more with
        nothing else under way.

        Args:
          jobs: list of Job.

        Raises:
          UserError: a result cannot be written.
          Transient: the server has stopped answering.
        """
        rounds = [(self._batch_size, self._concurrency), (1, self._concurrency), (1, 1)]
        rounds = list(dict.fromkeys(rounds))
        for number, (size, threads) in enumerate(rounds, 1):
            refused = []
            for outcome in self._round(jobs, size, threads):
                if isinstance(outcome.error, Refused) and number < len(rounds):
                    refused.append(outcome.job)
                else:
                    yield outcome
            jobs = sorted(refused)

    def _round(self, jobs, size, threads):
        """Yields every job's Outcome, sent once; raises Transient when nothing works any more."""
        batches = [jobs[i : i + size] for i in range(0, len(jobs), size)]
        failed_in_a_row = 0
        finished = in_threads(self._translate, batches, threads, self._cancel)
        with contextlib.closing(finished):
            for outcomes in finished:
                lost = [o.error for o in outcomes if isinstance(o.error, Transient)]
                failed_in_a_row = failed_in_a_row + 1 if len(lost) == len(outcomes) else 0
                yield from outcomes
                if failed_in_a_row > 2 * self._concurrency:
                    raise lost[0]

    def _translate(self, jobs):
        """Reads, sends and writes one batch; gives the Outcome of each job."""
        outcomes, groups = [], {}
        for job in jobs:
            try:
                payload = self._form.read(job.source)
            except BadImage as error:
                outcomes.append(Outcome(job, error))
            else:
                groups.setdefault(self._form.group(payload), []).append((job, payload))
        for group in groups.values():
            outcomes += self._request(*zip(*group, strict=True))
        return outcomes

    def _request(self, jobs, payloads):
        """Sends images of one group and writes the results; gives the Outcome of each job."""
        try:
            results = self._predict(list(payloads))
        except ServingError as error:
            return [Outcome(job, error) for job in jobs]
        return [self._write(*one) for one in zip(jobs, results, payloads, strict=True)]

    def _write(self, job, result, payload):
        try:
            self._form.write(job.target, result, payload)
        except ServingError as error:
            return Outcome(job, error)
        return Outcome(job, None)


def in_threads(function, items, count, cancel):
    """Yields ``function(item)`` of every item as they finish.

    The threads are daemons: Ctrl-C must not wait for a server that does not answer.

    Args:
      function: what to do; an exception of it is raised here.
      items: list of arguments.
      count: number of threads.
      cancel: called when not all results were taken, to make running calls end.
    """
    todo, done = queue.SimpleQueue(), queue.SimpleQueue()
    for item in items:
        todo.put(item)

    def work():
        while (item := _take(todo)) is not None:
            try:
                done.put((function(item), None))
            except BaseException as error:  # to be raised in the thread that waits
                done.put((None, error))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(count, len(items)))]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            result, error = done.get()
            if error is not None:
                raise error
            yield result
    except BaseException:
        _stop(threads, todo, cancel)
        raise


def _take(todo):
    """The next item, or None."""
    try:
        return todo.get_nowait()
    except queue.Empty:
        return None


def _stop(threads, todo, cancel):
    """Lets no further item start, and gives the running ones a moment to finish what they write."""
    while _take(todo) is not None:
        pass
    cancel()
    until = time.monotonic() + _PATIENCE
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
