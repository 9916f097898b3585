"""unit-train whose --run.minutes are minutes of CPU time, for tools/measure_budget.py --clock=cpu.

  taskset -c 0 python tools/cpu_clock.py --preset=photos --workdir=DIR --run.minutes=2 ...

On one CPU that does nothing else, CPU time is the time that passes. So a machine that others keep
busy shows what an idle one would do, except that they share its caches. Without arguments this is
the process that probes.
"""

import functools
import resource
import sys
import time
import types

from unit_tf.cli import budget_probe, flags, quiet, train


def cpu_seconds():
    """CPU seconds of this process and of those that it has waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def probe():
    """Answers a request for a probe, by the CPU time of this process."""
    quiet.start_tensorflow()
    from unit_tf.training.budget import candidate_probe

    clock = time.process_time
    candidate_probe.time = types.SimpleNamespace(time=clock, perf_counter=clock)
    budget_probe.main()


def command():
    """Trains; returns the exit code."""
    from unit_tf.training import run
    from unit_tf.training.budget import choose, probe_process

    # A process' own clock begins at 0, when it is started.
    run.time = probe_process.time = types.SimpleNamespace(monotonic=cpu_seconds, time=lambda: 0.0)
    run.choose = functools.partial(choose.choose, clock=cpu_seconds)
    probe_process.CHILD = "cpu_clock"
    return flags.run(train.main, train.FLAGS, train.__doc__)


if __name__ == "__main__":
    sys.exit(command() if len(sys.argv) > 1 else probe())
