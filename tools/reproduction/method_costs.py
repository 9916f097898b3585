"""What a training of compare_methods.py's rows takes: parameters, steps' CPU seconds, memory.

  python tools/reproduction/method_costs.py [--precision=mixed_bfloat16] [--rows=photos,munit]

Every row is trained in a process of its own, of one thread unless TF_NUM_INTRAOP_THREADS says
otherwise, on faces of --set. The processes take --steps steps each in turns, --rounds times, so
that a busy machine slows all alike; a row's figure is the median of its turns. What a step takes is
the same for all sets of one size, and at every step. Writes one JSON record, which
report_methods.py shows.
"""

import concurrent.futures
import multiprocessing
import os
import pathlib
import statistics
import sys

from absl import flags as absl_flags

import grid_flags
import image_sets
import recipe_rows
import records
import step_costs
from unit_tf import config as config_lib
from unit_tf.cli import flags, quiet
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "record", "results/costs/methods.json", "file for what came out", flag_values=FLAGS
)
absl_flags.DEFINE_list("rows", [*recipe_rows.METHODS], "ways to train", flag_values=FLAGS)
absl_flags.DEFINE_enum(
    "set", "eyeglasses", [n for n, s in image_sets.DATA_SETS.items() if not s.emoji],
    "images to train on", flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16"], "of each training", flag_values=FLAGS
)
absl_flags.DEFINE_integer("steps", 20, "of a turn", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 7, "turns of each row", lower_bound=1, flag_values=FLAGS)
THREADS = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
LENGTH = 3000  # steps of the whole training, of which a few are taken


def configs_of(rows):
    """{row's name: ExperimentConfig}."""
    found, data_set = {}, image_sets.DATA_SETS[FLAGS.set]
    for name in rows:
        row = recipe_rows.METHODS[name]
        preset, settings = recipe_rows.settings_of(data_set, row, LENGTH, None)
        found[name] = resolve(preset, {**settings, "run.precision": FLAGS.precision})
    return found


def measured(configs, steps, rounds):
    """The costs of every training.

    Args:
      configs: {name: ExperimentConfig}.
      steps: of a turn.
      rounds: turns of each.

    Returns:
      {name: what step_costs.end says, with "cpu_seconds", the median of "cpu_seconds_each"}.
    """
    fresh = multiprocessing.get_context("spawn")
    workers = {name: concurrent.futures.ProcessPoolExecutor(1, fresh) for name in configs}
    try:
        for name, worker in workers.items():  # one after the other, as what follows
            print(f"{name}: compiling", file=sys.stderr, flush=True)
            worker.submit(step_costs.begin, configs[name]).result()
        times = {name: [] for name in configs}
        for i in range(rounds):
            for name, worker in workers.items():
                times[name].append(worker.submit(step_costs.take, steps).result())
            shown = ", ".join(f"{name} {each[-1]:.3f}" for name, each in times.items())
            print(f"turn {i + 1} of {rounds}: {shown}", file=sys.stderr, flush=True)
        return {
            name: {
                "cpu_seconds": statistics.median(times[name]), "cpu_seconds_each": times[name],
                **worker.submit(step_costs.end).result(),
            }
            for name, worker in workers.items()
        }  # fmt: skip
    finally:
        for worker in workers.values():
            worker.shutdown(cancel_futures=True)


def main():
    """Measures and writes the record."""
    path = pathlib.Path(FLAGS.record).expanduser()
    grid_flags.check_folder("record", path.parent)
    if path.is_dir():
        raise config_lib.UserError(f"--record={path}: a folder; name a file")
    rows = grid_flags.chosen(FLAGS, "rows", recipe_rows.METHODS)
    for name in THREADS:
        os.environ.setdefault(name, "1")
    configs = configs_of(rows)
    quiet.start_tensorflow()
    from unit_tf.export.provenance import provenance

    origin = provenance()  # of the code that runs now
    costs = measured(configs, FLAGS.steps, FLAGS.rounds)
    record = {
        "set": FLAGS.set, "steps": FLAGS.steps, "rounds": FLAGS.rounds,
        "threads": os.environ[THREADS[0]],
        "rows": {
            name: {"title": recipe_rows.METHODS[name].title, **cost,
                   "settings": dict(configs[name].items())}
            for name, cost in costs.items()
        },
        **origin,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    records.write(path, record)
    for name, cost in costs.items():
        print(f"{name}: {cost['cpu_seconds']:.3f} CPU seconds a step")
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
