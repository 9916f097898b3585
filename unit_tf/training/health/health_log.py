"""WORKDIR/health.jsonl: every symptom's number at every check, one JSON object a line.

  {"step": 400, "symptom": "saturated", "value": 0.61, "threshold": 0.25, "alarm": true,
   "line": "step 400: ..."}

``threshold`` is null while there is none, ``line`` is empty without an alarm. Lines are appended in
one piece. What was written behind the checkpoint from which a training goes on is removed, since
those steps come again.
"""

import os

from unit_tf.config import UserError
from unit_tf.files import write_text
from unit_tf.training.json_lines import read_entries, text_of

HEALTH = "health.jsonl"
FIELDS = {
    "step": int, "symptom": str, "value": (int, float), "threshold": (int, float, type(None)),
    "alarm": bool, "line": str,
}  # fmt: skip


class HealthLog:
    """The entries of a training up to a step, and the file that gets more of them.

    Args:
      workdir: folder.
      step: where the training stands.
      writes: whether this process may write the file.

    Attributes:
      entries: list of dict, oldest first.

    Raises:
      UserError: there is a folder in its place.
    """

    def __init__(self, workdir, step, writes=True):
        self.path, self.writes = workdir / HEALTH, writes
        if self.path.is_dir():
            raise UserError(f"{self.path}: a folder; training writes a file of that name")
        self.entries = [entry for entry in read_health(workdir) if entry["step"] <= step]
        if writes and os.path.lexists(self.path):
            write_text(self.path, text_of(self.entries))

    def append(self, entries):
        """Adds entries, in one piece."""
        self.entries += entries
        if self.writes and entries:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                os.write(handle, text_of(entries).encode("utf-8"))
            finally:
                os.close(handle)

    def values(self, symptom):
        """Returns [(step, value), ...] of a symptom's name."""
        return [(e["step"], e["value"]) for e in self.entries if e["symptom"] == symptom]


def read_health(workdir):
    """Returns the entries in a folder, oldest first; lines that are none are left out.

    Args:
      workdir: pathlib.Path of a folder.

    Returns:
      list of dict with the keys of FIELDS; empty without a file.
    """
    return read_entries(workdir / HEALTH, FIELDS)
