"""Threads that work ahead of and behind a computation, in order and within bounds."""

import collections
import concurrent.futures
import contextlib
import os

# Results that may wait on either side of the computation: they are as large as images.
AHEAD = 4
MOST_WORKERS = 8
# Images of at most this many go through the networks two at a time: not every step keeps all cores
# busy. Two larger ones would need too much memory.
PIXELS_SIDE_BY_SIDE = 2**21


@contextlib.contextmanager
def workers():
    """Threads for what lets go of the GIL, as Pillow's codecs and TensorFlow's graphs do.

    However the block is left, what has not begun by then never does, and what has is waited for.

    Yields:
      concurrent.futures.ThreadPoolExecutor.
    """
    pool = concurrent.futures.ThreadPoolExecutor(min(MOST_WORKERS, (os.cpu_count() or 1) + 1))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def ahead(pool, function, items):
    """Calls a function on items in threads, up to AHEAD of them before they are asked for.

    Args:
      pool: from ``workers``.
      function: (item) -> result.
      items: iterable.

    Yields:
      the results in the order of the items.

    Raises:
      whatever ``function`` does, in the place of the item's result.
    """
    waiting, items = collections.deque(), iter(items)
    while True:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > AHEAD:
                break
        if not waiting:
            return
        yield waiting.popleft().result()


def side_by_side(pool, function, items, is_large):
    """Calls a function in threads on two items at a time, and on a large one alone.

    Items behind a slow one go on meanwhile; up to AHEAD results wait for it.

    Args:
      pool: from ``workers``.
      function: (item) -> result.
      items: iterable; it is advanced in the caller's thread.
      is_large: (item) -> whether two of them may be too many.

    Yields:
      the results in the order of the items.

    Raises:
      whatever ``function`` or the iterable does, once the results before it have been yielded.
    """
    waiting, failures = collections.deque(), []
    for item in _until_failure(items, failures):
        large = is_large(item)
        _wait_for_all_but(0 if large else 1, waiting)
        waiting.append(pool.submit(function, item))
        if large:
            _wait_for_all_but(0, waiting)
        while waiting and (len(waiting) > AHEAD or waiting[0].done()):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
    _raise_first(failures)


def _wait_for_all_but(most, futures):
    """Returns once no more than ``most`` of some futures are still at work."""
    while len(running := [future for future in futures if not future.done()]) > most:
        concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)


def behind(pool, function, items):
    """Calls a function in threads on items that are still being made.

    Args:
      pool: from ``workers``.
      function: (item) -> result.
      items: iterable; it is advanced in the caller's thread, while earlier items are worked on. No
        more than AHEAD wait.

    Yields:
      the results in the order of the items, each as soon as it and those before it are there.

    Raises:
      whatever ``function`` or the iterable does, once the results before it have been yielded.
    """
    waiting, failures = collections.deque(), []
    for item in _until_failure(items, failures):
        waiting.append(pool.submit(function, item))
        while waiting and (len(waiting) > AHEAD or waiting[0].done()):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
    _raise_first(failures)


def _until_failure(items, failures):
    """Yields items; an error of the iterable's ends them and is appended to ``failures``."""
    try:
        yield from items
    except Exception as error:
        failures.append(error)


def _raise_first(failures):
    if failures:
        raise failures[0]
