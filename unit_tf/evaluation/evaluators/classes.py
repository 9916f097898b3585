"""How a method that classifies sees the held-out images of a domain."""

import numpy as np

from unit_tf.data.image_grids import evenly_spaced, image_grid
from unit_tf.data.images import to_float, to_uint8
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.features.batches import Batches
from unit_tf.evaluation.metrics.class_accuracy import (
    accuracies,
    captioned,
    confusion,
    confusion_image,
)

AT_A_TIME = 256
GRID_ROWS = 10


class Classes(Evaluator):
    """Accuracies, a confusion matrix and, of a method that also translates, a grid."""

    @classmethod
    def applies(cls, request, config, spec):
        return spec.labelled

    def begin(self, work):
        self._work, self._labels, self._shown, self._matrix = work, [], [], None
        self._predicted = Batches(self._predict, AT_A_TIME)
        count = len(work.tests)
        self._rows = evenly_spaced(count, GRID_ROWS) if work.direction else ()
        return range(count)

    def observe(self, sample):
        self._labels.append(sample.label)
        self._predicted.add(sample.image)
        if sample.index in self._rows:
            self._shown.append(sample.image)

    def figures(self):
        """{"images", "accuracy", "accuracy_by_class", "confusion"}."""
        self._matrix = confusion(self._labels, self._predicted.rows())
        overall, each = accuracies(self._matrix)
        return {
            "images": len(self._labels), "accuracy": overall, "accuracy_by_class": each,
            "confusion": self._matrix.tolist(),
        }  # fmt: skip

    def text(self, figures):
        count, accuracy = figures["images"], figures["accuracy"]
        return f"{self._work.name}: {accuracy:.4f} of {count} images are read as what they are"

    def images(self):
        work = self._work
        found = {f"confusion_{work.name}": confusion_image(self._matrix)}
        if work.direction:
            grid = class_grid(work.method, self._shown, work.direction)
            found[f"grid_{work.direction}"] = grid
        return found

    def _predict(self, images):
        """int array [N]: the classes of a few images."""
        x = np.stack([to_float(image) for image in images])
        return predicted(self._work.method, x, self._work.source)


def predicted(method, x, domain):
    """int array [N]: the most likely class of each image, float32 [N, H, W, C] in [-1, 1]."""
    return np.argmax(method.classify(x, domain), -1)


def class_grid(method, images, direction):
    """Images, their translations and back, each over the class that is read in it.

    Args:
      method: a Method that translates and classifies.
      images: list of uint8 [H, W, C] of the direction's first domain.
      direction: ``"a2b"`` or ``"b2a"``; where the method does not translate back, the third column
        is missing.

    Returns:
      uint8 [H, W, 3].
    """
    source, target = direction.split("2")
    x, back = np.stack([to_float(image) for image in images]), f"{target}2{source}"
    translated = method.translate(x, direction)
    shown = [(source, x, source), (direction, translated, target)]
    if back in method.directions:
        shown.append(("and back", method.translate(translated, back), source))
    columns = []
    for _, batch, domain in shown:
        classes, pixels = predicted(method, batch, domain), to_uint8(np.asarray(batch))
        columns.append([captioned(p, f"read as {k}") for p, k in zip(pixels, classes, strict=True)])
    return image_grid(list(zip(*columns, strict=True)), [title for title, _, _ in shown])
