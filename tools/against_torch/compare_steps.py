"""A train step of ours beside the same networks and losses in PyTorch, on the same CPUs, in turns.

  tools/bench_against_torch.sh --preset=munit2018
  tools/bench_against_torch.sh --preset=munit_scenes --image_size=128 --rounds=3 --steps=5

The script makes PyTorch's environment and calls this. First it gives PyTorch's networks our weights
and prints how far a translation and the losses of the first two steps are from ours; what does not
agree is not timed. Then each round measures ours, ours with run.remat, and PyTorch written in two
ways (train_step.py says which), each in a process of its own. Prints a Markdown table of medians
over the rounds: seconds and CPU seconds a step, the peak memory of the process, and each as a share
of PyTorch's plain step. The table is of CPUs; no GPU is used.
"""

import functools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import typing

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
PRESETS = ("munit2018", "munit_edges", "munit_scenes")
absl_flags.DEFINE_enum("preset", "munit2018", PRESETS, "whose step", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "torch_python", None, "interpreter of an environment with PyTorch", flag_values=FLAGS
)
absl_flags.DEFINE_bool("only_flags", False, "end when the flags are checked", flag_values=FLAGS)
absl_flags.DEFINE_integer("image_size", 256, "side in pixels", flag_values=FLAGS)
absl_flags.DEFINE_integer("batch_size", 1, "images of each domain", flag_values=FLAGS)
absl_flags.DEFINE_float("width", 1.0, "multiplier of all filters", flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 2, "turns of each row", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 2, "timed steps of a turn", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "threads", 0, "of each process; 0: one for each CPU that it may use", lower_bound=0,
    flag_values=FLAGS,
)  # fmt: skip

HERE = pathlib.Path(__file__).resolve().parent
CHECK_SIDE = 64  # the smallest that is allowed; weights are the same at every size
CHECK_STEPS = 2
# Largest differences of a translation, of the first step's losses and of the second's. Float32 adds
# in another order. The second step shows the first one's gradients. Adam's first update has a
# gradient's sign alone, be it as small as rounding.
CLOSE = (1e-3, 1e-3, 2e-2)
COLUMNS = ("wall s", "CPU s", "peak GB", "wall ratio", "CPU ratio", "memory ratio", "parameters")
PLAIN = "PyTorch"


class Measured(typing.NamedTuple):
    """Seconds and CPU seconds of a step, and the peak memory of its process in GB."""

    wall: float
    cpu: float
    peak: float


def settings(preset, image_size, batch_size, width):
    """What the configuration has in place of the preset's."""
    return {
        "data.root": "x", "data.image_size": image_size, "optim.batch_size": batch_size,
        "model.width": width,
    }  # fmt: skip


def facts_of(config):
    """What PyTorch's side builds its networks, losses and optimizers from; for JSON."""
    model, optim, styled = config.model, config.optim, config.model.method == "munit"
    return {
        "styled": styled,
        "channels": config.data.channels,
        "width": model.width,
        "num_blocks": model.num_blocks,
        "style_size": model.style_size if styled else 0,
        "noise": model.noise,
        "weights": vars(config.weights),
        "optim": vars(optim),
        "batch": [optim.batch_size, *config.data.image_size, config.data.channels],
    }


def write_ours(config, folder):
    """Writes weights.npz, check.npz and facts.json: our start, and what it computes.

    Args:
      config: ExperimentConfig.
      folder: pathlib.Path that is there.

    Returns:
      {"generator": parameters that its optimizer moves, "discriminator": the same}.
    """
    import keras
    import numpy as np
    import tensorflow as tf

    from unit_tf.methods.registry import build_method
    from unit_tf.methods.weights import kept_weights
    from unit_tf.training.trainer import Trainer

    keras.utils.set_random_seed(0)
    side = CHECK_SIDE
    small = config.replace({"data.image_size": side, "model.noise": 0.0})
    trainer = Trainer(build_method(small), small)
    method, arrays, terms = trainer.method, {}, []
    weights = {path: v.numpy() for path, v in kept_weights(method).items()}
    np.savez(folder / "weights.npz", **weights)
    shape = (2, 1, side, side, config.data.channels)
    batch = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    arrays.update({f"x/{d}": x for d, x in zip("ab", batch, strict=True)})
    batch = tuple(map(tf.constant, batch))
    arrays["translated"] = method.translate(batch[0], "a2b").numpy()
    step = tf.function(trainer.train_step)
    for i in range(CHECK_STEPS):
        if config.model.method == "munit":
            sampled = method.forward(batch, trainer.noise_seed()).sampled
            arrays.update({f"styles/{i}/{d}": s.numpy() for d, s in sampled.items()})
        terms.append({name: float(value) for name, value in step(batch).items()})
    np.savez(folder / "check.npz", **arrays)
    facts = json.dumps({**facts_of(config), "terms": terms})
    (folder / "facts.json").write_text(facts, encoding="utf-8")
    players = {"generator": method.generator_variables}
    players["discriminator"] = method.discriminator_variables
    return {p: sum(int(np.prod(v.shape)) for v in vs) for p, vs in players.items()}


def run(command):
    """A command's stdout; its stderr is passed on.

    Raises:
      UserError: it failed.
    """
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        name = pathlib.Path(next(c for c in command if c.endswith(".py"))).name
        raise UserError(f"{name} ended with status {done.returncode}; it says why above")
    return done.stdout


def ours(arguments, remat):
    """A Measured of tools/bench_train_step.py with these arguments, with or without run.remat."""
    tool = HERE.with_name("bench_train_step.py")
    command = [sys.executable, str(tool), *arguments, "--precisions=float32"]
    return measured_row(run([*command, f"--run.remat={remat}"]))


def measured_row(printed):
    """The Measured of the one row of a table that bench_train_step.py printed."""
    head, _, row = [line for line in printed.splitlines() if line.startswith("|")]
    cells = dict(zip(head.split(" | "), row.split(" | "), strict=True))
    cells = {name.strip("| "): cell.strip("| ") for name, cell in cells.items()}
    return Measured(*(float(cells[name]) for name in ("s a step", "CPU s", "peak GB")))


def torch_step(python, folder, what, threads, steps=1):
    """What train_step.py printed, as an object."""
    command = [python, str(HERE / "train_step.py"), str(folder), what]
    return json.loads(run([*command, f"--steps={steps}", f"--threads={threads}"]))


def middle(values):
    """The median, as bench_train_step.py takes it."""
    return sorted(values)[len(values) // 2]


def compared(found, parameters):
    """What the comparison of PyTorch's networks with ours found, in a line.

    Args:
      found: of ``train_step.py check``.
      parameters: ours, by player.

    Raises:
      UserError: they are not the same networks and losses.
    """
    its = {player: found[player] for player in parameters}
    if its != parameters:
        raise UserError(f"parameters differ: {parameters} here, {its} in PyTorch")
    apart = " and ".join(f"{100 * apart:.2g} %" for apart in found["terms"])
    line = (
        f"with the same weights a translation differs by {found['translation']:.1e} of [-1, 1] at "
        f"most, and the losses of the first two steps by {apart}"
    )
    values = (found["translation"], *found["terms"])
    if not all(value <= limit for value, limit in zip(values, CLOSE, strict=True)):
        raise UserError(f"PyTorch's step is not ours: {line}")
    return line


def table(measured, parameters):
    """Lines of the Markdown table.

    Args:
      measured: {row: list of Measured, one a round}; PLAIN is one of the rows.
      parameters: of both players together.
    """
    medians = {
        name: Measured(*map(statistics.median, zip(*rounds, strict=True)))
        for name, rounds in measured.items()
    }
    yield f"| float32 | {' | '.join(COLUMNS)} |"
    yield f"| --- |{' --- |' * len(COLUMNS)}"
    for name, own in medians.items():
        ratios = [f"{mine / its:.2f}" for mine, its in zip(own, medians[PLAIN], strict=True)]
        cells = [f"{own.wall:.3f}", f"{own.cpu:.3f}", f"{own.peak:.2f}", *ratios]
        yield f"| {name} | {' | '.join(cells)} | {parameters:,} |"


def in_turns(turns, rounds):
    """{row: list of Measured, one a round}; says on stderr how far it is.

    Args:
      turns: {row: function that measures it}.
      rounds: how often each is called.
    """
    found = {name: [] for name in turns}
    for i in range(rounds):
        for name, turn in turns.items():
            one = turn()
            found[name].append(one)
            shown = f"{one.wall:.3f} s, {one.cpu:.3f} CPU s, {one.peak:.2f} GB"
            print(f"round {i + 1}, {name}: {shown}", file=sys.stderr, flush=True)
    return found


def theirs(folder, what, threads, steps):
    """A Measured of train_step.py, whose arguments these are."""
    found = torch_step(FLAGS.torch_python, folder, what, threads, steps)
    return Measured(middle(found["wall"]), middle(found["cpu"]), found["peak"] / 1e9)


def measure(folder, given, threads):
    """``in_turns`` of the rows that the table has.

    Args:
      folder: that ``write_ours`` filled.
      given: {"section.field": value} for bench_train_step.py.
      threads: of each process.
    """
    arguments = [f"--{name}={value}" for name, value in given.items()]
    arguments += [f"--preset={FLAGS.preset}", f"--steps={FLAGS.steps}"]
    its = functools.partial(theirs, folder, threads=threads, steps=FLAGS.steps)
    turns = {
        "ours": functools.partial(ours, arguments, False),
        "ours, run.remat": functools.partial(ours, arguments, True),
        PLAIN: functools.partial(its, "plain"),
        "PyTorch, one forward pass": functools.partial(its, "lean"),
    }
    return in_turns(turns, FLAGS.rounds)


def free_cpus():
    """How many CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def check_python(python):
    """Raises UserError unless an interpreter has PyTorch."""
    if not python:
        raise UserError("--torch_python is required; tools/bench_against_torch.sh gives it")
    try:
        code = subprocess.run([python, "-c", "import torch"], capture_output=True).returncode
    except OSError:
        raise UserError(f"--torch_python={python}: no such interpreter") from None
    if code:
        raise UserError(f"--torch_python={python}: it cannot import torch")


def main():
    """Prints what agrees, and the table."""
    given = settings(FLAGS.preset, FLAGS.image_size, FLAGS.batch_size, FLAGS.width)
    config = resolve(FLAGS.preset, given)
    if FLAGS.only_flags:
        return
    check_python(FLAGS.torch_python)
    threads = FLAGS.threads or free_cpus()
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    os.environ.update(dict.fromkeys(names, str(threads)), CUDA_VISIBLE_DEVICES="-1")
    quiet.start_tensorflow()
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        parameters = write_ours(config, folder)
        found = torch_step(FLAGS.torch_python, folder, "check", threads)
        print(
            f"{FLAGS.preset}, {FLAGS.image_size}x{FLAGS.image_size}, batch {FLAGS.batch_size}, "
            f"width {FLAGS.width:g}, threads: {threads}; TensorFlow {tf.__version__}, PyTorch "
            f"{found['version']}\n\n{compared(found, parameters)}\n",
            flush=True,
        )
        measured = measure(folder, given, threads)
    print("\n".join(table(measured, sum(parameters.values()))))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
