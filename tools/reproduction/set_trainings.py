"""Trainings of ways on data sets, as recipe.py and compare_methods.py run them."""

import pathlib
import sys
import typing

from absl import flags as absl_flags

import grid
import grid_flags
import image_sets
import recipe_rows
from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.resolve import resolve


def define_flags(values, sets, rows, all_rows):
    """Defines the flags of such a tool.

    Args:
      values: FlagValues.
      sets, rows: names that it trains when none are given.
      all_rows: names of the rows there are.
    """
    absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=values)
    absl_flags.DEFINE_string("results", "results/recipe", "folder of records", flag_values=values)
    absl_flags.DEFINE_string("emoji", None, "what tools/prepare_emoji.sh wrote", flag_values=values)
    absl_flags.DEFINE_list("sets", sets, "data sets to train on", flag_values=values)
    absl_flags.DEFINE_list(
        "rows", rows, f"ways to train: {', '.join(all_rows)}", flag_values=values
    )
    absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=values)
    absl_flags.DEFINE_integer("steps", 3000, "of each training", lower_bound=1, flag_values=values)
    absl_flags.DEFINE_enum(
        "precision", "float32", ["float32", "mixed_bfloat16"], "of each training",
        flag_values=values,
    )  # fmt: skip
    absl_flags.DEFINE_integer(
        "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1,
        flag_values=values,
    )  # fmt: skip
    absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=values)


class Job(typing.NamedTuple):
    """One training: a data set, a row, and a seed, by their names."""

    data_set: str
    row: str
    seed: int


def chosen_jobs(values, all_rows, all_sets=image_sets.DATA_SETS):
    """Every Job that the flags name; seeds outermost, so that all sets have one soon.

    Args:
      values: FlagValues with ``define_flags``' flags.
      all_rows: {name: recipe_rows.Row}.
      all_sets: names that --sets may have, of image_sets.DATA_SETS.

    Raises:
      UserError: there is no such set, row or seed, or the emoji are missing or of another size.
    """
    sets = grid_flags.chosen(values, "sets", all_sets)
    rows = grid_flags.chosen(values, "rows", all_rows)
    for name in sets:
        data_set = image_sets.DATA_SETS[name]
        if data_set.emoji and not values.emoji:
            raise config_lib.UserError(
                f"--emoji: needed for --sets={name}; tools/prepare_emoji.sh writes the folder"
            )
        if data_set.emoji:
            image_sets.check_emoji(pathlib.Path(values.emoji, data_set.emoji))
        if data_set.held_back and (tried := [row for row in rows if row in recipe_rows.TRIED]):
            raise config_lib.UserError(
                f"--rows={tried[0]}: not on {name}, which is held back from choosing the recipe"
            )
    seeds = grid_flags.chosen_seeds(values.seeds)
    return [Job(name, row, seed) for seed in seeds for name in sets for row in rows]


def training_of(values, all_rows, job, where):
    """The grid.Training of a job in a Grid; ``values`` and ``all_rows`` as in ``chosen_jobs``."""
    data_set = image_sets.DATA_SETS[job.data_set]
    row = all_rows[job.row]
    preset, settings = recipe_rows.settings_of(data_set, row, values.steps, values.emoji)
    settings |= {"run.seed": job.seed, "run.precision": values.precision}
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


def run(values, all_rows, report):
    """Trains what is missing, then has a report print its table; returns the exit code.

    Args:
      values, all_rows: as in ``chosen_jobs``.
      report: name of the script of the table, beside this one.
    """
    flags.require(values, "output")
    where = grid.Grid(values.output, values.results)
    jobs = chosen_jobs(values, all_rows)
    trainings = [training_of(values, all_rows, job, where) for job in jobs]
    command = report_command(values, report, values.results)
    return grid.run_and_report(where, trainings, said, values.jobs, command)


def report_command(values, report, results):
    """The process that makes the tables, as a list of str.

    Args:
      values: FlagValues with ``define_flags``' flags.
      report: name of its script, beside this one.
      results: folder of the records.
    """
    command = [sys.executable, str(pathlib.Path(__file__).with_name(report))]
    command.append(f"--results={results}")
    return [*command, f"--document={values.document}"] if values.document else command
