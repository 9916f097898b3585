"""Scores of each test image by itself, and KID, of a trained translator.

Means cannot tell whether one training is better than another on the same images: differences image
by image can, and need these.
"""

from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.evaluation.metrics.baselines import identity
from unit_tf.evaluation.metrics.local_edits import REGIONS, score_regions
from unit_tf.evaluation.metrics.paired_report import score

DIGITS = 4


class ImageScores(Evaluator):
    """L1 and accuracies of each translation, and inside and outside of what should change."""

    def begin(self, work):
        self._rows = []
        return range(len(work.tests)) if work.paired else ()

    def observe(self, sample):
        row = score(sample.translation, sample.truth)
        if identity(sample.image, sample.truth) is not None:
            found = score_regions(sample.image, sample.translation, sample.truth)
            for region in REGIONS:
                scores = found[region]
                row[f"{region}/l1"] = scores["translation"]["l1"] if scores else None
        self._rows.append(row)

    def figures(self):
        """{"each": {score: [one number an image; None where a region has no pixel]}}."""
        names = self._rows[0] if self._rows else ()
        return {"each": {name: [_short(row[name]) for row in self._rows] for name in names}}


def image_scores(work, faces=None):
    """Scores of the passes of a method that translates.

    Args:
      work: list of Pass.
      faces: a prepared AttributeShare, whose attribute the images may show; or None.

    Returns:
      {direction: {"each": as ImageScores', "kid": KidScores'}}. With ``faces`` "each" has
      "attribute" too, 1 where it is seen. "kid" is missing where there are too few images, or no
      network for it is installed.
    """
    evaluators = [ImageScores(), KidScores(beside_pairs=True), *([faces] if faces else [])]
    found = {}
    for one in work:
        figures = evaluate_pass(one, evaluators).figures
        if faces:
            figures["each"]["attribute"] = [int(shown) for shown in faces.shown]
        found[one.name] = {name: figures[name] for name in ("each", "kid") if name in figures}
    return found


def _short(value):
    return None if value is None else round(value, DIGITS)
