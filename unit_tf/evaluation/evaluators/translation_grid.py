"""A few inputs, their translations and their truths side by side, for people to look at."""

from unit_tf.data.image_grids import evenly_spaced, image_grid
from unit_tf.evaluation.evaluators.base import Evaluator

ROWS = 8


class TranslationGrid(Evaluator):
    """The image ``grid_a2b``: input, translation and, where it is known, truth."""

    @classmethod
    def applies(cls, request, config, spec):
        return not spec.labelled

    def begin(self, work):
        self._work, self._rows = work, {}
        return evenly_spaced(len(work.tests), ROWS)

    def observe(self, sample):
        row = [sample.image, sample.translation]
        self._rows[sample.index] = [*row, sample.truth] if self._work.paired else row

    def images(self):
        work, rows = self._work, [self._rows[i] for i in sorted(self._rows)]
        titles = [
            f"input ({work.source})",
            f"translation ({work.source} to {work.target})",
            f"truth ({work.target})",
        ]
        return {f"grid_{work.name}": image_grid(rows, titles[: len(rows[0])])}
