"""What ``--run.minutes`` chooses: candidates are probed until the next one would not be better.

Imports no TensorFlow: the probes are processes of their own.
"""

import math
import os
import sys
import time

from unit_tf.config import UserError, plural, printable
from unit_tf.data.datasets import open_data
from unit_tf.data.registry import find_source
from unit_tf.data.training_sides import training_sides
from unit_tf.resolve import check, schedule_of
from unit_tf.training.budget.candidates import CROPS, FEWEST, list_candidates
from unit_tf.training.budget.costs import training_seconds
from unit_tf.training.budget.probe_process import probe
from unit_tf.training.budget.search import Search

AIM = 0.95  # of the time: trainings took 6 to 10 % longer than their probes said
SHARE = 0.2  # of the time, after which nothing else is probed
TIMED = 0.02, 3.0, 15.0  # steps are timed for this share of the time, in seconds from and to


def choose(config, given, begun, probe=probe, clock=time.monotonic):
    """Chooses what a training of ``run.minutes`` is, by probes of this machine and its images.

    A line on stderr tells of every probe, and one of the choice.

    Args:
      config: ExperimentConfig.
      given: names of the settings that the user gave; those stay.
      begun: when the command began, by ``clock``.
      probe: (ExperimentConfig, seconds) -> Measurement or None.
      clock: () -> seconds.

    Returns:
      ExperimentConfig.

    Raises:
      UserError: the data cannot be used, nothing fits, or several workers would choose.
    """
    _refuse_workers(config.run)
    candidates, start = list_candidates(config, given, allowed_crops(config.data))
    if not find_source(config.data.source).needs_tensorflow:
        open_data(candidates[0].config.data)  # what is wrong with the images is said at once
    search = Search(candidates, start, config.run.memory_gb * 1e9)
    total = config.run.minutes * 60
    timed = min(max(TIMED[0] * total, TIMED[1]), TIMED[2])

    def left():
        return AIM * total - (clock() - begun)

    wall = 0.0
    while (index := search.next_index(left())) is not None:
        at_hand = search.best(left()) is not None
        spent = clock() - begun + search.probe_seconds(index, wall)
        if at_hand and spent > SHARE * total:
            break
        started = clock()
        search.measured[index] = probe(candidates[index].config, timed)
        wall = clock() - started
        _say(f"probed {candidates[index]}: {_result(search, index, left())}")
    return _chosen(config, given, search, left(), clock() - begun)


def allowed_crops(config):
    """Sides of training crops that the images allow, rising; empty where that is not known.

    Args:
      config: DataConfig.
    """
    sides = training_sides(config)
    if config.skip_bad:  # smaller ones are left out
        sides = [side for side in sides if side >= CROPS[0]]
    most = config.resize or min(sides, default=0)
    return [side for side in CROPS if sides and side <= most]


def flags_of(settings):
    """Settings as flags of a command line, {"section.field": value}."""
    shown = {k: "x".join(map(str, v)) if isinstance(v, tuple) else v for k, v in settings.items()}
    return " ".join(f"--{name}={value}" for name, value in shown.items())


def _refuse_workers(run):
    several = run.strategy == "auto" and os.environ.get("TF_CONFIG")
    if several or run.strategy == "multiworker":
        raise UserError(
            f"--run.minutes={run.minutes:g}: not with several workers (TF_CONFIG), each of which "
            "would choose by itself; let one machine choose, and give all of them the flags that "
            "it prints"
        )


def _chosen(config, given, search, seconds, spent):
    """The ExperimentConfig that is trained; says so, or raises where there is none."""
    minutes = f"--run.minutes={config.run.minutes:g}"
    index = search.best(seconds)
    if index is None:
        raise UserError(_nothing_fits(config.run, search))
    candidate, steps = search.candidates[index], search.steps(index, seconds)
    if not steps:
        start = search.measured[index].start
        raise UserError(
            f"{minutes}: too short; {spent:.0f} s are over, and from the start of a training to "
            f"its first step it takes {start:.0f} s here"
        )
    schedule = schedule_of(candidate.config, steps, given)
    chosen = check(candidate.config.replace(schedule))
    _say(f"{minutes} chose {flags_of({**candidate.chosen, **schedule})}")
    if steps < FEWEST:
        needed = spent + training_seconds(FEWEST, search.measured[index], candidate.config.run)
        enough = math.ceil(needed / AIM / 60)
        _say(
            f"{minutes}: {plural(steps, 'step')} are few for a translator; {FEWEST:,} would take "
            f"about {plural(enough, 'minute')}"
        )
    return chosen


def _nothing_fits(run, search):
    """In one line which the smallest was that was tried, and what it took."""
    index = min(search.measured)
    found = search.measured[index]
    took = f"took {found.peak / 1e9:.2f} GB" if found else "did not fit into this machine's memory"
    flag = (
        f"--run.memory_gb={run.memory_gb:g}" if run.memory_gb else f"--run.minutes={run.minutes:g}"
    )
    more = ", and a long training takes a tenth more" if found else ""
    smallest = search.candidates[index]
    return f"{flag}: nothing fits; the smallest that was tried ({smallest}) {took}{more}"


def _result(search, index, seconds):
    found = search.measured[index]
    if found is None:
        return "does not fit into the memory"
    limit = "" if search.fits(found) else f", too much for {search.memory / 1e9:g} GB"
    steps = search.steps(index, seconds)
    return (
        f"{found.step:.3f} s a step, {found.peak / 1e9:.2f} GB{limit}, {plural(steps, 'step')} fit"
    )


def _say(line):
    print(printable(line), file=sys.stderr, flush=True)
