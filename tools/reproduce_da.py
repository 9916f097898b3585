"""Table 2 of the paper rerun: every row on several seeds, into docs/results.md.

  python tools/reproduce_da.py --output=runs/da --data.tfds_dir=DIR --data.usps_dir=DIR
  python tools/reproduce_da.py --output=runs/da ... --rows=da,cogan --seeds=0,1,2 --jobs=2
  python tools/reproduce_da.py --output=runs/da ... --rows=ablations --seeds=0

Each training has a folder in OUTPUT and goes on where it was stopped; a finished one is not run
again. Every --section.field is given to all of them. After every tenth of its steps a training is
read on the target's test pictures as unit-evaluate would read it. The last reading is the headline;
the best is beside it, and nothing is chosen by it. --document=FILE replaces the table there.
"""

import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
import typing

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf import presets
from unit_tf.cli import flags, quiet

READINGS = 10
START, END = "<!-- reproduce_da: begin -->", "<!-- reproduce_da: end -->"
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


ROWS = {
    "da": Row("UNIT", "da_{}", {"mnist_usps": 0.9597, "usps_mnist": 0.9358}),
    "cogan": Row("CoGAN", "cogan_{}", {"mnist_usps": 0.9565, "usps_mnist": 0.9315}),
    "dann": Row("DANN", "dann_{}"),
    "source_only": Row("source only", "source_only_{}"),
    "da_labelled": Row("UNIT, labels for translations", "da_{}_labelled"),
    "da_aligned": Row("UNIT, aligned", "da_{}_aligned"),
    "dann_aligned": Row("DANN, aligned", "dann_{}_aligned"),
    "source_only_aligned": Row("source only, aligned", "source_only_{}_aligned"),
}


def _ablation(title, changes):
    return Row(f"UNIT, {title}", "da_{}", changes=changes, directions=("usps_mnist",))


# What decides the score: one thing changed at a time, in the harder direction.
ABLATIONS = {
    "apart": _ablation("first layers drawn apart", {"model.same_start": False}),
    "faint": _ablation("weights as released", {"weights.reconstruction": 1e-3, "weights.kl": 1e-4}),
    "slow": _ablation("rate 2e-4", {"optim.learning_rate": 2e-4}),
    "no_feature": _ablation("no feature distance", {"weights.feature": 0}),
    "squared": _ablation("squared feature distance", {"weights.feature_distance": "squared"}),
    "linear": _ablation("no ReLU behind the convolutions", {"model.architecture": "table5"}),
    "framed": _ablation("USPS framed as MNIST", {"data.fit": "frame"}),
}
ROWS.update(ABLATIONS)

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_list(
    "rows",
    ["table"],
    "rows to train and to show; table and ablations are groups",
    flag_values=FLAGS,
)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer("jobs", 1, "trainings at a time", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)
absl_flags.DEFINE_bool("train", True, "train what is missing", flag_values=FLAGS)
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
        change = f"_{self.row}" if self.row in ABLATIONS else ""
        return pathlib.Path(FLAGS.output).expanduser() / f"{self.preset}{change}_{self.seed}"


def run_config(job):
    """The configuration of one training."""
    overrides = {**flags.config_overrides(FLAGS), **ROWS[job.row].changes}
    config = presets.resolve(job.preset, {**overrides, "run.seed": job.seed})
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
    result = read_result(path) or {"readings": [], "seconds": 0.0}
    clock = [time.monotonic()]

    def read(step):
        result["seconds"] += time.monotonic() - clock[0]
        earlier = [r for r in result["readings"] if r["step"] < step]
        result["readings"] = [*earlier, {"step": step, **accuracies(job.folder, data)}]
        result.update(provenance(), row=job.row, seed=job.seed, steps=config.run.steps)
        result["overrides"] = flags.config_overrides(FLAGS)
        result["is_whole"] = step >= config.run.steps
        write_text(path, json.dumps(result, indent=2) + "\n")
        clock[0] = time.monotonic()

    loop.train(config, data, job.folder, after_save=read)


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
    """Whether a training has all the steps that it is to have now."""
    result = read_result(job.folder / "result.json")
    whole = bool(result) and result["is_whole"]
    return whole and result["steps"] >= run_config(job).run.steps


def train_all(jobs):
    """Runs trainings in processes of their own, FLAGS.jobs at a time; returns the exit code."""
    threads = str(max(1, (os.cpu_count() or 1) // FLAGS.jobs))
    environment = {
        **os.environ, "TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads,
    }  # fmt: skip
    settings = [f"--{k}={v}" for k, v in flags.config_overrides(FLAGS).items()]

    def one(job):
        begin = time.monotonic()
        command = [sys.executable, __file__, f"--one={job.row}:{job.direction}"]
        command += [f"--seeds={job.seed}", f"--output={FLAGS.output}", *settings]
        job.folder.mkdir(parents=True, exist_ok=True)
        name = job.folder.name
        with open(job.folder / "log.txt", "ab") as log:
            done = subprocess.run(command, env=environment, stdout=log, stderr=log, check=False)
        if done.returncode:
            return f"{name}: exit {done.returncode}; see {job.folder / 'log.txt'}"
        last = read_result(job.folder / "result.json")["readings"][-1]
        minutes = (time.monotonic() - begin) / 60
        print(f"{name}: {last['b']:.4f} after {minutes:.0f} min", flush=True)
        return None

    with concurrent.futures.ThreadPoolExecutor(FLAGS.jobs) as pool:
        failures = [failure for failure in pool.map(one, jobs) if failure]
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def finished(rows, seeds):
    """{(row, direction): results of its whole trainings}."""
    found = {}
    for row in rows:
        for job in jobs_of(row, seeds):
            result = read_result(job.folder / "result.json")
            if result and result["is_whole"]:
                found.setdefault((row, job.direction), []).append(result)
    return found


def table(rows, seeds):
    """Markdown: a line for each row and direction that has a whole training."""
    lines = [
        "| row | direction | paper | last step | each seed | best step | on the source | steps |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    everything = []
    for (row, direction), results in finished(rows, seeds).items():
        everything += results
        last = [r["readings"][-1]["b"] for r in results]
        best = [max(reading["b"] for reading in r["readings"]) for r in results]
        source = [r["readings"][-1]["a"] for r in results]
        paper = ROWS[row].paper.get(direction)
        cells = [
            ROWS[row].title, DIRECTIONS[direction], f"{paper:.4f}" if paper else "",
            mean(last), " ".join(f"{value:.4f}" for value in last), mean(best), mean(source),
            "/".join(str(s) for s in sorted({r["steps"] for r in results})),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *origin(everything)])


def mean(values):
    """Mean and, of several, standard deviation."""
    text = f"{statistics.mean(values):.4f}"
    return f"{text} ± {statistics.stdev(values):.4f}" if len(values) > 1 else text


def origin(results):
    """A line for each way in which the trainings were run."""
    kinds = {}
    for r in results:
        settings = " ".join(f"--{k}={v}" for k, v in r["overrides"].items() if "_dir" not in k)
        key = r["commit"], r["date"], r["hardware"], r["tensorflow"], settings
        kinds.setdefault(key, []).append(r)
    return [
        f"{len(runs)} trainings: commit {commit}, {date}, {hardware}, TensorFlow {version}, "
        f"{settings or 'presets as they are'}."
        for (commit, date, hardware, version, settings), runs in kinds.items()
    ]


def write_document(path, text):
    """Replaces what stands between the markers of a Markdown file.

    Raises:
      UserError: the file has no markers.
    """
    from unit_tf.files import write_text

    path = pathlib.Path(path)
    before, begin, rest = path.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise config_lib.UserError(f"--document={path}: no {START} and {END} in it")
    write_text(path, f"{before}{START}\n{text}\n{END}{after}")


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


def main():
    """Trains what is missing, prints the table."""
    flags.require(FLAGS, "output")
    seeds = [int(seed) for seed in FLAGS.seeds]
    if FLAGS.one:
        return train_one(Job(*FLAGS.one.split(":"), seeds[0]))
    rows = chosen_rows(FLAGS.rows)
    # Seeds outermost: a table that is stopped early has every row.
    jobs = [job for seed in seeds for row in rows for job in jobs_of(row, [seed])]
    code = train_all([job for job in jobs if not is_done(job)]) if FLAGS.train else 0
    text = table(rows, seeds)
    print(text)
    if FLAGS.document:
        write_document(FLAGS.document, text)
    return code


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
