"""Many trainings of one table: each in a process of its own, with a record when it is whole.

da.py, maps.py, recipe.py and health.py, beside this file, say which.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import typing

import grid_flags
from unit_tf import config as config_lib
from unit_tf.training import workdir as workdir_lib


class Training(typing.NamedTuple):
    """One training of a table.

    Attributes:
      name: of its folder and its record; unique.
      config: ExperimentConfig.
      command: the process that trains and writes the record, list of str.
      row: entries of its record that all trainings have with which it is averaged.
    """

    name: str
    config: config_lib.ExperimentConfig
    command: list
    row: dict


class Grid:
    """Where trainings live and leave their records.

    Args:
      output: folder of the trainings' folders.
      results: folder of records. One that is there is not trained again.
      places: names of further settings in which trainings may differ, as they say where the tool
        wrote its images.
    """

    def __init__(self, output, results, places=()):
        self.free = (*config_lib.FREE_IN_REPEATS, *places)
        self.output = pathlib.Path(output).expanduser()
        self.results = pathlib.Path(results).expanduser()

    def folder(self, name):
        """Where a training lives."""
        return self.output / name

    def record(self, name):
        """What it leaves when it is whole."""
        return self.results / f"{name}.json"

    def command(self, tool, name, preset, about, changes):
        """The process that trains and writes the record.

        Args:
          tool: name of the script, beside this one.
          name: the training's.
          preset: the preset's.
          about: dict, further entries of the record.
          changes: {flag of the tool: value}, settings of the experiment among them.

        Returns:
          list of str.
        """
        given = {
            "workdir": self.folder(name), "record": self.record(name), "preset": preset,
            "about": json.dumps(about), **changes,
        }  # fmt: skip
        path = pathlib.Path(__file__).with_name(tool)
        return [sys.executable, str(path), *(f"--{k}={v}" for k, v in given.items())]

    def check_folders(self):
        """Raises UserError where ``--output`` or ``--results`` cannot be folders."""
        grid_flags.check_folder("output", self.output)
        grid_flags.check_folder("results", self.results)

    def is_done(self, training):
        """Whether a training has all the steps that it is to have now.

        Raises:
          UserError: there is one of other settings, with which this one's must not be averaged; or
            its minutes are given, in place of its steps.
        """
        config, path = training.config, self.folder(training.name) / workdir_lib.CONFIG
        if config.run.minutes:
            raise config_lib.UserError(
                f"--run.minutes={config.run.minutes:g}: trainings of a table have as many steps as "
                "each other; give those"
            )
        self._refuse_mixture(training)
        own = self.record(training.name)
        record = read_record(own)
        if record:
            about = {**training.row, "seed": config.run.seed}
            wrong = [f"{k}: {record.get(k)}" for k, v in about.items() if record.get(k) != v]
            if wrong:
                raise config_lib.UserError(f"{own}: of another training ({', '.join(wrong)})")
            return record["steps"] >= config.run.steps
        if path.exists():
            refuse_another(path.parent, config, workdir_lib.stored_config(path), self.free)
        return False

    def _refuse_mixture(self, training):
        """Raises UserError where any seed of a training's row has a record of other settings.

        Also where its own seed has one under another name.
        """
        own, seed = self.record(training.name), training.config.run.seed
        for path in sorted(self.results.glob("*.json")):
            record = read_record(path) or {}
            if all(record.get(key) == value for key, value in training.row.items()):
                if record.get("seed") == seed and path != own:
                    raise config_lib.UserError(f"{path}: should be {own}; its row and seed are")
                stored = config_lib.ExperimentConfig().replace(record["settings"])
                refuse_another(path, training.config, stored, self.free)

    def run(self, trainings, describe, jobs=1):
        """Runs the trainings that are not done, in order.

        Args:
          trainings: list of Training.
          describe: record of one -> its score, in a word or two, for the line that it gets.
          jobs: how many at a time.

        Returns:
          (exit code: 2 where the user can mend what failed, 1 for other failures, else 0;
          whether there are new records).
        """
        missing = [training for training in trainings if not self.is_done(training)]
        threads = str(max(1, (os.cpu_count() or 1) // jobs))
        limits = {"TF_NUM_INTRAOP_THREADS": threads, "TF_NUM_INTEROP_THREADS": threads}
        running, clock, printing = Running(), Clock(len(missing)), threading.Lock()

        @running.stopped_by_failures()
        def one(training):
            begin = time.monotonic()
            code, log = self._train(training, limits, running)
            if code:
                return training.name, code, log
            minutes = (time.monotonic() - begin) / 60
            said = describe(read_record(self.record(training.name)))
            with printing:  # a line and its end are two writes
                print(f"{training.name}: {said} after {minutes:.0f} min{clock.tick()}", flush=True)
            return None

        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            try:
                failures = [failure for failure in pool.map(one, missing) if failure]
            # Of SIGTERM too, or where nobody reads the lines: they save, and no other begins.
            except BaseException:
                with _undisturbed():
                    print("stopping; trainings that run save", file=sys.stderr, flush=True)
                    pool.shutdown(wait=False, cancel_futures=True)
                    running.stop()
                    pool.shutdown()
                raise
        return report_failures(failures), len(failures) < len(missing)

    def _train(self, training, limits, running):
        """Waits for one process, which is one of ``running``; its (exit code, log)."""
        folder = self.folder(training.name)
        path = folder / "log.txt"
        with running.beginning() as processes:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                log = open(path, "ab")  # noqa: SIM115
            except OSError as error:
                raise config_lib.UserError(f"{error.filename}: {error.strerror.lower()}") from None
            with log:
                process = subprocess.Popen(
                    training.command, env={**os.environ, **limits}, stdout=log, stderr=log
                )
            processes.append(process)
        return process.wait(), path


class Running:
    """The processes of a grid. After ``stop`` none begins.

    Threads take the next training at once, and so might take one that nobody would stop.
    """

    def __init__(self):
        self._processes, self._stopped, self._lock = [], False, threading.Lock()

    @contextlib.contextmanager
    def beginning(self):
        """Yields the list that takes a new one; raises CancelledError after ``stop``."""
        with self._lock:
            if self._stopped:
                raise concurrent.futures.CancelledError
            yield self._processes

    @contextlib.contextmanager
    def stopped_by_failures(self):
        """Stops all where the body raises, before its thread takes the next training."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Has every process save and end; once, as a second signal would not let them save."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        for process in self._processes:
            process.terminate()


def _do_nothing(number, frame):
    """A handler: a training that begins now would inherit SIG_IGN, and could not be stopped."""


@contextlib.contextmanager
def _undisturbed():
    """Signals do nothing: a second Ctrl-C goes to the trainings too, which then stop at once."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    main_thread = threading.current_thread() is threading.main_thread()
    before = {n: signal.signal(n, _do_nothing) for n in numbers} if main_thread else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Clock:
    """Says how many of some trainings are done, and when the others will be.

    Args:
      count: how many there are.
    """

    def __init__(self, count):
        self.count, self.done, self.begin = count, 0, time.monotonic()

    def tick(self):
        """Counts one more; returns the text behind its line."""
        self.done += 1
        left = self.count - self.done
        minutes = (time.monotonic() - self.begin) / 60 * left / self.done
        return f"; {left} left, about {minutes:.0f} min" if left else ""


def read_record(path):
    """What a training has written, or None."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def refuse_another(where, config, stored, free=config_lib.FREE_IN_REPEATS):
    """Raises UserError where a configuration was trained that differs in more than ``free``."""
    wrong = [text for text in config.differences(stored) if text.partition(":")[0] not in free]
    if wrong:
        raise config_lib.UserError(f"{where}: another training ({'; '.join(wrong)})")


def run_and_report(grid, trainings, describe, jobs, report):
    """Runs trainings, then has their tables made.

    Args:
      grid: Grid.
      trainings, describe, jobs: as Grid.run's.
      report: command that makes the tables, list of str; with ``--check`` it only looks whether it
        could, now rather than after hours.

    Returns:
      the exit code.
    """
    grid.check_folders()
    if unfit := check_report(report):
        return unfit
    code, is_new = grid.run(trainings, describe, jobs)
    if code == 2 or code and not is_new:
        return code  # nothing is new in the tables
    return subprocess.run(report, check=False).returncode or code


def check_report(report):
    """Looks whether tables could be made, after which it is too late; returns the exit code.

    Args:
      report: as ``run_and_report``'s.
    """
    return subprocess.run([*report, "--check"], check=False).returncode


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
