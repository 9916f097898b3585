"""unit-evaluate for methods that classify: how the held-out pictures of both domains are read."""

import json

import numpy as np

from unit_tf.cli.pictures import write_picture
from unit_tf.cli.scores import document
from unit_tf.data.images import to_float
from unit_tf.evaluation.classification import accuracies, confusion, confusion_picture
from unit_tf.evaluation.grids import evenly_spaced
from unit_tf.files import write_text

AT_A_TIME = 256


def evaluate(config, loaded, data, output, limit=None):
    """Prints accuracies, and as the last line the report as JSON; writes it and a matrix each.

    Args:
      config: ExperimentConfig whose data were read.
      loaded: training.workdir.Loaded, its method one that classifies.
      data: Data whose test pictures have labels.
      output: folder for evaluation.json and confusion_a.png, confusion_b.png.
      limit: take that many pictures a domain, evenly spaced; None for all.
    """
    figures, matrices = {}, {}
    for domain, tests in (("a", data.test_a), ("b", data.test_b)):
        tests = [tests[i] for i in evenly_spaced(len(tests), limit or len(tests))]
        if not tests:
            continue
        labels = [test.label for test in tests]
        matrices[domain] = confusion(labels, predict(loaded.method, tests, domain))
        overall, each = accuracies(matrices[domain])
        figures[domain] = {
            "pictures": len(tests), "accuracy": overall, "accuracy_by_class": each,
            "confusion": matrices[domain].tolist(),
        }  # fmt: skip
        print(f"{domain}: {overall:.4f} of {len(tests)} pictures are read as what they are")
    report = {**document(config, loaded, {}, data.notes), "classes": figures}
    text = json.dumps(report, allow_nan=False)
    for domain, matrix in matrices.items():
        write_picture(output / f"confusion_{domain}.png", confusion_picture(matrix))
    write_text(output / "evaluation.json", text + "\n")
    print(text)


def predict(method, tests, domain):
    """int array [N]: the class that a method reads in each of N TestPictures."""
    found = []
    for first in range(0, len(tests), AT_A_TIME):
        x = np.stack([to_float(test.load()) for test in tests[first : first + AT_A_TIME]])
        found.append(np.argmax(method.classify(x, domain), -1))
    return np.concatenate(found)
