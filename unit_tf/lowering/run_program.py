"""Trains a program to its last step, and measures how fast it is; no TensorFlow."""

import pathlib
import sys
import time
import typing

import numpy as np

from unit_tf.lowering import pjrt, program_folder
from unit_tf.lowering.run_folder import RunFolder

MATMUL_SIDE = 8192  # large enough that a GPU reaches its rate


class Cadence(typing.NamedTuple):
    """How many steps lie between two states, two rows of losses and two samples."""

    save_every: int = 1000
    log_every: int = 50
    sample_every: int = 1000


def train(program, output, last, cadence, should_stop):
    """Trains to the last step, or until it should stop; saves in either case.

    Args:
      program: folder of tools/lower_train_step.py.
      output: folder to make, or of an earlier run to go on with.
      last: where to end; None for the configuration's ``run.steps``.
      cadence: Cadence.
      should_stop: function without arguments, asked before each step.

    Returns:
      (the step where it stands, the step where it is to end).

    Raises:
      UserError: a folder is damaged or of another training, or JAX is missing.
      NotFinite: a loss or a weight is not finite.
    """
    folder = pathlib.Path(program).expanduser()
    manifest = program_folder.read_manifest(folder)
    output = RunFolder(output, manifest)
    state, step = output.newest(folder / program_folder.STATE)
    last = last or manifest.config.run.steps
    output.read_losses(step)
    batches = pjrt.Batches(folder, manifest.config)
    if step < last:  # compiling takes minutes
        programs = pjrt.Programs(folder, state)
        output.begin()
        print(f"{programs.device.device_kind}: step {step} of {last}", file=sys.stderr)
        _run_steps(programs, batches, output, last, cadence, should_stop)
        step = programs.step
    return step, last


def _run_steps(programs, batches, output, last, cadence, should_stop):
    """Trains until ``last`` or until it should stop, and saves."""
    begun, clock, saved = programs.step, time.monotonic(), programs.step
    while programs.step < last and not should_stop():
        losses = programs.train(*batches(programs.step))
        step = programs.step
        # The losses are waited for here alone; a GPU is given the next steps meanwhile.
        if step % cadence.log_every == 0 or step == last:
            numbers = {name: float(value) for name, value in losses.items()}
            output.log(step, numbers)
            rate = (step - begun) / (time.monotonic() - clock)
            print(_line(step, last, rate, numbers), file=sys.stderr, flush=True)
        if step % cadence.save_every == 0 or step == last:
            output.save(step, programs.values())
            saved = step
        if step % cadence.sample_every == 0 or step == last:
            sample = programs.sample(*batches.first(programs.manifest.rows))
            output.write_sample(step, sample)
    if programs.step > saved:
        output.save(programs.step, programs.values())


def _line(step, last, rate, losses):
    totals = (f"{k[6:]} {v:.3f}" for k, v in losses.items() if k.startswith("total/"))
    left = (last - step) / rate / 60
    return f"step {step}/{last}  {rate:.2f} steps/s  {left:.0f} min left  {' '.join(totals)}"


def measure(program, seconds):
    """How fast steps are beside a plain matmul on the same device.

    Args:
      program: folder of tools/lower_train_step.py.
      seconds: how long to train, without compiling.

    Returns:
      dict fit for JSON; None where XLA does not count a step's operations.
    """
    folder = pathlib.Path(program).expanduser()
    batches = pjrt.Batches(folder, program_folder.read_manifest(folder).config)
    programs = pjrt.Programs(folder, folder / program_folder.STATE)
    rate = _steps_per_second(programs, batches, seconds)
    operations, matmul = programs.operations(), matmul_rate()
    found = {
        "device": programs.device.device_kind,
        "steps_per_second": rate,
        "images_per_second": 2 * programs.manifest.config.optim.images_a_step * rate,
        "operations_per_step": operations,
        "matmul_operations_per_second": matmul,
        "share_of_matmul": operations * rate / matmul,
    }
    return {name: value if value == value else None for name, value in found.items()}


def _steps_per_second(programs, batches, seconds):
    for _ in range(3):
        losses = programs.train(*batches(programs.step))
    _wait(losses)
    begun, clock = programs.step, time.monotonic()
    while time.monotonic() - clock < seconds:
        ahead = programs.train(*batches(programs.step))
        _wait(losses)  # of the step before: one is always under way
        losses = ahead
    _wait(losses)
    return (programs.step - begun) / (time.monotonic() - clock)


def _wait(losses):
    return float(losses["total/generator"])


def matmul_rate(repeats=5):
    """Floating-point operations a second of a float32 matmul; the best of ``repeats``."""
    import jax

    side = MATMUL_SIDE if jax.default_backend() != "cpu" else MATMUL_SIDE // 4
    x = jax.random.normal(jax.random.key(0), (side, side), np.float32)
    multiply = jax.jit(lambda a: a @ a)
    multiply(x).block_until_ready()
    times = []
    for _ in range(repeats):
        clock = time.monotonic()
        multiply(x).block_until_ready()
        times.append(time.monotonic() - clock)
    return 2 * side**3 / min(times)
