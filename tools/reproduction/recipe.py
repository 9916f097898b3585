"""One recipe on six data sets with exact truth: preset photos beside its ceiling and old presets.

  tools/prepare_emoji.sh emoji --size=128
  python tools/reproduction/recipe.py --output=runs/recipe --emoji=emoji [--sets=...] [--rows=...]

Every training has 64x64 images, as many steps as the others, and a folder in OUTPUT where it goes
on if it was stopped; a finished one leaves a record in --results and is not run again. Two data
sets are held back: the recipe was not chosen by them. report_recipe.py makes the table.
"""

import pathlib
import sys
import typing

from absl import flags as absl_flags

import grid
import grid_flags
import recipe_rows
from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/recipe", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("emoji", None, "what tools/prepare_emoji.sh wrote", flag_values=FLAGS)
absl_flags.DEFINE_list(
    "sets", [*recipe_rows.DATA_SETS], "data sets to train on", flag_values=FLAGS
)  # fmt: skip
absl_flags.DEFINE_list(
    "rows", ["photos", "pairs"],
    f"ways to train: {', '.join([*recipe_rows.ROWS, *recipe_rows.TRIED])}", flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 2000, "of each training", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_enum(
    "precision", "float32", ["float32", "mixed_bfloat16"], "of each training", flag_values=FLAGS
)
absl_flags.DEFINE_integer(
    "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)


class Job(typing.NamedTuple):
    """One training: a data set, a row, and a seed, by their names."""

    data_set: str
    row: str
    seed: int


def chosen_jobs():
    """Every Job that the flags name; seeds outermost, so that all sets have one soon.

    Raises:
      UserError: there is no such set, row or seed, or the emoji are missing.
    """
    sets = grid_flags.chosen(FLAGS, "sets", recipe_rows.DATA_SETS)
    rows = grid_flags.chosen(FLAGS, "rows", {**recipe_rows.ROWS, **recipe_rows.TRIED})
    for name in sets:
        data_set = recipe_rows.DATA_SETS[name]
        if data_set.emoji and not FLAGS.emoji:
            raise config_lib.UserError(
                f"--emoji: needed for --sets={name}; tools/prepare_emoji.sh writes the folder"
            )
        if data_set.held_back and (tried := [row for row in rows if row in recipe_rows.TRIED]):
            raise config_lib.UserError(
                f"--rows={tried[0]}: not on {name}, which is held back from choosing the recipe"
            )
    seeds = grid_flags.chosen_seeds(FLAGS.seeds)
    return [Job(name, row, seed) for seed in seeds for name in sets for row in rows]


def training_of(job, where):
    """The grid.Training of a job in a Grid."""
    data_set = recipe_rows.DATA_SETS[job.data_set]
    row = {**recipe_rows.ROWS, **recipe_rows.TRIED}[job.row]
    preset, settings = recipe_rows.settings_of(data_set, row, FLAGS.steps, FLAGS.emoji)
    settings |= {"run.seed": job.seed, "run.precision": FLAGS.precision}
    name = f"{job.data_set}_{job.row}_{job.seed}"
    about = {
        "group": job.data_set, "row": job.row, "title": row.title, "paper": None, "seed": job.seed,
        "overrides": {},
    }  # fmt: skip
    command = where.command("train_and_read.py", name, preset, about, settings)
    own = {"group": job.data_set, "row": job.row}
    return grid.Training(name, resolve(preset, settings), command, own)


def said(record):
    """Its scores, for the line that a whole training gets."""
    scores = record["readings"][-1]["a2b"]
    shares = ""
    if "attribute_share" in scores:
        shares = f", outside {scores['outside/l1']:.2f}, attribute {scores['attribute_share']:.2f}"
    return f"L1 {scores['l1']:.2f}, accuracy {scores['accuracy/all_channels']:.3f}{shares}"


def main():
    """Trains what is missing and has report_recipe.py print the table."""
    flags.require(FLAGS, "output")
    where = grid.Grid(FLAGS.output, FLAGS.results)
    trainings = [training_of(job, where) for job in chosen_jobs()]
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_recipe.py"))]
    report.append(f"--results={FLAGS.results}")
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
