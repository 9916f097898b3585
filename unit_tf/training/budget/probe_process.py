"""Probes a candidate in a process of its own, which gives all its memory back.

TensorFlow keeps what it took once, so one process could not tell what the second candidate needs.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from unit_tf.config import UserError
from unit_tf.training.budget.costs import Measurement

CHILD = "unit_tf.cli.budget_probe"
_ROOT = pathlib.Path(__file__).parents[3]
_TOLD = 2_000  # characters of what a process said that failed


def probe(config, seconds):
    """Measures an experiment on this machine; nothing is left of it.

    Args:
      config: ExperimentConfig.
      seconds: how long steps are timed.

    Returns:
      Measurement; None where the memory does not suffice.

    Raises:
      UserError: the experiment cannot be trained.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        request = {
            "config": config.to_json(), "cwd": os.getcwd(), "folder": folder, "seconds": seconds,
            "spawned": time.time(),
        }  # fmt: skip
        code, answer = _run(json.dumps(request), errors)
        if "measured" in answer:
            end = max(0.0, time.time() - answer["ended"])
            return Measurement.from_dict(answer["measured"])._replace(end=end)
        if "refused" in answer:
            raise UserError(answer["refused"])
        if "unknown" in answer:
            raise UserError(
                "--run.minutes: its probe is a process of its own, which knows no methods and "
                f"sources that this one has registered ({answer['unknown']})"
            )
        if "exhausted" in answer or code == -signal.SIGKILL:  # as Linux does where memory is out
            return None
        errors.seek(0)
        said = errors.read().decode(errors="replace")[-_TOLD:]
        raise RuntimeError(f"the probe of --run.minutes ended with status {code}:\n{said}")


def _run(request, errors):
    """(exit status, what the child answered as a dict); no child is left, whatever happens."""
    # An interactive Python has an empty entry, the current folder. PYTHONPATH goes before the
    # standard library, so that a file re.py there would keep the child from starting.
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
    with subprocess.Popen(
        [sys.executable, "-m", CHILD],
        # There and not in the user's folder, whose files could be taken for modules.
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,  # Ctrl-C is this process' to answer
    ) as child:
        try:
            out, _ = child.communicate(request.encode())
        finally:
            child.kill()
            child.wait()  # Popen itself does not, after Ctrl-C
    lines = [line for line in out.decode(errors="replace").splitlines() if line.startswith("{")]
    return child.returncode, json.loads(lines[-1]) if lines else {}
