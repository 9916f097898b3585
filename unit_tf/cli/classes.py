"""unit-evaluate for methods that classify: how the held-out images of both domains are read."""

import json

import numpy as np

from unit_tf.cli.scores import document
from unit_tf.data.images import to_float, to_uint8
from unit_tf.evaluation.image_grids import evenly_spaced, image_grid
from unit_tf.evaluation.metrics.class_accuracy import (
    accuracies,
    captioned,
    confusion,
    confusion_image,
)
from unit_tf.files import write_text
from unit_tf.inference.image_files import write_image

AT_A_TIME = 256
GRID_ROWS = 10


def evaluate(config, loaded, data, output, limit=None):
    """Prints accuracies, and as the last line the report as JSON; writes it and a matrix each.

    Args:
      config: ExperimentConfig whose data were read.
      loaded: inference.load.LoadedTranslator, its method one that classifies.
      data: Data whose test images have labels.
      output: folder for evaluation.json, confusion_a.png, confusion_b.png and, of a method that
        translates, grid_a2b.png, grid_b2a.png.
      limit: take that many images a domain, evenly spaced; None for all.
    """
    figures, images, method = {}, {}, loaded.method
    for domain, tests in (("a", data.test_a), ("b", data.test_b)):
        tests = [tests[i] for i in evenly_spaced(len(tests), limit or len(tests))]
        if not tests:
            continue
        labels = [test.label for test in tests]
        matrix = confusion(labels, predict(method, tests, domain))
        images[f"confusion_{domain}"] = confusion_image(matrix)
        overall, each = accuracies(matrix)
        figures[domain] = {
            "images": len(tests), "accuracy": overall, "accuracy_by_class": each,
            "confusion": matrix.tolist(),
        }  # fmt: skip
        for direction in (d for d in method.directions if d[0] == domain):
            chosen = [tests[i] for i in evenly_spaced(len(tests), GRID_ROWS)]
            images[f"grid_{direction}"] = translation_grid(method, chosen, direction)
        print(f"{domain}: {overall:.4f} of {len(tests)} images are read as what they are")
    report = {**document(config, loaded, {}, data.notes), "classes": figures}
    text = json.dumps(report, allow_nan=False)
    for name, image in images.items():
        write_image(output / f"{name}.png", image)
    write_text(output / "evaluation.json", text + "\n")
    print(text)


def predict(method, tests, domain):
    """int array [N]: the class that a method reads in each of N TestImages."""
    found = []
    for first in range(0, len(tests), AT_A_TIME):
        x = np.stack([to_float(test.load()) for test in tests[first : first + AT_A_TIME]])
        found.append(np.argmax(method.classify(x, domain), -1))
    return np.concatenate(found)


def translation_grid(method, tests, direction):
    """Images, their translations and back, each over the class that is read in it.

    Args:
      method: a Method that translates and classifies.
      tests: TestImages of the direction's first domain.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      uint8 [H, W, 3].
    """
    source, target = direction.split("2")
    x = np.stack([to_float(test.load()) for test in tests])
    translated = method.translate(x, direction)
    columns = []
    for images, domain in (
        (x, source),
        (translated, target),
        (method.translate(translated, f"{target}2{source}"), source),
    ):
        read = np.argmax(method.classify(images, domain), -1)
        shown = to_uint8(np.asarray(images))
        columns.append([captioned(p, f"read as {k}") for p, k in zip(shown, read, strict=True)])
    return image_grid(list(zip(*columns, strict=True)), [source, direction, "and back"])
