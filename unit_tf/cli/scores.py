"""One direction's evaluation: test images through the translator, scores, a grid to look at."""

import typing

import numpy as np

from unit_tf.data.base import DataError
from unit_tf.evaluation.image_grids import evenly_spaced, image_grid
from unit_tf.evaluation.metrics import local_edits
from unit_tf.evaluation.metrics.baselines import best_constants
from unit_tf.evaluation.metrics.paired_report import report, table

GRID_ROWS = 8
# Settings that say which data set it is.
PLACES = (
    "root", "dir_a", "dir_b", "test_dir_a", "test_dir_b", "tfds", "labelled_a", "labelled_b",
    "attribute", "map", "faces_seed", "num_test_faces",
)  # fmt: skip


class DirectionResult(typing.NamedTuple):
    """What one direction's test images gave.

    Attributes:
      figures: dict fit for JSON; "images", "paired" and, for pairs, what ``report`` returns; of
        methods with styles "diversity" too, from ``diverse.add_diversity``; with InceptionV3
        "realism", from ``realism.add_realism``; of faces with an attribute "attribute_share", from
        ``attribute_share.add_attribute_share``.
      text: the same for people, but for diversity and realism.
      grid: uint8 [H, W, 3].
      styles: the same, of translations in several styles; or None.
      grids: {"grid": grid} and, where there are some, "styles".
    """

    figures: dict
    text: str
    grid: np.ndarray
    styles: np.ndarray | None = None

    @property
    def grids(self):
        return {"grid": self.grid} | ({} if self.styles is None else {"styles": self.styles})


def evaluate_direction(tests, translate, direction, limit=None):
    """Translates test images and scores them against their truth, where that is known.

    Images are loaded one at a time and translated once; truths are read twice, since the constant
    baselines are chosen before anything is scored.

    Args:
      tests: non-empty list of TestImage.
      translate: function from ``image_files.image_translator``.
      direction: ``"a2b"`` or ``"b2a"``.
      limit: take that many, evenly spaced; None for all.

    Returns:
      DirectionResult.

    Raises:
      DataError: an image has another size than its truth.
    """
    tests = [tests[i] for i in evenly_spaced(len(tests), limit or len(tests))]
    shown = evenly_spaced(len(tests), GRID_ROWS)
    if not all(test.load_truth for test in tests):
        rows = []
        for i in shown:
            image = tests[i].load()
            rows.append([image, translate(image, tests[i].name)])
        text = f"{direction}: {len(tests)} images without truth; a grid and no scores"
        figures = {"images": len(tests), "paired": False}
        return DirectionResult(figures, text, image_grid(rows, _titles(direction)[:2]))
    constants = best_constants(test.load_truth() for test in tests)
    rows = {}
    figures = report(_samples(tests, translate, rows, shown), constants)
    text = f"{direction}: mean over {len(tests)} images with truth\n{table(figures)}"
    edits = figures.get("local_edits")
    if edits and edits["changed"] <= local_edits.LOCAL:
        text += f"\n{local_edits.table(edits)}"
    grid = image_grid([rows[i] for i in shown], _titles(direction))
    return DirectionResult({"paired": True, **figures}, text, grid)


def document(config, loaded, results, notes):
    """The whole evaluation as a dict fit for JSON.

    Args:
      config: ExperimentConfig whose data were read.
      loaded: inference.load.LoadedTranslator.
      results: {direction: DirectionResult}.
      notes: Data.notes.
    """
    default = type(config.data)()
    places = {name: getattr(config.data, name) for name in PLACES}
    places = {name: v for name, v in places.items() if v != getattr(default, name)}
    return {
        "preset": config.preset,
        "step": loaded.step,
        "weights": str(loaded.source),
        "data": {"source": config.data.source, **places},
        "notes": list(notes),
        "directions": {direction: result.figures for direction, result in results.items()},
    }


def _samples(tests, translate, rows, shown):
    """Yields (image, translation, truth); those at an index in ``shown`` also go to ``rows``."""
    for i, test in enumerate(tests):
        image, truth = test.load(), test.load_truth()
        if image.shape[:2] != truth.shape[:2]:
            sizes = ["x".join(map(str, p.shape[:2])) for p in (image, truth)]
            raise DataError(f"{test.name}: {sizes[0]} pixels, but {sizes[1]} in its truth")
        sample = (image, translate(image, test.name), truth)
        if i in shown:
            rows[i] = list(sample)
        yield sample


def _titles(direction):
    source, target = direction.split("2")
    return [f"input ({source})", f"translation ({source} to {target})", f"truth ({target})"]
