"""Scores against the truth, beside the best constant colour and the untouched input."""

from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.metrics.baselines import best_constants
from unit_tf.evaluation.metrics.paired_report import PairedReport, table


class PairedScores(Evaluator):
    """L1, PSNR, SSIM and accuracies of translations whose truth is known.

    Truths are read twice, since the constant colours are chosen before anything is scored.

    Args:
      baselines: whether to score a constant colour and the untouched input too, which no training
        changes.
    """

    def __init__(self, baselines=True):
        self._baselines = baselines

    @classmethod
    def applies(cls, request, config, spec):
        return not spec.labelled

    def begin(self, work):
        self._work, self._report = work, None
        if not work.paired:
            return ()
        constants = None
        if self._baselines:
            constants = best_constants(test.load_truth() for test in work.tests)
        self._report = PairedReport(constants)
        return range(len(work.tests))

    def observe(self, sample):
        truth = sample.truth  # of another size it is refused before anything is translated
        self._report.add(sample.image, sample.translation, truth)

    def figures(self):
        if self._report is None:
            return {"images": len(self._work.tests), "paired": False}
        return {"paired": True, **self._report.summary()}

    def text(self, figures):
        name, count = self._work.name, figures["images"]
        if not figures["paired"]:
            counted = f"{count} image{'s' * (count != 1)}"
            return f"{name}: {counted} without truth; a grid, and no scores against truth"
        return f"{name}: mean over {count} images with truth\n{table(figures)}"
