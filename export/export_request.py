"""What an export is asked for. Imports no TensorFlow."""

import dataclasses
import pathlib
from collections.abc import Iterable, Mapping

from unit_tf import config as config_lib
from unit_tf.config import UserError
from unit_tf.data.spec import POLARITIES
from unit_tf.methods import spec

FORMATS = ("saved_model", "tflite", "web")
QUANTIZATIONS = ("float32", "float16", "dynamic", "int8", "int8_float_norm")
DIRECTIONS = {**{direction: (direction,) for direction in spec.DIRECTIONS}, "both": spec.DIRECTIONS}
DYNAMIC = "dynamic"
DRAWINGS = ("auto", *POLARITIES, "none")


@dataclasses.dataclass(frozen=True)
class ExportRequest:
    """The flags of unit-export, or the arguments of ``unit_tf.export``.

    Values are checked as they are given; ``plan.make_plan`` then looks at the disk. Messages call a
    value by its flag.

    Args:
      workdir: a training's folder, or the name of a shipped translator.
      output: folder to write to; need not exist.
      formats: names in FORMATS, as a sequence or comma-separated. ``web`` includes ``tflite``.
      direction: ``"a2b"``, ``"b2a"``, ``"both"``, or None for what the method has.
      image_size: of the TFLite models and the page: (height, width), one number for both, text as
        the flag takes it, ``"dynamic"`` for any size, or None for the training's (its test tiles'
        where those are larger).
      quantizations: names in QUANTIZATIONS, likewise; the page takes the first.
      litert: folder with the npm package @litertjs/core; ``web`` needs it.
      data: {"data.dir_a": folder} and the like, where the images are now.
      checkpoint: of a training: ``"newest"``, ``"best"``, or a step.
      drawing_a: how images of A are drawn on the page's pad, a name in DRAWINGS. ``"auto"`` goes by
        the data's source, and by images having one channel; ``"none"`` leaves the pad out.
      drawing_b: the same of B.

    Raises:
      UserError: a value cannot be; one line.

    Example:
      >>> ExportRequest("blue_marble", "out", formats="tflite", image_size=256).image_size
      (256, 256)
    """

    workdir: str | pathlib.Path
    output: str | pathlib.Path
    formats: tuple[str, ...] = ("saved_model", "tflite")
    direction: str | None = None
    image_size: tuple[int, int] | str | None = None
    quantizations: tuple[str, ...] = ("float32",)
    litert: str | pathlib.Path | None = None
    data: Mapping = dataclasses.field(default_factory=dict)
    checkpoint: str | int = "newest"
    drawing_a: str = "auto"
    drawing_b: str = "auto"

    def __post_init__(self):
        for name in ("workdir", "output"):
            if not str(getattr(self, name)):
                raise UserError(f"--{name} is required")
        self._set("formats", _chosen("formats", self.formats, FORMATS))
        if self.direction is not None and self.direction not in tuple(DIRECTIONS):
            hint = config_lib.nearest(str(self.direction), DIRECTIONS)
            raise UserError(f"--direction={self.direction}: not valid{hint}")
        chosen = _chosen("tflite.quantization", self.quantizations, QUANTIZATIONS)
        self._set("quantizations", chosen)
        if self.image_size is not None and str(self.image_size) != DYNAMIC:
            field = config_lib.lookup("data.image_size")
            self._set("image_size", config_lib.parse_value("image_size", field, self.image_size))
        self._check_drawings()
        self._set("data", config_lib.named_settings("data", self.data, ("data",)))

    def _check_drawings(self):
        """Raises UserError for a drawing that is not valid, or for which there is no page."""
        for domain, value in self.drawings.items():
            flag = f"--web.drawing_{domain}={value}"
            if value not in DRAWINGS:
                raise UserError(f"{flag}: not valid{config_lib.nearest(str(value), DRAWINGS)}")
            if value != "auto" and "web" not in self.formats:
                raise UserError(f"{flag}: only a page has a drawing pad; add --formats=web")
            if value != "auto" and domain not in self._domains_read:
                raise UserError(
                    f"{flag}: with --direction={self.direction} the page reads no image of {domain}"
                )

    @property
    def drawings(self):
        """{"a", "b": a name in DRAWINGS}."""
        return {"a": self.drawing_a, "b": self.drawing_b}

    @property
    def _domains_read(self):
        return [direction[0] for direction in self.directions or spec.DIRECTIONS]

    def _set(self, name, value):
        """Puts the checked form of a value in its place; only ``__post_init__`` does."""
        object.__setattr__(self, name, value)

    @property
    def directions(self):
        """Those that ``direction`` names, or None for what the method has."""
        return None if self.direction is None else DIRECTIONS[self.direction]


def _chosen(flag, names, valid):
    """The names, each once and in their order.

    Raises:
      UserError: one is not valid, or there is none.
    """
    if not isinstance(names, (str, Iterable)):
        raise UserError(f"--{flag}={names}: expected names, such as {valid[0]}")
    text = names if isinstance(names, str) else ",".join(map(str, names))
    chosen = dict.fromkeys(name.strip() for name in text.split(","))
    for name in chosen:
        if name not in valid:
            raise UserError(
                f"--{flag}={text}: {name!r} is not valid{config_lib.nearest(name, valid)}"
            )
    return tuple(chosen)
