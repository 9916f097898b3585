"""Times of functions that are compared with each other."""

import statistics
import time


def in_turns(runs, rounds):
    """Times functions in turns, after one call each, so that a busy machine slows all alike.

    Args:
      runs: {key: function without arguments}.
      rounds: how often each is timed.

    Returns:
      {key: median milliseconds}.
    """
    times = {key: [] for key in runs}
    for i in range(rounds + 1):
        for key, run in runs.items():
            start = time.perf_counter()
            run()
            if i:
                times[key].append(1000 * (time.perf_counter() - start))
    return {key: statistics.median(values) for key, values in times.items()}
