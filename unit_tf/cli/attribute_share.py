"""unit-evaluate for faces with an attribute: how many translations show it.

A small classifier looks for the attribute in the translations of each direction, in the untouched
inputs and in real faces of the target domain. A good translator's share equals the real faces': it
falls from A to B and rises from B to A. The classifier's own accuracy, on the faces that it was
measured on and on these test faces, says how far to trust the shares. Importing this module needs
neither TensorFlow nor numpy.
"""

import functools

from unit_tf.config import UserError

SOURCE = "avatars"
THRESHOLD = 0.5
GROUPS = ("translation", "identity", "real")
# Accuracy below which the shares are not to be trusted.
LEAST_ACCURACY = 0.98


class Classified:
    """A translator that keeps how likely each of its translations shows the attribute.

    Args:
      translate: (image uint8 [H, W, C], name) -> uint8 [H, W, 3].
      classifier: evaluation.attribute_classifier.AttributeClassifier.
      attribute: one of its attributes.
    """

    def __init__(self, translate, classifier, attribute):
        self._translate = translate
        self.classifier, self.attribute = classifier, attribute
        self.probabilities = {}

    def __call__(self, image, name):
        translation = self._translate(image, name)
        self.probabilities[name] = self.classifier.probability(translation, self.attribute)
        return translation


def open_classifier(config):
    """Reads the shipped classifier where the data are faces that it knows.

    Args:
      config: ExperimentConfig whose data are evaluated.

    Returns:
      function: a translator -> Classified; None for other data.

    Raises:
      UserError: its files are damaged.
    """
    if config.data.source != SOURCE:
        return None
    from unit_tf.evaluation.features.attribute_classifier import load_classifier

    try:
        classifier = load_classifier()
    except ValueError as error:
        raise UserError(str(error)) from None
    return functools.partial(Classified, classifier=classifier, attribute=config.data.attribute)


def add_attribute_share(result, classified, tests, direction):
    """Measures one direction, prints the figures and puts them beside the others.

    Args:
      result: scores.DirectionResult of the same direction.
      classified: Classified, the translator that ``result`` was made with.
      tests: list of TestImage of the direction, all of them.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      DirectionResult with "attribute_share" among its figures.
    """
    tests = [test for test in tests if test.name in classified.probabilities]
    figures = measure(classified, tests, direction)
    print(figures_text(direction, figures), flush=True)
    return result._replace(figures={**result.figures, "attribute_share": figures})


def measure(classified, tests, direction):
    """Shares of faces that show the attribute, and how often the classifier is right.

    Args:
      classified: Classified.
      tests: the TestImages that it translated, with truths.
      direction: ``"a2b"`` or ``"b2a"``.

    Returns:
      dict fit for JSON: "attribute", "target" (1 where B is translated to A, whose faces have it;
      else 0), "images", {group of GROUPS: share in [0, 1]}, "held_out_accuracy" (from the
      classifier's card) and "accuracy" on the inputs and truths of these tests.
    """
    import numpy as np

    classifier, attribute = classified.classifier, classified.attribute
    column, target = classifier.attributes.index(attribute), int(direction == "b2a")

    def shown(images):
        return classifier.probabilities(images)[:, column] > THRESHOLD

    found = {
        "translation": np.array([classified.probabilities[t.name] > THRESHOLD for t in tests]),
        "identity": shown([test.load() for test in tests]),
        "real": shown([test.load_truth() for test in tests]),
    }
    right = np.concatenate([found["identity"] != target, found["real"] == target])
    return {
        "attribute": attribute, "target": target, "images": len(tests),
        **{group: float(found[group].mean()) for group in GROUPS},
        "held_out_accuracy": classifier.card["held_out_accuracy"][attribute],
        "accuracy": float(right.mean()),
    }  # fmt: skip


def figures_text(direction, figures):
    """``measure``'s figures for people."""
    heading = f"{direction}: share with {figures['attribute']}"
    lines = [
        f"{heading:26}" + "".join(f"{group:>13}" for group in GROUPS),
        f"{'':26}" + "".join(f"{figures[group]:13.4f}" for group in GROUPS),
        f"classifier: right on {figures['held_out_accuracy']:.4f} of its own held-out faces, on "
        f"{figures['accuracy']:.4f} of these {2 * figures['images']} inputs and truths",
    ]
    if min(figures["held_out_accuracy"], figures["accuracy"]) < LEAST_ACCURACY:
        lines.append(f"note: that is below {LEAST_ACCURACY}; do not trust the shares")
    return "\n".join(lines)
