"""What a training costs on this machine: each of its parts is done for real, and timed."""

import os
import pathlib
import re
import resource
import sys
import time

import tensorflow as tf

from unit_tf.data.pipeline import training_dataset
from unit_tf.files import write_text
from unit_tf.training import checkpoints
from unit_tf.training.budget.costs import Cost, Measurement, typical
from unit_tf.training.build_trainer import build_trainer, make_step
from unit_tf.training.finite_state import first_not_finite
from unit_tf.training.health.health_watch import HealthWatch
from unit_tf.training.health.observation import fixed_batch
from unit_tf.training.logs import TensorBoardLog
from unit_tf.training.loop import PREVIEW_ROWS
from unit_tf.training.strategy import distribute
from unit_tf.training.tensorflow_settings import prepare_tensorflow
from unit_tf.training.workdir import CONFIG, LOGS

WARM = 5  # steps: the batches that were read ahead while the first one compiled are used up
GROUPS = 8  # of steps that are timed together, where they are short
LEAST, MOST = 2, 1_000  # groups, and steps in one


def measure(config, data, strategy, folder, seconds, spawned, scorer=None, after_save=None):
    """Does everything that a training does, and times it.

    Args:
      config: ExperimentConfig.
      data: Data.
      strategy: tf.distribute.Strategy.
      folder: pathlib.Path of an empty folder, in place of a workdir.
      seconds: how long steps are timed.
      spawned: when the process was started, as ``time.time`` says it.
      scorer, after_save: as Loop's.

    Returns:
      Measurement, without ``end``.
    """
    prepare_tensorflow(config.run)
    base = peak_memory()
    trainer = build_trainer(config, strategy)
    write_text(folder / CONFIG, config.to_json())
    health = HealthWatch(trainer, data, folder)
    batches = iter(distribute(strategy, training_dataset(data, config)))
    step = make_step(trainer, strategy)
    _take(step, batches)
    start = time.time() - spawned
    times = step_times(lambda count: _take(step, batches, count), seconds)
    log = TensorBoardLog(folder / LOGS)
    costs = {
        "health": cost(lambda: health.check(config.run.health_every, log, print)),
        "image": cost(lambda: _image(trainer, data, log)),
        "save": cost(lambda: _save(trainer, folder, log, after_save)),
        "score": Cost(),
    }
    if scorer:
        taken = _seconds(lambda: scorer(checkpoints.list_checkpoints(folder)[-1]))
        costs["score"] = Cost(taken, taken)
    read = reading_seconds(data, config, seconds / 4)
    log.close()
    return Measurement(start, typical(times), read, peak=peak_memory(), base=base, **costs)


def step_times(take, seconds):
    """Seconds of a step, several times.

    Args:
      take: takes a number of steps, and waits for the last; as a training, which lets a GPU work
        while it prepares the next ones.
      seconds: how long; long steps may take three times as long, until there are LEAST.
    """
    begun = time.perf_counter()
    for _ in range(WARM):
        one = _seconds(lambda: take(1))
        if time.perf_counter() - begun > seconds:
            break
    count = min(MOST, max(1, int(seconds / GROUPS / max(one, 1e-6))))
    times, begun = [], time.perf_counter()
    while True:
        times.append(_seconds(lambda: take(count)) / count)
        passed = time.perf_counter() - begun
        if passed > 3 * seconds and len(times) >= LEAST or passed > seconds and len(times) > WARM:
            return times
        if len(times) >= 2 * GROUPS:
            return times


def reading_seconds(data, config, seconds):
    """Seconds in which the images of a step are read, while nothing else is done."""
    batches = iter(training_dataset(data, config))
    return typical(step_times(lambda count: [next(batches) for _ in range(count)], seconds))


def cost(function):
    """Cost of a call: the first one, and the second."""
    return Cost(_seconds(function), _seconds(function))


def peak_memory(status="/proc/self/status"):
    """Bytes: the most that this process has taken, of its GPUs where it has any.

    Args:
      status: Linux' file about it. ``getrusage`` would count what the parent has as well.
    """
    gpus = range(len(tf.config.list_logical_devices("GPU")))
    if gpus:
        return float(max(tf.config.experimental.get_memory_info(f"GPU:{i}")["peak"] for i in gpus))
    if os.path.exists(status):
        text = pathlib.Path(status).read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"VmHWM:\s*(\d+) kB", text):
            return 1024.0 * int(found[1])
    unit = 1 if sys.platform == "darwin" else 1024
    return float(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _take(step, batches, count=1):
    """Some steps, of which the last one's losses are waited for."""
    for _ in range(count):
        logs = step(batches)
    return {name: float(value) for name, value in logs.items()}


def _image(trainer, data, log):
    log.grid(0, trainer.method.preview(fixed_batch(data, trainer.config, PREVIEW_ROWS)))


def _save(trainer, folder, log, after_save):
    first_not_finite(trainer)
    checkpoints.save(trainer, folder, trainer.config.run.keep_checkpoints)
    log.flush()
    if after_save:
        after_save(int(trainer.step.numpy()))


def _seconds(function):
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun
