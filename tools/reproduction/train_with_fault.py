"""One training with a fault of health_faults.py, or without, and what was seen of its health.

  python tools/reproduction/train_with_fault.py --workdir=DIR --record=FILE --fault=turned ...

What health.py runs in processes of their own, with --SECTION.FIELD=... for settings. It goes on
where it was stopped. The record has each symptom's values on the way.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

import grid_flags
import health_faults
import records
from unit_tf.cli import flags, quiet
from unit_tf.config import PLACES, UserError
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of the training", flag_values=FLAGS)
absl_flags.DEFINE_string("record", None, "file for what came out", flag_values=FLAGS)
absl_flags.DEFINE_string("preset", "", "a named experiment", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "fault", "", "one of " + ", ".join(health_faults.FAULTS), flag_values=FLAGS
)
absl_flags.DEFINE_string("about", "{}", "JSON object that goes into the record", flag_values=FLAGS)
flags.define_config_flags(FLAGS)


def train(config, folder, fault):
    """Trains to the end; returns why it ended before, or "".

    Args:
      config: ExperimentConfig.
      folder: of the training.
      fault: key of FAULTS, or "".
    """
    from unit_tf.data.datasets import open_data
    from unit_tf.training import loop

    experiment = loop.Loop(config, open_data(config.data), folder)
    if fault in health_faults.LASTING_FAULTS or not experiment.restored:
        health_faults.FAULTS.get(fault, lambda trainer: None)(experiment.trainer)
    try:
        experiment.run()
    except loop.Diverged as error:
        return str(error).partition(";")[0]
    return ""


def values(entries):
    """Returns {symptom: [[step, value], ...]}."""
    found = {}
    for entry in entries:
        found.setdefault(entry["symptom"], []).append([entry["step"], entry["value"]])
    return found


def main():
    """Trains and writes the record; returns the exit code."""
    flags.require(FLAGS, "workdir", "record")
    folder, record = (pathlib.Path(p).expanduser() for p in (FLAGS.workdir, FLAGS.record))
    config = resolve(FLAGS.preset, flags.config_overrides(FLAGS))
    if FLAGS.fault not in ("", *health_faults.FAULTS):
        raise UserError(f"--fault={FLAGS.fault}: one of {', '.join(health_faults.FAULTS)}")
    grid_flags.check_folder("record", record.parent)
    quiet.start_tensorflow()
    from unit_tf.export.provenance import provenance

    from unit_tf.training import loop
    from unit_tf.training.health.health_log import read_health

    try:
        ended = train(config, folder, FLAGS.fault)
    except loop.Stopped as stop:
        return 128 + stop.signal_number
    places = (*PLACES, *health_faults.PLACES)
    entries = read_health(folder)
    result = {
        **json.loads(FLAGS.about), **provenance(), "steps": config.run.steps, "ended": ended,
        "settings": {name: value for name, value in config.items() if name not in places},
        "values": values(entries),
    }  # fmt: skip
    records.write(record, result)
    return 0


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
