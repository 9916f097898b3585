"""Two calls that take turns, timed: a machine that is busy meanwhile slows both."""

import statistics
import time


def medians_in_turns(first, second, rounds):
    """What two calls cost.

    Args:
      first, second: called without arguments, once more than ``rounds``: the first time compiles.
      rounds: how many times each counts.

    Returns:
      list of two: the medians of (wall, CPU) seconds of the first call, and of the second.
    """
    times = [(_seconds(first), _seconds(second)) for _ in range(rounds + 1)]
    return [
        tuple(map(statistics.median, zip(*kind, strict=True)))
        for kind in zip(*times[1:], strict=True)
    ]


def _seconds(function):
    """(wall, CPU) seconds that a call takes."""
    begin = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - begin[0], time.process_time() - begin[1]
