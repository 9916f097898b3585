"""Table 2 of the paper rerun: every row on several seeds, into docs/results.md.

  python tools/reproduce_da.py --output=runs/da --data.tfds_dir=DIR --data.usps_dir=DIR
  python tools/reproduce_da.py --output=runs/da ... --rows=da,cogan --seeds=0,1,2 --jobs=2
  python tools/reproduce_da.py --output=runs/da ... --rows=ablations --seeds=0

Each training has a folder in OUTPUT and goes on where it was stopped. A finished one leaves a
record in --results and is not run again, even where OUTPUT is gone. Every --section.field is given
to all of them (--model.width to those with E and G). After every tenth of its steps a training is
read on the target's test pictures as unit-evaluate would read it. Then tools/report_da.py prints
the tables, or writes them into --document.
"""

import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import typing

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf import presets
from unit_tf.cli import flags, quiet
from unit_tf.training import workdir as workdir_lib

READINGS = 10
# Settings that no accuracy depends on: where things lie and what is kept; those of seeds and steps
# are compared on their own.
PLACES = (
    "data.usps_dir", "data.tfds_dir", "run.steps", "run.seed", "run.checkpoint_every",
    "run.keep_checkpoints", "run.log_every", "run.image_every",
)  # fmt: skip
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
absl_flags.DEFINE_string("one", None, "ROW:DIRECTION: train it in this process", flag_values=FLAGS)
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


def run_config(job):
    """The configuration of one training."""
    changes = {**overrides_of(job), **ROWS[job.row].changes, "run.seed": job.seed}
    config = presets.resolve(job.preset, changes)
    every = max(1, config.run.steps // READINGS)
    return config.replace({"run.checkpoint_every": every, "run.keep_checkpoints": 2})


def train_one(job):
    """Trains to the end in this process; its readings go to result.json."""
    quiet.prefer_onednn()
    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.files import write_text
    from unit_tf.training import loop

    config, path = run_config(job), job.folder / "result.json"
    data = open_data(config.data)
    result = read_result(path) or {"readings": []}
    result.update(described(job), settings=settings_of(config))
    if result.get("steps") != config.run.steps or not result.get("is_whole"):
        # Of the code that runs now, which may differ from the checkout's when this ends.
        result.update(provenance(), steps=config.run.steps, is_whole=False)

    def read(step):
        earlier = [r for r in result["readings"] if r["step"] < step]
        result["readings"] = [*earlier, {"step": step, **accuracies(job.folder, data)}]
        result["is_whole"] = step >= config.run.steps
        write_text(path, json.dumps(result, indent=2) + "\n")

    try:
        loop.train(config, data, job.folder, after_save=read)
    except loop.Diverged as error:
        raise config_lib.UserError(str(error)) from None
    except loop.Stopped as stop:
        return 128 + stop.signal_number
    if not result["is_whole"]:
        read(config.run.steps)  # it was killed between the last checkpoint and its reading
    job.record.parent.mkdir(parents=True, exist_ok=True)
    write_text(job.record, json.dumps(result, indent=2) + "\n")
    return 0


def settings_of(config):
    """{"section.field": value} of all that an accuracy can depend on."""
    return {name: value for name, value in config.items() if not name.startswith(PLACES)}


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
        "overrides": overrides_of(job),
    }


def accuracies(folder, data):
    """{"a": share of A's test pictures read as what they are, "b": of B's}."""
    import numpy as np

    from unit_tf.cli.classes import predict
    from unit_tf.training.workdir import load_method

    method = load_method(folder).method
    return {
        domain: float(np.mean(predict(method, tests, domain) == [test.label for test in tests]))
        for domain, tests in (("a", data.test_a), ("b", data.test_b))
    }


def provenance():
    """Commit, date and machine."""
    import tensorflow as tf
    from unit_tf.export.manifest import git_commit

    devices = [d.device_type for d in tf.config.list_physical_devices()]
    return {
        "commit": git_commit(),
        "date": datetime.date.today().isoformat(),
        "hardware": f"{processor()}, {os.cpu_count()} cores, {'+'.join(devices)}",
        "tensorflow": tf.__version__,
    }


def processor():
    """The processor's name where the system tells it."""
    try:
        found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        return found[1] if found else "unknown processor"
    except OSError:
        return "unknown processor"


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
    record = read_result(job.record)
    if record:
        stored = config_lib.ExperimentConfig().replace(record["settings"])
        refuse_another(job.record, config, stored)
        return record["steps"] >= config.run.steps
    if path.exists():
        refuse_another(job.folder, config, workdir_lib.stored_config(path))
    return False


def refuse_another(where, config, stored):
    """Raises UserError where another configuration was trained."""
    wrong = [text for text in config.differences(stored) if not text.startswith(PLACES)]
    if wrong:
        raise config_lib.UserError(f"{where}: another training ({'; '.join(wrong)})")


def train_all(jobs):
    """Runs trainings in processes of their own, FLAGS.jobs at a time; returns the exit code."""
    threads = str(max(1, (os.cpu_count() or 1) // FLAGS.jobs))
    environment = {
        **os.environ, "TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads,
    }  # fmt: skip
    settings = [f"--{k}={v}" for k, v in flags.config_overrides(FLAGS).items()]

    running = []

    def one(job):
        begin = time.monotonic()
        command = [sys.executable, __file__, f"--one={job.row}:{job.direction}"]
        command += [f"--seeds={job.seed}", f"--output={FLAGS.output}"]
        command += [f"--results={FLAGS.results}", *settings]
        job.folder.mkdir(parents=True, exist_ok=True)
        name = job.folder.name
        with open(job.folder / "log.txt", "ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        running.append(process)
        if process.wait():
            return f"{name}: exit {process.returncode}; see {job.folder / 'log.txt'}"
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
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


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
    return list(dict.fromkeys(row for name in names for row in groups.get(name, [name])))


def chosen_seeds():
    """The numbers of ``--seeds``, each once.

    Raises:
      UserError: one is no seed, or a setting is given that this tool sets itself.
    """
    for name in ("run.seed", "run.checkpoint_every", "run.keep_checkpoints"):
        if FLAGS[name].value is not None:
            raise config_lib.UserError(f"--{name}: set by this tool; --seeds names seeds")
    field = config_lib.lookup("run.seed")
    seeds = [config_lib.parse_value("seeds", field, seed) for seed in FLAGS.seeds]
    return list(dict.fromkeys(seeds))


def main():
    """Trains what is missing and has tools/report_da.py print the tables."""
    flags.require(FLAGS, "output")
    seeds = chosen_seeds()
    if FLAGS.one:
        return train_one(Job(*FLAGS.one.split(":"), seeds[0]))
    rows = chosen_rows(FLAGS.rows)
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_da.py"))]
    report += [f"--results={FLAGS.results}"]
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
        # Now, rather than after hours: it must have places for the tables.
        if subprocess.run([*report, "--check"], check=False).returncode:
            return 2
    # Seeds outermost: a table that is stopped early has every row.
    jobs = [job for seed in seeds for row in rows for job in jobs_of(row, [seed])]
    code = train_all([job for job in jobs if not is_done(job)])
    return subprocess.run(report, check=False).returncode or code


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
