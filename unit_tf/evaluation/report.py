"""What an evaluation found: for people, as JSON, and as files."""

import dataclasses
import json

import numpy as np

from unit_tf.config import printable
from unit_tf.files import write_text
from unit_tf.inference.image_files import write_image

# Settings of the data section that say which data set it is.
WHICH_DATA = (
    "root", "dir_a", "dir_b", "test_dir_a", "test_dir_b", "tfds", "labelled_a", "labelled_b",
    "attribute", "map", "faces_seed", "num_test_faces",
)  # fmt: skip
FILE = "evaluation.json"


@dataclasses.dataclass(frozen=True)
class EvaluationReport:
    """The whole evaluation of one method.

    Attributes:
      preset: name of the experiment's preset.
      step: training steps that the method has seen.
      weights: file or folder that they came from.
      data: {"source": name, ...}, which data set it was.
      notes: lines about the data, such as how many bad files were skipped.
      directions: {direction: figures}, a dict fit for JSON; only those that the method has.
      classes: {domain: figures} of a method that classifies, else None.
      text: tables for people, without a final newline.
      images: {file name without its extension: uint8 [H, W, 3]}.
    """

    preset: str
    step: int
    weights: str
    data: dict
    notes: tuple[str, ...]
    directions: dict
    classes: dict | None = None
    text: str = ""
    images: dict[str, np.ndarray] = dataclasses.field(default_factory=dict, repr=False)

    def to_dict(self):
        """Everything but text and images, fit for JSON."""
        return {
            "preset": self.preset,
            "step": self.step,
            "weights": self.weights,
            "data": self.data,
            "notes": list(self.notes),
            "directions": self.directions,
            **({} if self.classes is None else {"classes": self.classes}),
        }

    def to_json(self):
        """``to_dict`` as one line of JSON.

        Raises:
          ValueError: a figure is not finite.
        """
        return json.dumps(self.to_dict(), allow_nan=False)

    def write(self, folder):
        """Writes the images and evaluation.json.

        Args:
          folder: pathlib.Path; need not exist.

        Raises:
          UserError: a file cannot be written.
        """
        text = self.to_json()
        for name, image in self.images.items():
            write_image(folder / f"{name}.png", image)
        write_text(folder / FILE, text + "\n")


def scored_line(loaded):
    """Which weights were scored, for people; ``loaded`` is a LoadedTranslator."""
    return printable(f"scored: step {loaded.step}, {loaded.source}")


def report_of(config, loaded, results, notes):
    """The report of several passes.

    Args:
      config: ExperimentConfig whose data were read.
      loaded: the trained method with its ``step`` and ``source``.
      results: {a pass's name: PassResult}.
      notes: Data.notes.

    Returns:
      EvaluationReport.
    """
    default = type(config.data)()
    places = {name: getattr(config.data, name) for name in WHICH_DATA}
    places = {name: v for name, v in places.items() if v != getattr(default, name)}
    figures = {name: result.figures for name, result in results.items()}
    classifies = loaded.method.classifies
    return EvaluationReport(
        preset=config.preset,
        step=loaded.step,
        weights=str(loaded.source),
        data={"source": config.data.source, **places},
        notes=tuple(notes),
        directions={} if classifies else figures,
        classes=figures if classifies else None,
        text="\n".join([*(result.text for result in results.values()), scored_line(loaded)]),
        images={k: v for result in results.values() for k, v in result.images.items()},
    )
