"""Which checkpoint of a training is meant: the newest, the best, or that of a step.

WORKDIR/best.json names the best by the scores that ``--run.score_every`` takes:

  {"step": 3000, "name": "l1", "value": 21.5, "lower_is_better": true}

Whoever translates, evaluates or exports asks here, before TensorFlow is imported.
"""

import json
import math
import operator
import pathlib

from unit_tf.training.workdir import TRANSLATOR, WorkdirError, checkpoint_root, list_checkpoints

NEWEST, BEST = "newest", "best"
BEST_FILE = "best.json"
MOST_NAMED = 12  # checkpoints in a message


def read_best(workdir):
    """What best.json says.

    Args:
      workdir: folder of a training.

    Returns:
      {"step": int, "name": str, "value": float, "lower_is_better": True}; None where there is no
      such file, or one that says something else. The checkpoint itself may be gone.
    """
    try:
        text = (pathlib.Path(workdir) / BEST_FILE).read_text(encoding="utf-8")
        found = json.loads(text)
        step, name, value = found["step"], found["name"], float(found["value"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if type(step) is not int or not isinstance(name, str) or not math.isfinite(value):
        return None
    return {"step": step, "name": name, "value": value, "lower_is_better": True}


def best_checkpoint(workdir):
    """The folder of the best checkpoint; None where none is known, or it is gone."""
    best = read_best(workdir)
    return _of_step(workdir, best["step"]) if best else None


def find_checkpoint(workdir, asked=NEWEST):
    """The checkpoint that was asked for.

    Args:
      workdir: pathlib.Path, folder of a training or of a saved translator.
      asked: ``"newest"``, ``"best"``, or a step as a number or its digits.

    Returns:
      pathlib.Path of its folder; None for the newest, which is the newest whole one.

    Raises:
      WorkdirError: it is none of these, or there is no such checkpoint; names those there are.
    """
    if asked == NEWEST:
        return None
    step = None if asked == BEST else _step_of(asked)
    if (workdir / TRANSLATOR).exists():
        raise WorkdirError(
            f"--checkpoint={asked}: {workdir} holds one translator and no checkpoints; leave "
            "--checkpoint out"
        )
    found = best_checkpoint(workdir) if step is None else _of_step(workdir, step)
    if found is None:
        raise WorkdirError(f"--checkpoint={asked}: {_absence(workdir, step)}")
    return found


def _step_of(asked):
    try:
        step = int(asked) if isinstance(asked, str) else operator.index(asked)
    except (ValueError, TypeError):
        step = -1
    if step < 0 or isinstance(asked, bool):
        raise WorkdirError(f"--checkpoint={asked}: expected {NEWEST}, {BEST} or a step")
    return step


def _of_step(workdir, step):
    """The folder of a step's checkpoint, or None."""
    return next((p for p in list_checkpoints(workdir) if int(p.name) == step), None)


def _absence(workdir, step):
    """Why there is no such checkpoint, and which there are."""
    steps, best = [int(p.name) for p in list_checkpoints(workdir)], read_best(workdir)
    if step is not None:
        why = "no checkpoint of that step"
    elif best is None:
        why = "no best checkpoint is known (unit-train --run.score_every=N finds it)"
    else:
        why = f"the best checkpoint, step {best['step']}, is gone"
    if not steps:
        return f"{why}; {checkpoint_root(workdir)} has none"
    known = ", ".join(map(str, steps[-MOST_NAMED:]))
    more = f"the last {MOST_NAMED} are" if len(steps) > MOST_NAMED else "there are"
    mark = f" (best: {best['step']})" if best and best["step"] in steps else ""
    return f"{why}; {more} {known}{mark}"
