"""What of a method is exported: its Tasks, as far as it has what was asked for."""

import math
import tempfile

from unit_tf.export.plan import refuse_directions
from unit_tf.export.tasks import tasks_of
from unit_tf.export.tflite import tflite_path
from unit_tf.export.web.writer import refuse_page

from unit_tf.config import UserError

# The folders below the output that each format is written to.
FOLDERS = {"saved_model": ["serving"], "tflite": ["tflite"], "web": ["tflite", "web"]}


def chosen_tasks(plan, method):
    """``tasks.tasks_of`` a method, those that are in one of the formats asked for.

    Args:
      plan: plan.Plan.
      method: a Method.

    Raises:
      UserError: the method cannot do what was asked for.
    """
    name = method.config.model.method
    refuse_directions(plan.request, name, method.directions)
    if "web" in plan.request.formats:
        refuse_page(name, method.directions)
    _refuse_size(plan.image_size, method)
    directions = plan.request.directions or method.directions
    return [task for task in tasks_of(method, directions) if plan.writers_of(task)]


def _refuse_size(image_size, method):
    """Raises UserError for a TFLite model's size that the networks do not take."""
    largest, full = method.largest_side, (method.largest_side, method.largest_side)
    if not math.isfinite(largest):
        return
    size = "x".join(map(str, image_size)) if image_size else "dynamic"
    if not method.directions and image_size != full:
        raise UserError(f"--image_size={size}: the classifier takes {largest}x{largest}")
    if image_size is None or max(image_size) > largest:
        name = method.config.model.method
        raise UserError(f"--image_size={size}: method {name} takes at most {largest}x{largest}")


def probe(plan, tasks):
    """Raises OSError where something is in the way, now rather than after minutes of work.

    Args:
      plan: plan.Plan.
      tasks: list of Task that will be written.
    """
    plan.output.mkdir(parents=True, exist_ok=True)
    for folder in {name for each in plan.request.formats for name in FOLDERS[each]} | {"."}:
        path = plan.output / folder
        # A mounted folder must take files too; one that is not there will be made.
        if path.exists() or path.is_symlink():
            tempfile.TemporaryFile(dir=path).close()
    for task in tasks if "tflite" in plan.writers else ():
        for name in plan.request.quantizations:
            size = task.tflite_size(plan.image_size)
            path = tflite_path(plan.output, task.name, size, name)
            if path.is_dir():
                raise IsADirectoryError(None, "a folder is where a file should go", str(path))
