"""Runs a training that tools/lower_train_step.py wrote, through JAX's PJRT client.

  python tools/run_lowered.py --program=program --output=run
  python tools/run_lowered.py --program=program --measure=10

Needs numpy, pillow and jax with whatever device it finds; no TensorFlow, no Keras, no absl. The
batches are those of unit-train with the same settings. --output gets state.npz, losses.csv and
samples/, each at its cadence; the same command goes on from there. Ctrl-C saves first.
"""

import argparse
import csv
import io
import json
import math
import pathlib
import signal
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a bare machine has this checkout and no installed package

from unit_tf.config import UserError  # noqa: E402
from unit_tf.files import atomic_path, write_text  # noqa: E402
from unit_tf.lowering import pjrt, program_folder  # noqa: E402
from unit_tf.training.workdir import other_settings  # noqa: E402

KEPT = "the last state that was saved is kept"
CONFIG, LOSSES, SAMPLES = "config.json", "losses.csv", "samples"
MATMUL_SIDE = 8192  # large enough that a GPU reaches its rate


class Diverged(RuntimeError):
    """A loss is no longer finite."""


def parsed(argv):
    """The flags."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", required=True, help="folder of tools/lower_train_step.py")
    parser.add_argument("--output", help="folder of state, losses and samples")
    parser.add_argument("--steps", type=_positive, help="where to stop; run.steps if left out")
    parser.add_argument("--save_every", type=_positive, default=1000, help="steps between states")
    parser.add_argument("--log_every", type=_positive, default=50, help="steps between losses")
    parser.add_argument("--sample_every", type=_positive, default=1000, help="between images")
    parser.add_argument(
        "--measure", type=_seconds, metavar="SECONDS", help="only say how fast it is"
    )
    arguments = parser.parse_args(argv)
    if bool(arguments.output) == bool(arguments.measure):
        parser.error("give --output, or --measure=SECONDS alone")
    return arguments


def _seconds(text):
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("expected a finite number above 0")
    return value


def _positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("expected a whole number from 1")
    return value


class Output:
    """The folder that a run leaves: every file whole or not there.

    Args:
      folder: to make, or one of the same training to go on with.
      manifest: program_folder.Manifest.

    Raises:
      UserError: it cannot be made, or holds another training.
    """

    def __init__(self, folder, manifest):
        self.folder, self.manifest = pathlib.Path(folder).expanduser(), manifest
        path = self.folder / CONFIG
        if (self.folder / program_folder.MANIFEST).exists():
            raise UserError(f"--output={folder}: holds a program; give another folder")
        wrong = other_settings(manifest.config, path) if path.exists() else []
        if wrong:
            raise UserError(
                f"--output={folder}: holds another training ({'; '.join(wrong)}); give another "
                "folder"
            )
        self._rows = []

    def newest(self, first):
        """(file, step) of the state to begin with: its own or, where there is none yet, ``first``.

        Raises:
          UserError: the program has gone on without it.
        """
        own, begins = self.folder / program_folder.STATE, program_folder.step_of(first)
        if not own.exists():
            return first, begins
        step = program_folder.step_of(own)
        if step < begins:
            raise UserError(
                f"--output={self.folder}: stands at step {step}, and the program begins at "
                f"{begins}; give another folder"
            )
        return own, step

    def read_losses(self, step):
        """Takes up the losses of an earlier run, but for those after ``step``.

        Raises:
          UserError: the file is none of this training.
        """
        path = self.folder / LOSSES
        if not path.exists():
            return
        try:
            rows = [*csv.reader(io.StringIO(path.read_text(encoding="utf-8")))]
            if not rows or rows[0] != ["step", *self.manifest.logs]:
                raise ValueError
            self._rows = [row for row in rows[1:] if int(row[0]) <= step]
        except (OSError, ValueError, IndexError, csv.Error):
            raise UserError(
                f"{path}: damaged; without it the run goes on, and its losses begin anew"
            ) from None

    def begin(self):
        """Makes the folder, and clears it of what a killed run half wrote."""
        try:
            write_text(self.folder / CONFIG, self.manifest.config.to_json())
            for leftover in self.folder.glob(f".{program_folder.STATE}.*"):
                leftover.unlink()
        except OSError as error:
            raise UserError(f"--output={self.folder}: {error.strerror.lower()}") from None

    def log(self, step, losses):
        """Remembers {name: float} until the next save.

        Raises:
          Diverged: one is not finite.
        """
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            raise Diverged(f"step {step}: {bad[0]} is not finite; {KEPT}")
        self._rows.append([step, *(repr(losses[name]) for name in self.manifest.logs)])

    def save(self, programs):
        """Writes losses and variables; the state last, so that losses are never behind it.

        Raises:
          Diverged: a weight is not finite, and nothing is written.
        """
        values = programs.values()
        for argument, value in zip(self.manifest.state, values, strict=True):
            if argument.name.startswith("network/") and not np.isfinite(value).all():
                raise Diverged(f"step {programs.step}: {argument.name} is not finite; {KEPT}")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([["step", *self.manifest.logs], *self._rows])
        write_text(self.folder / LOSSES, text.getvalue())
        program_folder.write_state(self.folder / program_folder.STATE, self.manifest, values)

    def draw(self, step, columns):
        """Writes a grid of the sample."""
        from PIL import Image

        from unit_tf.evaluation.image_grids import image_grid

        images = [np.uint8(np.clip((x + 1) * 127.5 + 0.5, 0, 255)) for x in columns.values()]
        grid = image_grid([*zip(*images, strict=True)], [*columns])
        path = self.folder / SAMPLES / f"{step:09d}.png"
        with atomic_path(path) as temporary:
            Image.fromarray(grid).save(temporary)


def train(arguments):
    """Trains to the last step or to a signal; returns the exit code."""
    folder, caught = pathlib.Path(arguments.program).expanduser(), _watch_signals()
    manifest = program_folder.read_manifest(folder)
    output = Output(arguments.output, manifest)
    state, step = output.newest(folder / program_folder.STATE)
    last = arguments.steps or manifest.config.run.steps
    output.read_losses(step)
    batches = pjrt.Batches(folder, manifest.config)
    if step < last:  # compiling takes minutes
        programs = pjrt.Programs(folder, state)
        output.begin()
        print(f"{programs.device.device_kind}: step {step} of {last}", file=sys.stderr)
        _steps(arguments, programs, batches, output, last, caught)
        step = programs.step
    if caught and step < last:
        print(STOPPED, file=sys.stderr)
        return 128 + caught[0]
    print(f"{arguments.output}: trained to step {step}")
    return 0


def _steps(arguments, programs, batches, output, last, caught):
    """Trains until ``last`` or until something is caught, and saves."""
    begun, clock, saved = programs.step, time.monotonic(), programs.step
    while programs.step < last and not caught:
        losses = programs.train(*batches(programs.step))
        step = programs.step
        # The losses are waited for here alone; a GPU is given the next steps meanwhile.
        if step % arguments.log_every == 0 or step == last:
            numbers = {name: float(value) for name, value in losses.items()}
            output.log(step, numbers)
            rate = (step - begun) / (time.monotonic() - clock)
            print(_line(step, last, rate, numbers), file=sys.stderr, flush=True)
        if step % arguments.save_every == 0 or step == last:
            output.save(programs)
            saved = step
        if step % arguments.sample_every == 0 or step == last:
            output.draw(step, programs.sample(*batches.first(programs.manifest.rows)))
    if programs.step > saved:
        output.save(programs)


def _line(step, last, rate, losses):
    totals = (f"{k[6:]} {v:.3f}" for k, v in losses.items() if k.startswith("total/"))
    left = (last - step) / rate / 60
    return f"step {step}/{last}  {rate:.2f} steps/s  {left:.0f} min left  {' '.join(totals)}"


STOPPED = "run_lowered: stopped; run the same command again to go on"


def _watch_signals():
    """A list that gets the number of the first SIGINT or SIGTERM; a second SIGINT stops at once."""
    caught = []

    def remember(number, frame):
        del frame
        caught.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, remember)
    return caught


def measure(arguments):
    """Prints, as JSON, how fast steps are beside a plain matmul on the same device."""
    folder = pathlib.Path(arguments.program).expanduser()
    batches = pjrt.Batches(folder, program_folder.read_manifest(folder).config)
    programs = pjrt.Programs(folder, folder / program_folder.STATE)
    for _ in range(3):
        losses = programs.train(*batches(programs.step))
    _wait(losses)
    begun, clock = programs.step, time.monotonic()
    while time.monotonic() - clock < arguments.measure:
        ahead = programs.train(*batches(programs.step))
        _wait(losses)  # of the step before: one is always under way
        losses = ahead
    _wait(losses)
    rate = (programs.step - begun) / (time.monotonic() - clock)
    operations, matmul = programs.operations(), matmul_rate()
    found = {
        "device": programs.device.device_kind, "steps_per_second": rate,
        "images_per_second": 2 * programs.manifest.config.optim.batch_size * rate,
        "operations_per_step": operations, "matmul_operations_per_second": matmul,
        "share_of_matmul": operations * rate / matmul,
    }  # fmt: skip
    print(json.dumps({k: v if v == v else None for k, v in found.items()}))
    return 0


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


def main(argv=None):
    """Runs; returns the exit code."""
    arguments = parsed(argv)
    try:
        return measure(arguments) if arguments.measure else train(arguments)
    except UserError as error:
        print(f"run_lowered: {error}", file=sys.stderr)
        return 2
    except Diverged as error:
        print(f"run_lowered: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while programs are compiled, or the second one
        print(STOPPED, file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
