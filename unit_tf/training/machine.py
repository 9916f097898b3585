"""What a training's last bits depend on besides its settings, kept beside each checkpoint.

The order of floating-point sums follows from the number of threads, from whether oneDNN computes
them, from TensorFlow's version, and from whether the order is left to chance. A training that goes
on with others is as good, but not the same bit for bit.
"""

import json
import os

import tensorflow as tf

from unit_tf.config import plural

MACHINE = "machine.json"
_NAMES = {"onednn": "oneDNN", "tensorflow": "TensorFlow", "deterministic": "determinism"}
# What checkpoints say that are older than an entry.
_OLDER = {"deterministic": True}


def describe_machine():
    """{"threads": int, "onednn", "deterministic": bool, "tensorflow": version} of this process."""
    # The same switches that TensorFlow's C++ asks; its Python has no public names for them.
    from tensorflow.python.framework.config import is_op_determinism_enabled
    from tensorflow.python.util import _pywrap_util_port

    threads = tf.config.threading.get_intra_op_parallelism_threads()
    threads = threads or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0))
    allowed = getattr(os, "sched_getaffinity", None)  # not on every system
    return {
        "threads": threads or (len(allowed(0)) if allowed else os.cpu_count()),
        "onednn": bool(_pywrap_util_port.IsMklEnabled()),
        "tensorflow": tf.__version__,
        "deterministic": bool(is_op_determinism_enabled()),
    }


def write_machine(folder):
    """Writes what ``other_machine`` reads into a checkpoint's folder."""
    (folder / MACHINE).write_text(json.dumps(describe_machine()) + "\n", encoding="utf-8")


def other_machine(folder):
    """Compares this process with the one that wrote a checkpoint.

    Args:
      folder: the checkpoint's.

    Returns:
      "4 threads instead of 2, oneDNN off instead of on"; "" where nothing differs or where
      the folder does not say.
    """
    try:
        before = {**_OLDER, **json.loads((folder / MACHINE).read_text(encoding="utf-8"))}
        pairs = [(key, now, before[key]) for key, now in describe_machine().items()]
    except (OSError, ValueError, LookupError, TypeError):  # an older one, or damaged: no matter
        return ""
    return ", ".join(
        f"{_said(key, now)} instead of {_shown(old)}" for key, now, old in pairs if now != old
    )


def _said(key, value):
    if key == "threads":
        return plural(value, "thread")
    return f"{_NAMES[key]} {_shown(value)}"


def _shown(value):
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value
