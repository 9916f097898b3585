"""Table 2 of the paper rerun: every row on several seeds, into docs/results.md.

  python tools/reproduce_da.py --output=runs/da --data.tfds_dir=DIR --data.usps_dir=DIR
  python tools/reproduce_da.py --output=runs/da ... --rows=da,cogan --seeds=0,1,2 --jobs=2
  python tools/reproduce_da.py --output=runs/da ... --rows=ablations --seeds=0

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them (--model.width to those with E and G). They run in processes of their own
(tools/train_and_read.py), which read the target's test pictures ten times on their way. Then
tools/report_da.py prints the tables, or writes them into --document.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf import presets, relevance
from unit_tf.cli import flags
from unit_tf.training import workdir as workdir_lib

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
    def folder(self):
        """Where it lives."""
        change = self.row.rpartition("_")[2] if ROWS[self.row].changes else ""
        name = "_".join(filter(None, (self.preset, change, str(self.seed))))
        return pathlib.Path(FLAGS.output).expanduser() / name

    @property
    def record(self):
        """What it leaves when it is whole."""
        return pathlib.Path(FLAGS.results).expanduser() / f"{self.folder.name}.json"


def overrides_of(job):
    """{"section.field": value} that the flags give to one training."""
    overrides = flags.config_overrides(FLAGS)
    if not job.preset.startswith(("da_", "cogan_")):
        overrides.pop("model.width", None)  # there is no E or G, and all classifiers are as wide
    return overrides


def changes_of(job):
    """{"section.field": value} of a training on top of its preset."""
    return {**overrides_of(job), **ROWS[job.row].changes, "run.seed": job.seed}


def run_config(job):
    """The configuration of one training."""
    return presets.resolve(job.preset, changes_of(job))


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
        "overrides": {k: v for k, v in overrides_of(job).items() if k not in relevance.PLACES},
    }


def read_result(path):
    """What a training has written, or None."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def jobs_of(row, seeds):
    """Every Job of a row."""
    return [Job(row, d, seed) for d in ROWS[row].directions for seed in seeds]


def is_done(job):
    """Whether a training has all the steps that it is to have now.

    Raises:
      UserError: there is one of other settings, with which this one's must not be averaged.
    """
    config, path = run_config(job), job.folder / workdir_lib.CONFIG
    refuse_mixture(job, config)
    record = read_result(job.record)
    if record:
        return record["steps"] >= config.run.steps
    if path.exists():
        refuse_another(job.folder, config, workdir_lib.stored_config(path))
    return False


def refuse_mixture(job, config):
    """Raises UserError where any seed of a row and direction has a record of other settings."""
    about = described(job)
    for path in sorted(job.record.parent.glob("*.json")):
        record = read_result(path) or {}
        if all(record.get(key) == about[key] for key in ("group", "row", "direction")):
            refuse_another(path, config, config_lib.ExperimentConfig().replace(record["settings"]))


def refuse_another(where, config, stored):
    """Raises UserError where another configuration was trained."""
    differences = config.differences(stored)
    wrong = [d for d in differences if d.partition(":")[0] not in relevance.FREE_IN_REPEATS]
    if wrong:
        raise config_lib.UserError(f"{where}: another training ({'; '.join(wrong)})")


def train_all(jobs):
    """Runs trainings in processes of their own, FLAGS.jobs at a time; returns the exit code."""
    threads = str(max(1, (os.cpu_count() or 1) // FLAGS.jobs))
    environment = {
        **os.environ, "TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads,
    }  # fmt: skip
    running = []

    def one(job):
        begin = time.monotonic()
        job.folder.mkdir(parents=True, exist_ok=True)
        name = job.folder.name
        with open(job.folder / "log.txt", "ab") as log:
            process = subprocess.Popen(command(job), env=environment, stdout=log, stderr=log)
        running.append(process)
        if process.wait():
            return name, process.returncode, job.folder / "log.txt"
        last = read_result(job.record)["readings"][-1]
        minutes = (time.monotonic() - begin) / 60
        print(f"{name}: {last['b']:.4f} after {minutes:.0f} min", flush=True)
        return None

    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        try:
            failures = [failure for failure in pool.map(one, jobs) if failure]
        except KeyboardInterrupt:  # also SIGTERM: they save, and none is begun
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()
            raise
    return report_failures(failures)


def command(job):
    """The process of one training."""
    tool = pathlib.Path(__file__).with_name("train_and_read.py")
    settings = {
        "workdir": job.folder, "record": job.record, "preset": job.preset,
        "about": json.dumps(described(job)), **changes_of(job),
    }  # fmt: skip
    return [sys.executable, str(tool), *(f"--{k}={v}" for k, v in settings.items())]


def report_failures(failures):
    """A line for each; returns the exit code.

    Args:
      failures: list of (name, exit code, log).
    """
    for name, code, log in failures:
        last = (log.read_text(errors="replace").splitlines() or [""])[-1]
        said = last.partition(": ")[2] if code == 2 else f"exit {code}; see {log}"
        print(f"{name}: {said}", file=sys.stderr)
        if code == 2 and len(list(log.parent.iterdir())) == 1:
            shutil.rmtree(log.parent)  # nothing was trained
    return max((2 if code == 2 else 1 for _, code, _ in failures), default=0)


def chosen_rows(names):
    """The rows that ``--rows`` names, each once.

    Raises:
      UserError: there is no such row.
    """
    groups = {"table": [row for row in ROWS if row not in ABLATIONS], "ablations": [*ABLATIONS]}
    for name in names:
        if name not in {**ROWS, **groups}:
            hint = config_lib.nearest(name, [*groups, *ROWS])
            raise config_lib.UserError(f"--rows={name}: no such row{hint}")
    if not names:
        raise config_lib.UserError(f"--rows: none; of {', '.join([*groups, *ROWS])}")
    return list(dict.fromkeys(row for name in names for row in groups.get(name, [name])))


def check_folders():
    """Raises UserError where ``--output`` or ``--results`` cannot be folders."""
    for name in ("output", "results"):
        path = pathlib.Path(FLAGS[name].value).expanduser()
        there = next(p for p in (path, *path.absolute().parents) if p.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise config_lib.UserError(f"--{name}={path}: {there} is no folder to write to")


def chosen_seeds():
    """The numbers of ``--seeds``, each once.

    Raises:
      UserError: one is no seed, or a setting is given that this tool sets itself.
    """
    for name in ("run.seed", *CHECKPOINTS):
        if FLAGS[name].value is not None:
            raise config_lib.UserError(f"--{name}: set by this tool; --seeds names seeds")
    field = config_lib.lookup("run.seed")
    seeds = [config_lib.parse_value("seeds", field, seed) for seed in FLAGS.seeds]
    if not seeds:
        raise config_lib.UserError("--seeds: none; numbers, comma-separated")
    return list(dict.fromkeys(seeds))


def main():
    """Trains what is missing and has tools/report_da.py print the tables."""
    flags.require(FLAGS, "output")
    seeds = chosen_seeds()
    rows = chosen_rows(FLAGS.rows)
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_da.py"))]
    report += [f"--results={FLAGS.results}"]
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    # Now, rather than after hours: records must be whole, the document have places for the tables.
    check_folders()
    if subprocess.run([*report, "--check"], check=False).returncode:
        return 2
    # Seeds outermost: a table that is stopped early has every row.
    jobs = [job for seed in seeds for row in rows for job in jobs_of(row, [seed])]
    missing = [job for job in jobs if not is_done(job)]
    code = train_all(missing)
    if code == 2 or code and not any(map(is_done, missing)):
        return code  # nothing is new in the tables
    return subprocess.run(report, check=False).returncode or code


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
