"""Files with one JSON object a line, which a crash or an editor may have left in any state."""

import json
import math


def read_entries(path, fields):
    """The objects of a file that are as they should be, in order; all other lines are left out.

    Args:
      path: pathlib.Path.
      fields: {key: type or types that its value must have}. All numbers must be finite.

    Returns:
      list of dict; empty without a file.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [entry for line in lines if (entry := _entry(line, fields)) is not None]


def text_of(entries):
    """The lines of a file that ``read_entries`` reads back."""
    return "".join(json.dumps(entry, allow_nan=False) + "\n" for entry in entries)


def _entry(line, fields):
    try:
        entry = json.loads(line)
        whole = isinstance(entry, dict) and all(
            key in entry and isinstance(entry[key], kind) for key, kind in fields.items()
        )
        numbers = [v for v in entry.values() if isinstance(v, int | float)] if whole else []
        return entry if whole and all(map(math.isfinite, numbers)) else None
    except (ValueError, OverflowError, RecursionError):  # OverflowError: of a very long integer
        return None
