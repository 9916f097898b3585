"""Table 2 of the paper rerun: every row on several seeds, into docs/results.md.

  python tools/reproduce_da.py --output=runs/da --data.tfds_dir=DIR --data.usps_dir=DIR
  python tools/reproduce_da.py --output=runs/da ... --rows=da,cogan --seeds=0,1,2 --jobs=2
  python tools/reproduce_da.py --output=runs/da ... --rows=ablations --seeds=0

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them (--model.width to those with E and G). They run in processes of their own
(tools/train_and_read.py), which read the target's test images ten times on their way. Then
tools/report_da.py prints the tables, or writes them into --document.
"""

import json
import pathlib
import sys
import typing

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import PLACES
from unit_tf.experiments import grid
from unit_tf.resolve import resolve

# Set by tools/train_and_read.py.
CHECKPOINTS = ("run.checkpoint_every", "run.keep_checkpoints")
DIRECTIONS = {"mnist_usps": "MNIST to USPS", "usps_mnist": "USPS to MNIST"}


class Row(typing.NamedTuple):
    """A row of the table.

    Attributes:
      title: what it is.
      preset: name of its presets, the direction in braces.
      paper: {direction: accuracy in Table 2}.
      changes: {"section.field": value} on top of the preset.
      directions: those that are trained.
    """

    title: str
    preset: str
    paper: dict = {}
    changes: dict = {}
    directions: tuple = tuple(DIRECTIONS)


# USPS' digits fill the frame, as 16x16 pixels made 28x28 do; all presets frame them as MNIST's.
ENLARGED = {"data.fit": "pad"}

ROWS = {
    "da": Row("UNIT", "da_{}", {"mnist_usps": 0.9597, "usps_mnist": 0.9358}),
    "cogan": Row("CoGAN", "cogan_{}", {"mnist_usps": 0.9565, "usps_mnist": 0.9315}),
    "dann": Row("DANN", "dann_{}"),
    "source_only": Row("source only", "source_only_{}"),
    "da_labelled": Row("UNIT, labels for translations", "da_{}_labelled"),
    "da_augmented": Row("UNIT, augmented", "da_{}_augmented"),
    "dann_augmented": Row("DANN, augmented", "dann_{}_augmented"),
    "source_only_augmented": Row("source only, augmented", "source_only_{}_augmented"),
    "da_enlarged": Row("UNIT, enlarged", "da_{}", changes=ENLARGED),
    "da_labelled_enlarged": Row(
        "UNIT, labels for translations, enlarged", "da_{}_labelled", changes=ENLARGED
    ),
    "cogan_enlarged": Row("CoGAN, enlarged", "cogan_{}", changes=ENLARGED),
    "dann_enlarged": Row("DANN, enlarged", "dann_{}", changes=ENLARGED),
    "source_only_enlarged": Row("source only, enlarged", "source_only_{}", changes=ENLARGED),
}


def _ablation(title, changes):
    return Row(f"UNIT, {title}", "da_{}", changes=changes, directions=("usps_mnist",))


# What decides the score: one thing changed at a time, in the harder direction.
ABLATIONS = {
    "apart": _ablation("first layers drawn apart", {"model.same_start": False}),
    "faint": _ablation("weights as released", {"weights.reconstruction": 1e-3, "weights.kl": 1e-4}),
    "slow": _ablation("rate 2e-4", {"optim.learning_rate": 2e-4}),
    "featureless": _ablation("no feature distance", {"weights.feature": 0}),
    "squared": _ablation("squared feature distance", {"weights.feature_distance": "squared"}),
    "linear": _ablation("no ReLU behind the convolutions", {"model.architecture": "table5"}),
}
ROWS.update(ABLATIONS)

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/da", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_list(
    "rows",
    ["table"],
    "rows to train and to show; table and ablations are groups",
    flag_values=FLAGS,
)
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
    if not job.preset.startswith(("da_", "cogan_")):
        overrides.pop("model.width", None)  # there is no E or G, and all classifiers are as wide
    return overrides


def changes_of(job):
    """{"section.field": value} of a training on top of its preset."""
    # The records are of a time when the moving average's decay did not grow.
    fixed = {"optim.ema_warmup": False, "run.seed": job.seed}
    return {**overrides_of(job), **ROWS[job.row].changes, **fixed}


def run_config(job):
    """The configuration of one training."""
    return resolve(job.preset, changes_of(job))


def described(job):
    """What tools/report_da.py has to know of a training."""
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


def jobs_of(row, seeds):
    """Every Job of a row."""
    return [Job(row, d, seed) for d in ROWS[row].directions for seed in seeds]


def training_of(job, where):
    """The grid.Training of a job in a Grid."""
    tool = pathlib.Path(__file__).with_name("train_and_read.py")
    settings = {
        "workdir": where.folder(job.name), "record": where.record(job.name), "preset": job.preset,
        "about": json.dumps(described(job)), **changes_of(job),
    }  # fmt: skip
    command = [sys.executable, str(tool), *(f"--{k}={v}" for k, v in settings.items())]
    row = {key: described(job)[key] for key in ("group", "row", "direction")}
    return grid.Training(job.name, run_config(job), command, row)


def said(record):
    """Its score, for the line that a whole training gets."""
    return f"{record['readings'][-1]['b']:.4f}"


def main():
    """Trains what is missing and has tools/report_da.py print the tables."""
    flags.require(FLAGS, "output")
    grid.refuse_own_settings(FLAGS, CHECKPOINTS)
    seeds = grid.chosen_seeds(FLAGS.seeds)
    groups = {"table": [row for row in ROWS if row not in ABLATIONS], "ablations": [*ABLATIONS]}
    rows = grid.chosen_rows(FLAGS.rows, ROWS, groups)
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_da.py"))]
    report += [f"--results={FLAGS.results}"]
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    where = grid.Grid(FLAGS.output, FLAGS.results)
    # Seeds outermost: a table that is stopped early has every row.
    jobs = [job for seed in seeds for row in rows for job in jobs_of(row, [seed])]
    trainings = [training_of(job, where) for job in jobs]
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
