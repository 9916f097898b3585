"""How far translations lie from real images where no pairs tell: KID by features that pip installs.

It runs unasked on unpaired test images. Beside the translations stand the untouched inputs, which a
translator that does nothing would get.
"""

from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.compared_features import GROUPS, ComparedFeatures
from unit_tf.evaluation.metrics.diversity import table
from unit_tf.evaluation.metrics.kid import kid
from unit_tf.evaluation.request import FEWEST

MISSING = "KID of unpaired images needs a small network: pip install 'unit_tf[scores]'"


class KidScores(Evaluator):
    """KID of translations and of untouched inputs, against the same real images.

    Args:
      cache: folder for the features of real images; None to keep none.
      beside_pairs: whether to run where test images are pairs too, whose scores tell more.
    """

    def __init__(self, cache=None, beside_pairs=False):
        self._cache, self._beside_pairs, self._network = cache, beside_pairs, None

    @classmethod
    def applies(cls, request, config, spec):
        return request.inception_weights is None and spec.translates and not spec.labelled

    @classmethod
    def create(cls, request, config, output):
        return cls(output)

    def begin(self, work):
        from unit_tf.evaluation.features import efficientnet_lite0

        self._work, self._features = work, None
        fewest = min(len(work.tests), len(work.reals))
        asked = self._beside_pairs or not work.paired
        self._wanted = asked and fewest >= FEWEST
        self._too_few = asked and fewest < FEWEST
        self._installed = efficientnet_lite0.weights_file() is not None
        if not (self._wanted and self._installed):
            return ()
        if self._network is None:
            self._network = efficientnet_lite0.load_efficientnet_lite0()
        self._features = ComparedFeatures(self._network, work, self._cache)
        return range(len(work.tests))

    def observe(self, sample):
        self._features.observe(sample)

    def figures(self):
        """{"kid": dict}: "label", "images", "real" and {group of GROUPS: what ``kid`` returns}."""
        if self._features is None:
            return {}
        groups, reals = self._features.rows()
        counts = {"images": len(groups["translation"]), "real": len(reals)}
        kids = {name: kid(found, reals) for name, found in groups.items()}
        return {"kid": {"label": self._network.label, **counts, **kids}}

    def text(self, figures):
        found = figures.get("kid")
        if found:
            counts = f"{found['images']} translations, {found['real']} real images"
            rows = {"kid": {name: found[name] for name in ("label", *GROUPS)}}
            return f"{self._work.name}: {counts}; KID +- its standard error\n{table(rows, GROUPS)}"
        if self._too_few:
            counts = f"{len(self._work.tests)} to translate and {len(self._work.reals)} real ones"
            needed = f"KID needs {FEWEST} or more test images of each domain"
            return f"{self._work.name}: {needed}; there are {counts}"
        return MISSING if self._wanted and not self._installed else ""
