"""Runs a training that tools/lower_train_step.py wrote, through JAX's PJRT client.

  python tools/run_lowered.py --program=program --output=run
  python tools/run_lowered.py --program=program --measure=10

Needs numpy, pillow and jax with whatever device it finds; no TensorFlow, no Keras, no absl. The
batches are those of unit-train with the same settings. --output gets state.npz, losses.csv and
samples/, each at its cadence; the same command goes on from there. Ctrl-C saves first.
"""

import argparse
import json
import math
import pathlib
import signal
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a bare machine has this checkout and no installed package

from unit_tf.config import UserError  # noqa: E402
from unit_tf.lowering import run_program  # noqa: E402
from unit_tf.lowering.run_folder import NotFinite  # noqa: E402

STOPPED = "run_lowered: stopped; run the same command again to go on"


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


def train(arguments):
    """Trains to the last step or to a signal; returns the exit code."""
    caught = _watch_signals()
    cadence = run_program.Cadence(arguments.save_every, arguments.log_every, arguments.sample_every)
    step, last = run_program.train(
        arguments.program, arguments.output, arguments.steps, cadence, lambda: bool(caught)
    )
    if caught and step < last:
        print(STOPPED, file=sys.stderr)
        return 128 + caught[0]
    print(f"{arguments.output}: trained to step {step}")
    return 0


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


def main(argv=None):
    """Runs; returns the exit code."""
    arguments = parsed(argv)
    try:
        if not arguments.measure:
            return train(arguments)
        print(json.dumps(run_program.measure(arguments.program, arguments.measure)))
        return 0
    except UserError as error:
        print(f"run_lowered: {error}", file=sys.stderr)
        return 2
    except NotFinite as error:
        print(f"run_lowered: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # while programs are compiled, or the second one
        print(STOPPED, file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
