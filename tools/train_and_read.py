"""One training of labelled pictures, read on all test pictures ten times on its way.

  python tools/train_and_read.py --workdir=DIR --record=FILE --preset=NAME [--SECTION.FIELD=...]

What tools/reproduce_da.py runs in processes of their own. It goes on where it was stopped. The
readings are those of unit-evaluate; while it trains they are in WORKDIR/result.json, and when it
is whole in --record, with the settings, commit, date and machine.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf import presets, relevance
from unit_tf.cli import flags, quiet

READINGS = 10

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of the training", flag_values=FLAGS)
absl_flags.DEFINE_string("record", None, "file for what came out", flag_values=FLAGS)
absl_flags.DEFINE_string("preset", "", "a named experiment", flag_values=FLAGS)
absl_flags.DEFINE_string("about", "{}", "JSON object that goes into the record", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


def resolved_config():
    """The configuration that the flags ask for, with a checkpoint for each reading."""
    config = presets.resolve(FLAGS.preset, flags.config_overrides(FLAGS))
    every = max(1, config.run.steps // READINGS)
    return config.replace({"run.checkpoint_every": every, "run.keep_checkpoints": 2})


def main():
    """Trains to the end, reading; returns the exit code."""
    flags.require(FLAGS, "workdir", "record")
    config, folder = resolved_config(), pathlib.Path(FLAGS.workdir)
    quiet.prefer_onednn()
    quiet.start_tensorflow()
    from unit_tf.data.datasets import open_data
    from unit_tf.files import write_text
    from unit_tf.training import loop

    data = open_data(config.data)
    require_tests(config.data, data)
    path = folder / "result.json"
    result = started(path, config)

    def read(step):
        before = [r for r in result["readings"] if r["step"] < step]
        result["readings"] = [*before, {"step": step, **accuracies(folder, data)}]
        result["is_whole"] = step >= config.run.steps
        write_text(path, json.dumps(result, indent=2) + "\n")

    try:
        loop.train(config, data, folder, after_save=read)
    except loop.Diverged as error:
        raise config_lib.UserError(str(error)) from None
    except loop.Stopped as stop:
        return 128 + stop.signal_number
    if not result["is_whole"]:
        read(config.run.steps)  # it was killed between the last checkpoint and its reading
    write_text(FLAGS.record, json.dumps(result, indent=2) + "\n")
    return 0


def require_tests(config, data):
    """Raises UserError where a domain has no test pictures, before hours went into training."""
    for domain, tests in (("a", data.test_a), ("b", data.test_b)):
        if not tests:
            flag, split = f"test_dir_{domain}", getattr(config, f"test_dir_{domain}")
            raise config_lib.UserError(
                f"--data.{flag}{split and '='}{split}: no test pictures; name a split that has some"
            )


def earlier(path):
    """What an earlier process has read.

    Raises:
      UserError: the file was not left by this tool.
    """
    if not path.exists():
        return {"readings": []}
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        whole = all(reading["step"] > 0 for reading in result["readings"])
    except (OSError, ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise config_lib.UserError(
            f"{path}: damaged; expected the readings of this training, which go on without if it "
            "is removed"
        )
    return result


def started(path, config):
    """What an earlier process has read, with what this one is to add to it."""
    from unit_tf.export.provenance import provenance

    result = earlier(path)
    settings = {name: value for name, value in config.items() if name not in relevance.PLACES}
    result.update(json.loads(FLAGS.about), settings=settings)
    if result.get("steps") != config.run.steps or not result.get("is_whole"):
        # Of the code that runs now, which may differ from the checkout's when this ends.
        result.update(provenance(), steps=config.run.steps, is_whole=False)
    return result


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


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
