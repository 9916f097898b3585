"""Table 2 of the paper rerun: every row on several seeds, into docs/results.md.

  python tools/reproduction/da.py --output=runs/da --data.tfds_dir=DIR --data.usps_dir=DIR
  python tools/reproduction/da.py --output=runs/da ... --rows=da,cogan --seeds=0,1,2 --jobs=2
  python tools/reproduction/da.py --output=runs/da ... --rows=ablations --seeds=0
  python tools/reproduction/da.py --output=runs/da ... --tasks=mnist_tiles

--tasks names what is adapted to what: by default Table 2's mnist_usps and usps_mnist, of those that
a row has. mnist_tiles is a harder one of our own, and needs no USPS.

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them (--model.width to those with E and G). They run in processes of their own
(train_and_read.py), which read the target's test images ten times on their way. Then report_da.py
prints the tables, or writes them into --document.
"""

import functools
import pathlib
import sys
import typing

from absl import flags as absl_flags

import grid
import grid_flags
from unit_tf.cli import flags
from unit_tf.config import PLACES, UserError
from unit_tf.data.registry import find_source
from unit_tf.presets import preset_config
from unit_tf.resolve import resolve

# Set by tools/reproduction/train_and_read.py.
CHECKPOINTS = ("run.checkpoint_every", "run.keep_checkpoints")
# Each task by the end of its presets' names.
DIRECTIONS = {
    "mnist_usps": "MNIST to USPS", "usps_mnist": "USPS to MNIST",
    "mnist_tiles": "MNIST to MNIST over tiles",
}  # fmt: skip
TABLE_2 = ("mnist_usps", "usps_mnist")


class Row(typing.NamedTuple):
    """A row of the table.

    Attributes:
      title: what it is.
      preset: name of its presets, the direction in braces.
      paper: {direction: accuracy in Table 2}.
      changes: {"section.field": value} on top of the preset.
      directions: those that are trained.
      start: {"section.field": value}: what was another default when its records of TABLE_2 were
        made.
    """

    title: str
    preset: str
    paper: dict = {}
    changes: dict = {}
    directions: tuple = TABLE_2
    start: dict = {}


# USPS' digits fill the frame, as 16x16 pixels made 28x28 do; all presets frame them as MNIST's.
ENLARGED = {"data.fit": "pad"}

# Rows whose records are of a time when the moving average's decay did not grow: what is trained for
# them now must not be averaged with other settings. A new row is a plain Row.
_old_row = functools.partial(Row, start={"optim.ema_warmup": False})

_every_task = functools.partial(_old_row, directions=tuple(DIRECTIONS))

TABLE = {
    "da": _every_task("UNIT", "da_{}", {"mnist_usps": 0.9597, "usps_mnist": 0.9358}),
    "cogan": _every_task("CoGAN", "cogan_{}", {"mnist_usps": 0.9565, "usps_mnist": 0.9315}),
    "dann": _every_task("DANN", "dann_{}"),
    "source_only": _every_task("source only", "source_only_{}"),
    "da_labelled": _old_row("UNIT, labels for translations", "da_{}_labelled"),
    "da_augmented": _old_row("UNIT, augmented", "da_{}_augmented"),
    "dann_augmented": _old_row("DANN, augmented", "dann_{}_augmented"),
    "source_only_augmented": _old_row("source only, augmented", "source_only_{}_augmented"),
    "da_enlarged": _old_row("UNIT, enlarged", "da_{}", changes=ENLARGED),
    "da_labelled_enlarged": _old_row(
        "UNIT, labels for translations, enlarged", "da_{}_labelled", changes=ENLARGED
    ),
    "cogan_enlarged": _old_row("CoGAN, enlarged", "cogan_{}", changes=ENLARGED),
    "dann_enlarged": _old_row("DANN, enlarged", "dann_{}", changes=ENLARGED),
    "source_only_enlarged": _old_row("source only, enlarged", "source_only_{}", changes=ENLARGED),
}


def _ablation(title, changes, row=_old_row):
    return row(f"UNIT, {title}", "da_{}", changes=changes, directions=("usps_mnist",))


# What decides the score: one thing changed at a time, in the harder direction.
ABLATIONS = {
    "apart": _ablation("first layers drawn apart", {"model.same_start": False}),
    "faint": _ablation("weights as released", {"weights.reconstruction": 1e-3, "weights.kl": 1e-4}),
    "slow": _ablation("rate 2e-4", {"optim.learning_rate": 2e-4}),
    "featureless": _ablation("no feature distance", {"weights.feature": 0}),
    "squared": _ablation("squared feature distance", {"weights.feature_distance": "squared"}),
    "linear": _ablation("no ReLU behind the convolutions", {"model.architecture": "table5"}),
}
# Records name a row by its place, so what was added later stands behind all.
LATER = {
    # What health advises where gradients explode, as DANN's do over tiles.
    "dann_clipped": Row(
        "DANN, gradients clipped", "dann_{}", changes={"optim.clip_norm": 10},
        directions=("mnist_tiles",),
    ),
}  # fmt: skip
ROWS = {**TABLE, **ABLATIONS, **LATER}

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/da", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_list(
    "rows",
    ["table"],
    "rows to train and to show; table and ablations are groups",
    flag_values=FLAGS,
)
absl_flags.DEFINE_list("tasks", [*TABLE_2], f"of {', '.join(DIRECTIONS)}", flag_values=FLAGS)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer("jobs", 1, "trainings at a time", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


class Job(typing.NamedTuple):
    """One training: a row, a direction and a seed."""

    row: str
    direction: str
    seed: int

    @property
    def preset(self):
        """Its preset's name."""
        return ROWS[self.row].preset.format(self.direction)

    @property
    def name(self):
        """Of its folder and its record."""
        change = self.row.rpartition("_")[2] if ROWS[self.row].changes else ""
        return "_".join(filter(None, (self.preset, change, str(self.seed))))


def overrides_of(job):
    """{"section.field": value} that the flags give to one training."""
    overrides = flags.config_overrides(FLAGS)
    read = find_source(preset_config(job.preset).data.source).reads
    for name in PLACES:
        if name.partition(".")[2] not in read:  # where another task's data are
            overrides.pop(name, None)
    if not job.preset.startswith(("da_", "cogan_")):
        overrides.pop("model.width", None)  # there is no E or G, and all classifiers are as wide
    return overrides


def changes_of(job):
    """{"section.field": value} of a training on top of its preset."""
    row = ROWS[job.row]
    start = row.start if job.direction in TABLE_2 else {}
    return {**overrides_of(job), **row.changes, **start, "run.seed": job.seed}


def run_config(job):
    """The configuration of one training."""
    return resolve(job.preset, changes_of(job))


def described(job):
    """What tools/reproduction/report_da.py has to know of a training."""
    row = ROWS[job.row]
    return {
        "group": "ablations" if job.row in ABLATIONS else "table",
        "row": list(ROWS).index(job.row),
        "title": row.title,
        "direction": DIRECTIONS[job.direction],
        "paper": row.paper.get(job.direction),
        "seed": job.seed,
        "overrides": {k: v for k, v in overrides_of(job).items() if k not in PLACES},
    }


def jobs_of(row, seeds, tasks=tuple(DIRECTIONS)):
    """Every Job of a row in those of the tasks that it has."""
    return [Job(row, d, seed) for d in ROWS[row].directions if d in tasks for seed in seeds]


def training_of(job, where):
    """The grid.Training of a job in a Grid."""
    about, changes = described(job), changes_of(job)
    command = where.command("train_and_read.py", job.name, job.preset, about, changes)
    row = {key: about[key] for key in ("group", "row", "direction")}
    return grid.Training(job.name, run_config(job), command, row)


def said(record):
    """Its score, for the line that a whole training gets."""
    return f"{record['readings'][-1]['b']:.4f}"


def main():
    """Trains what is missing and has tools/reproduction/report_da.py print the tables."""
    flags.require(FLAGS, "output")
    grid_flags.refuse_own_settings(FLAGS, CHECKPOINTS)
    seeds = grid_flags.chosen_seeds(FLAGS.seeds)
    groups = {"table": [*TABLE, *LATER], "ablations": [*ABLATIONS]}
    rows = grid_flags.chosen_rows(FLAGS.rows, ROWS, groups)
    tasks = grid_flags.chosen(FLAGS, "tasks", DIRECTIONS)
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_da.py"))]
    report += [f"--results={FLAGS.results}"]
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    where = grid.Grid(FLAGS.output, FLAGS.results)
    # Seeds outermost: a table that is stopped early has every row.
    jobs = [job for seed in seeds for row in rows for job in jobs_of(row, [seed], tasks)]
    if not jobs:
        raise UserError(
            f"--tasks={','.join(tasks)}: no row of --rows={','.join(FLAGS.rows)} has it"
        )
    trainings = [training_of(job, where) for job in jobs]
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
