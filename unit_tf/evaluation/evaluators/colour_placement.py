"""Whether translations give their colours to the right things, against the truth."""

from unit_tf.data.registry import find_source
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.metrics.colour_order import colour_order, part_contrast


class ColourPlacement(Evaluator):
    """Order of the colours and, where land and water are known, of the land's alone.

    It keeps all images of a pass in memory, and so runs only where a request names it.

    Args:
      land: whether the images of A are satellite images, in which land is told from water. The
        order is then of the land: in a relief map water has one colour, and a topography shows a
        sea floor that no satellite image tells.
    """

    by_default = False

    def __init__(self, land=False):
        self._land = land

    @classmethod
    def applies(cls, request, config, spec):
        return not spec.labelled

    @classmethod
    def create(cls, request, config, output):
        return cls(find_source(config.data.source).tells_land)

    def begin(self, work):
        self._work, self._translations, self._truths, self._masks = work, [], [], []
        return range(len(work.tests)) if work.paired else ()

    def observe(self, sample):
        self._truths.append(sample.truth)
        self._translations.append(sample.translation)
        if self._land:
            from unit_tf.data.sources.blue_marble import land_mask

            satellite = sample.image if self._work.source == "a" else sample.truth
            self._masks.append(land_mask(satellite))

    def figures(self):
        """{"colour_placement": {"colour_order": float and, with land, "land_contrast": float}}."""
        if not self._truths:
            return {}
        images = self._translations, self._truths
        found = {"colour_order": colour_order(*images, self._masks)}
        if self._masks:
            found["land_contrast"] = part_contrast(*images, self._masks)
        return {"colour_placement": found}

    def text(self, figures):
        found = figures.get("colour_placement", {})
        return "\n".join(f"{name:26}{value:13.4f}" for name, value in found.items())
