"""How many faces show the attribute: translations, untouched inputs and real faces.

A small classifier looks for the attribute. A good translator's share equals the real faces': it
falls from A to B and rises from B to A. The classifier's own accuracy, on the faces that it was
measured on and on these test faces, says how far to trust the shares.
"""

import numpy as np

from unit_tf.config import UserError
from unit_tf.data.registry import find_source
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.features.batches import Batches

THRESHOLD = 0.5
GROUPS = ("translation", "identity", "real")
# Accuracy below which the shares are not to be trusted.
LEAST_ACCURACY = 0.98
AT_A_TIME = 64


class AttributeShare(Evaluator):
    """Shares of faces that show the attribute, and how often the classifier is right.

    Args:
      attribute: one that the shipped classifier knows.
      classifier: AttributeClassifier; None for the shipped one, which ``prepare`` reads.

    Attributes:
      shown: list of bool, whether each translation of the pass shows it.
    """

    def __init__(self, attribute, classifier=None):
        self._attribute, self._classifier = attribute, classifier

    @classmethod
    def applies(cls, request, config, spec):
        return find_source(config.data.source).rated_faces and not spec.labelled

    @classmethod
    def create(cls, request, config, output):
        return cls(config.data.attribute)

    def prepare(self):
        from unit_tf.evaluation.features import attribute_classifier

        if self._classifier is None:
            try:
                self._classifier = attribute_classifier.load_classifier()
            except ValueError as error:  # its files are damaged
                raise UserError(str(error)) from None

    def begin(self, work):
        self._work, self.shown = work, []
        self._images = {name: Batches(self._shows, AT_A_TIME) for name in ("identity", "real")}
        return range(len(work.tests)) if work.paired else ()

    def observe(self, sample):
        self._images["real"].add(sample.truth)
        self._images["identity"].add(sample.image)
        probability = self._classifier.probability(sample.translation, self._attribute)
        self.shown.append(probability > THRESHOLD)

    def figures(self):
        """{"attribute_share": dict}.

        It holds "attribute", "target" (1 where B is translated to A, whose faces have it; else 0),
        "images", {group of GROUPS: share in [0, 1]}, "held_out_accuracy" (from the classifier's
        card) and "accuracy" on the inputs and truths of these tests.
        """
        if not self.shown:
            return {}
        found = {"translation": np.array(self.shown)}
        found |= {name: batches.rows() for name, batches in self._images.items()}
        target = int(self._work.direction == "b2a")
        right = np.concatenate([found["identity"] != target, found["real"] == target])
        figures = {
            "attribute": self._attribute, "target": target, "images": len(self.shown),
            **{group: float(found[group].mean()) for group in GROUPS},
            "held_out_accuracy": self._classifier.card["held_out_accuracy"][self._attribute],
            "accuracy": float(right.mean()),
        }  # fmt: skip
        return {"attribute_share": figures}

    def text(self, figures):
        share = figures.get("attribute_share")
        return share_text(self._work.name, share) if share else ""

    def _shows(self, images):
        """bool [N]: whether the classifier sees the attribute."""
        column = self._classifier.attributes.index(self._attribute)
        return self._classifier.probabilities(images)[:, column] > THRESHOLD


def share_text(name, figures):
    """A pass's shares as a table.

    Args:
      name: of the pass.
      figures: what ``AttributeShare.figures`` returns under "attribute_share".
    """
    heading = f"{name}: share with {figures['attribute']}"
    lines = [
        f"{heading:26}" + "".join(f"{group:>13}" for group in GROUPS),
        f"{'':26}" + "".join(f"{figures[group]:13.4f}" for group in GROUPS),
        f"classifier: right on {figures['held_out_accuracy']:.4f} of its own held-out faces, on "
        f"{figures['accuracy']:.4f} of these {2 * figures['images']} inputs and truths",
    ]
    if min(figures["held_out_accuracy"], figures["accuracy"]) < LEAST_ACCURACY:
        lines.append(f"note: that is below {LEAST_ACCURACY}; do not trust the shares")
    return "\n".join(lines)
