"""One training, read on all test images ten times on its way.

  python tools/reproduction/train_and_read.py --workdir=DIR --record=FILE --preset=NAME ...

What da.py and maps.py run in processes of their own, with --SECTION.FIELD=... for settings. It goes
on where it was stopped. The readings are those of unit-evaluate: of methods that classify,
accuracies; of others, scores of the translations against their truth, with how fast it trained.
While it trains they are in WORKDIR/result.json, and when it is whole in --record, with the
settings, commit, date and machine; of translations some are shown beside the record.
"""

import json
import pathlib
import sys
import time

from absl import flags as absl_flags

import grid_flags
import image_scores
import readings
import records
from unit_tf import config as config_lib
from unit_tf.cli import flags, quiet
from unit_tf.config import PLACES
from unit_tf.methods.registry import find_method
from unit_tf.resolve import resolve

READINGS = 10
FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of the training", flag_values=FLAGS)
absl_flags.DEFINE_string("record", None, "file for what came out", flag_values=FLAGS)
absl_flags.DEFINE_string("preset", "", "a named experiment", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "read_again",
    False,
    "only read the last checkpoint once more: scores that the record lacks are added, and it is "
    "refused if another has changed",
    flag_values=FLAGS,
)
absl_flags.DEFINE_string("about", "{}", "JSON object that goes into the record", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


def resolved_config():
    """The configuration that the flags ask for, with a checkpoint for each reading."""
    config = resolve(FLAGS.preset, flags.config_overrides(FLAGS))
    every = max(1, config.run.steps // READINGS)
    return config.replace({"run.checkpoint_every": every, "run.keep_checkpoints": 2})


def main():
    """Trains to the end, reading; returns the exit code."""
    flags.require(FLAGS, "workdir", "record")
    folder, record = (pathlib.Path(p).expanduser() for p in (FLAGS.workdir, FLAGS.record))
    if FLAGS.read_again:
        return read_again(folder, record)
    config, about = resolved_config(), asked_about()
    grid_flags.check_folder("record", record.parent)
    if record.is_dir():
        raise config_lib.UserError(f"--record={record}: a folder; name a file")
    if find_method(config.model.method).labelled:
        quiet.prefer_onednn()
    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.training import loop

    data = open_data(config.data)
    require_tests(config, data)
    result = started(folder / "result.json", config, about)
    read = reader(folder, config, data, result)

    try:
        loop.check_workdir(config, folder)
        saved = newest_step(folder)
        if saved and saved > config.run.steps:
            raise config_lib.UserError(
                f"--run.steps={config.run.steps}: {folder} stands at step {saved}; give as many"
            )
        if saved and all(reading["step"] != saved for reading in result["readings"]):
            read(saved)  # it was killed between the checkpoint and its reading
        loop.train(config, data, folder, after_save=read)
    except loop.Diverged as error:
        raise config_lib.UserError(str(error)) from None
    except loop.Stopped as stop:
        return 128 + stop.signal_number
    result["is_whole"] = True
    if not find_method(config.model.method).labelled:
        work = readings.passes(folder, data)
        result["references"] = readings.references(work)
        result["scores"] = image_scores.image_scores(work, prepared_faces(config))
        readings.write_strip(
            readings.passes(folder, data, readings.SHOWN)[0], record.with_suffix(".png")
        )
    records.write(record, result)
    return 0


def prepared_faces(config):
    """The evaluator of what faces show, or None."""
    faces = readings.faces_of(config)
    if faces is not None:
        faces.prepare()
    return faces


def reader(folder, config, data, result):
    """A function that reads the newest checkpoint on all test images.

    Args:
      folder: of the training.
      config: ExperimentConfig.
      data: Data.
      result: dict that it keeps up to date, in FOLDER/result.json too.

    Returns:
      (step of that checkpoint) -> None.
    """
    speed = Speed(config)

    def read(step):
        before = [r for r in result["readings"] if r["step"] < step]
        reading = {
            "step": step,
            **speed.since_last(step),
            **readings.scores(config, readings.passes(folder, data)),
        }
        result["readings"] = [*before, reading]
        result["is_whole"] = step >= config.run.steps
        records.write(folder / "result.json", result)
        speed.begin(step)

    return read


def asked_about():
    """The object of --about."""
    try:
        about = json.loads(FLAGS.about)
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict):
        raise config_lib.UserError(f"--about={FLAGS.about}: expected a JSON object")
    return about


def newest_step(folder):
    """The step of the newest checkpoint, or None."""
    from unit_tf.training.checkpoints import list_checkpoints

    folders = list_checkpoints(folder)
    return int(folders[-1].name) if folders else None


def read_again(folder, path):
    """Adds to a record of translations what today's code reads besides; returns the exit code.

    Raises:
      UserError: no whole record, or its training does not give the scores that it has.
    """
    from unit_tf.training.workdir import read_config

    given = [*flags.config_overrides(FLAGS), *(["preset"] if FLAGS.preset else [])]
    if given:
        raise config_lib.UserError(f"--{given[0]}: not beside --read_again; --workdir has its own")
    config = read_config(folder)
    record = earlier(path, readings.kinds_of(config))
    if not record["readings"] or not record.get("is_whole"):
        raise config_lib.UserError(f"--record={path}: no whole record there")
    quiet.start_tensorflow()
    from unit_tf.export.provenance import provenance

    from unit_tf.data.datasets import open_data

    last = record["readings"][-1]
    work = readings.passes(folder, open_data(config.data))
    for direction, found in readings.scores(config, work).items():
        changed = [n for n, v in last[direction].items() if abs(v - found.get(n, v)) > 1e-6]
        if changed:
            raise config_lib.UserError(f"--record={path}: {direction} {changed[0]} is another now")
        last[direction] = {**last[direction], **found}
    record["scores"] = image_scores.image_scores(work, prepared_faces(config))
    record["read_again"] = {k: provenance()[k] for k in ("commit", "date")}
    records.write(path, record)
    return 0


def require_tests(config, data):
    """Raises UserError where a domain has no test images, before hours went into training."""
    labelled = find_method(config.model.method).labelled
    for domain, tests in (("a", data.test_a), ("b", data.test_b)):
        flag, split = f"test_dir_{domain}", getattr(config.data, f"test_dir_{domain}")
        if not tests:
            raise config_lib.UserError(
                f"--data.{flag}{split and '='}{split}: no test images; name a split that has some"
            )
        if not labelled and not all(test.load_truth for test in tests):
            raise config_lib.UserError(
                f"--data.{flag}{split and '='}{split}: test images without truth; name folders "
                "whose images are pairs"
            )


class Speed:
    """How fast it trains between two readings.

    Args:
      config: ExperimentConfig.
    """

    def __init__(self, config):
        self.batch = config.optim.images_a_step
        self.at = None

    def begin(self, step):
        """Starts the clock behind a reading."""
        self.at = step, time.monotonic(), time.process_time()

    def since_last(self, step):
        """Of the steps since then: images of both domains a second, and CPU time a step.

        Nothing before the first reading of a process, when networks were compiled.
        """
        if self.at is None or step <= self.at[0]:
            return {}
        steps = step - self.at[0]
        wall, cpu = time.monotonic() - self.at[1], time.process_time() - self.at[2]
        return {"images_per_second": 2 * self.batch * steps / wall, "cpu_seconds": cpu / steps}


def earlier(path, kinds):
    """What an earlier process has read.

    Args:
      path: of a JSON file that may not be there.
      kinds: from ``readings.kinds_of``.

    Raises:
      UserError: the file was not left by this tool.
    """
    if not path.exists():
        return {"readings": []}
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        wrong = [records.misfit("it", reading, kinds) for reading in result["readings"]]
        whole = isinstance(result["readings"], list) and not any(wrong)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise config_lib.UserError(
            f"{path}: damaged; expected the readings of this training, which go on without if it "
            "is removed"
        )
    return result


def started(path, config, about):
    """What an earlier process has read, with what this one is to add to it."""
    from unit_tf.export.provenance import provenance

    result = earlier(path, readings.kinds_of(config))
    settings = {name: value for name, value in config.items() if name not in PLACES}
    result.update(about, settings=settings)
    if result.get("steps") != config.run.steps or not result.get("is_whole"):
        # Of the code that runs now, which may differ from the checkout's when this ends.
        result.update(provenance(), steps=config.run.steps, is_whole=False)
    return result


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
