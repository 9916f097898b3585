"""The process that ``--run.minutes`` measures a training in; not a command for users.

Reads one request as JSON from stdin and prints one answer: {"measured": ..., "ended": time},
{"refused": message}, {"unknown": message} of a method or a source that only the caller has
registered, or {"exhausted": true}. unit_tf/training/budget/probe_process.py starts it.
"""

import json
import os
import pathlib
import sys
import tempfile
import time

from unit_tf.cli import quiet
from unit_tf.config import ConfigError, ExperimentConfig, UserError
from unit_tf.files import disk_fault
from unit_tf.resolve import check


def answer_to(request):
    """What is found for a request, as a dict fit for JSON.

    Args:
      request: dict of "config": text of a config.json, "cwd": folder that its paths start from,
        "folder": an empty one, "seconds": how long steps are timed, "spawned": ``time.time`` of
        this process' start.
    """
    os.chdir(request["cwd"])
    try:
        config = check(ExperimentConfig.from_json(request["config"]))
    except ConfigError as error:  # the caller has checked it
        return {"unknown": str(error)}
    quiet.start_tensorflow()
    import tensorflow as tf

    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.checkpoint_scores import scorer_for
    from unit_tf.report.write_report import report_writer
    from unit_tf.training.budget.candidate_probe import measure
    from unit_tf.training.strategy import build_strategy

    strategy = build_strategy(config.run)
    data = open_data(config.data)
    if data.value_range is not None:
        config = config.replace({"data.value_range": data.value_range})
    folder = pathlib.Path(request["folder"])
    hooks = scorer_for(config, data), report_writer(folder)
    try:
        measured = measure(
            config, data, strategy, folder, request["seconds"], request["spawned"], *hooks
        )
    except (tf.errors.ResourceExhaustedError, MemoryError):
        return {"exhausted": True}
    return {"measured": measured._asdict(), "ended": time.time()}


def main():
    """Answers the request on stdin."""
    try:
        answer = answer_to(json.load(sys.stdin))
    except UserError as error:
        answer = {"refused": str(error)}
    except Exception as error:  # TensorFlow's are no OSErrors
        if (fault := disk_fault(error)) is None:
            raise
        place = tempfile.gettempdir()
        answer = {"refused": f"--run.minutes: its probe cannot write to {place}: {fault}"}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
