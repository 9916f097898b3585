"""What unit-export was asked for, held against what the method is."""

import math
import pathlib
import tempfile
import typing

from unit_tf.export.formats import WRITERS
from unit_tf.export.tasks import tasks_of
from unit_tf.export.tflite import tflite_path
from unit_tf.export.web.writer import LiteRT, refuse_page

from unit_tf.config import DataConfig, UserError


class Plan(typing.NamedTuple):
    """What unit-export was asked for; every value is checked.

    Attributes:
      data: DataConfig of the images to compare and calibrate on.
      data_named: whether the user said where they are now: then they must be there.
      output: folder.
      formats: of saved_model, tflite, web.
      directions: of a2b, b2a; None for what the method has.
      image_size: (height, width) of TFLite models, None for any.
      quantizations: names in quantize.QUANTIZATIONS.
      litert: web.writer.LiteRT, or None without web.
    """

    data: DataConfig
    data_named: bool
    output: pathlib.Path
    formats: tuple[str, ...]
    directions: tuple[str, ...] | None
    image_size: tuple[int, int] | None
    quantizations: tuple[str, ...]
    litert: LiteRT | None

    @property
    def writers(self):
        """Names in WRITERS, in the table's order; a page is made of TFLite models."""
        wanted = {"tflite" if name == "web" else name for name in self.formats}
        return [name for name in WRITERS if name in wanted]

    def writers_of(self, task):
        """Those of ``writers`` that a task is written with."""
        return [name for name in self.writers if name in task.formats]

    def tasks(self, method):
        """``tasks.tasks_of`` a method, those that are in one of the formats asked for.

        Raises:
          UserError: the method cannot do what was asked for.
        """
        self._refuse(method)
        directions = method.directions if self.directions is None else self.directions
        return [task for task in tasks_of(method, directions) if self.writers_of(task)]

    def _refuse(self, method):
        kind, largest = f"method {method.config.model.method}", method.largest_side
        size = "x".join(map(str, self.image_size)) if self.image_size else "dynamic"
        if self.directions and not method.directions:
            asked = "both" if len(self.directions) > 1 else self.directions[0]
            raise UserError(
                f"--direction={asked}: {kind} does not translate; "
                "without this flag its classifier is exported"
            )
        if "web" in self.formats:
            refuse_page(method.config)
        if math.isfinite(largest):
            full = (largest, largest)
            if not method.directions and self.image_size != full:
                raise UserError(f"--image_size={size}: the classifier takes {largest}x{largest}")
            if self.image_size is None or max(self.image_size) > largest:
                raise UserError(f"--image_size={size}: {kind} takes at most {largest}x{largest}")

    def probe(self, tasks):
        """Raises OSError where something is in the way, now rather than after minutes of work."""
        folders = {"saved_model": ["serving"], "tflite": ["tflite"], "web": ["tflite", "web"]}
        self.output.mkdir(parents=True, exist_ok=True)
        for folder in {name for each in self.formats for name in folders[each]} | {"."}:
            path = self.output / folder
            # A mounted folder must take files too; one that is not there will be made.
            if path.exists() or path.is_symlink():
                tempfile.TemporaryFile(dir=path).close()
        for task in tasks if "tflite" in self.writers else ():
            for name in self.quantizations:
                size = task.tflite_size(self.image_size)
                path = tflite_path(self.output, task.name, size, name)
                if path.is_dir():
                    raise IsADirectoryError(None, "a folder is where a file should go", str(path))
