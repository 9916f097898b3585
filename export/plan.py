"""An export's request, held against the disk. Imports no TensorFlow, so that it fails at once."""

import dataclasses
import pathlib

from unit_tf.export import manifest
from unit_tf.export.export_request import DYNAMIC, FORMATS, ExportRequest
from unit_tf.export.web import drawing_pad, writer

from unit_tf.config import DataConfig, UserError, output_path, refuse_no_utf8
from unit_tf.methods.registry import find_method
from unit_tf.resolve import check
from unit_tf.training import workdir as workdir_lib
from unit_tf.training.checkpoint_choice import find_checkpoint

# A page is made of TFLite models.
MADE_OF = {name: "tflite" if name == "web" else name for name in FORMATS}

# Settings of how images are read, which say nothing about where they are.
_HOW_READ = {"data.max_megapixels", "data.skip_bad", "data.value_range", "data.cache_dir"}


@dataclasses.dataclass(frozen=True)
class Plan:
    """What will be exported, from where and to where; every value is checked.

    Attributes:
      request: the ExportRequest.
      workdir: folder of the training or of the shipped translator.
      output: folder to write to.
      data: DataConfig of the images to compare and calibrate on.
      image_size: (height, width) of TFLite models, None for any.
      litert: web.writer.LiteRT, or None without web.
      pads: drawing_pad.Pads of the page; of no domain without web.
      size_note: one line where nobody asked for that size and it is not the training's; or "".
    """

    request: ExportRequest
    workdir: pathlib.Path
    output: pathlib.Path
    data: DataConfig
    image_size: tuple[int, int] | None
    litert: writer.LiteRT | None
    pads: drawing_pad.Pads = drawing_pad.Pads({})
    size_note: str = ""

    @property
    def data_named(self):
        """Whether the user said where the images are now: then they must be there."""
        return not self.request.data.keys() <= _HOW_READ

    @property
    def writers(self):
        """Names in formats.WRITERS, in that table's order."""
        wanted = {MADE_OF[name] for name in self.request.formats}
        return [name for name in FORMATS if name in wanted]

    def writers_of(self, task):
        """Those of ``writers`` that a task is written with."""
        return [name for name in self.writers if name in task.formats]


def make_plan(request):
    """The Plan of an ExportRequest.

    Raises:
      UserError: the workdir, the output folder, the data's settings or LiteRT.js cannot be used, or
        the method's spec has not what was asked for.
    """
    output = output_path(request.output)
    refuse_no_utf8("--output", output)
    workdir = workdir_lib.resolve_workdir(request.workdir)
    config = check(workdir_lib.read_config(workdir).replace(request.data))
    if config.data.source == "folder":
        from unit_tf.data.sources.folders import refuse_absent  # imports numpy

        refuse_absent(request.data)
    find_checkpoint(workdir, request.checkpoint)
    method = find_method(config.model.method)
    refuse_directions(request, method.name, method.directions)
    image_size, size_note = request.image_size, ""
    if image_size is None:
        image_size, size_note = _default_size(config.data)
    image_size = None if image_size == DYNAMIC else image_size
    litert = _litert(request, method, image_size)
    pads = drawing_pad.Pads({})
    if litert:
        directions = request.directions or method.directions
        pads = drawing_pad.pads_of(request.drawings, config.data, directions)
    manifest.read(output)
    return Plan(request, workdir, output, config.data, image_size, litert, pads, size_note)


def refuse_directions(request, name, directions):
    """Raises UserError for a direction that a method has not; the line says what it has.

    Args:
      request: ExportRequest.
      name: the method's.
      directions: those that it translates in.
    """
    if request.direction is None or set(request.directions) <= set(directions):
        return
    has = "does not translate; without this flag its classifier is exported"
    if directions:
        has = f"translates {' and '.join(directions)} alone"
    raise UserError(f"--direction={request.direction}: method {name} {has}")


def _default_size(data):
    """((height, width) of TFLite models where none is asked for, ``Plan.size_note``).

    The training's crop; the test tiles where those are larger, for crops may be small parts of
    what is translated: the shipped blue_marble learned from 32x32 and is meant for 64x64.

    Args:
      data: DataConfig.
    """
    crop = tuple(data.image_size)
    size = tuple(max(side, data.tile_size) for side in crop)
    if size == crop:
        return crop, ""
    shown, cut = ("x".join(map(str, sides)) for sides in (size, crop))
    note = f"TFLite models take {shown}, as the test tiles are (training crops are {cut}); "
    return size, f"{note}--image_size=HxW or dynamic gives others"


def _litert(request, method, image_size):
    """web.writer.LiteRT where ``web`` is asked for, else None."""
    if "web" not in request.formats:
        return None
    writer.refuse_page(method.name, method.directions)
    if image_size is None:
        raise UserError("--image_size=dynamic: a page needs a fixed size, such as 256")
    if not request.litert:
        raise UserError(
            "--web.litert is required for --formats=web: the folder of `npm install "
            "--prefix FOLDER @litertjs/core`"
        )
    return writer.litert_folders(request.litert)
