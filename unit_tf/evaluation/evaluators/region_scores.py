"""Scores inside and outside the region that a translation should change."""

from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.metrics import local_edits
from unit_tf.evaluation.metrics.baselines import identity


class RegionScores(Evaluator):
    """L1 and accuracy of the changed region and of the rest, where input and truth compare."""

    @classmethod
    def applies(cls, request, config, spec):
        return not spec.labelled

    def begin(self, work):
        self._regions = []
        return range(len(work.tests)) if work.paired else ()

    def observe(self, sample):
        truth = sample.truth
        untouched = identity(sample.image, truth)
        if untouched is not None:
            scores = local_edits.score_regions(untouched, sample.translation, truth)
            self._regions.append(scores)

    def figures(self):
        return {"local_edits": local_edits.summarize(self._regions)} if self._regions else {}

    def text(self, figures):
        """Only for local edits: beyond them the region's scores repeat those of the image."""
        edits = figures.get("local_edits")
        return local_edits.table(edits) if edits and edits["changed"] <= local_edits.LOCAL else ""
