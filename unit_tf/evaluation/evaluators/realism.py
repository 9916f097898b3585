"""How far translations lie from real images: FID and KID.

The translations of a direction's test images are held against real images of the domain that they
are to look like, and so are the untouched inputs: what a translator that does nothing would get.
"""

from unit_tf.config import UserError
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.compared_features import GROUPS, ComparedFeatures
from unit_tf.evaluation.evaluators.passes import held_out, real_images
from unit_tf.evaluation.metrics.diversity import table
from unit_tf.evaluation.metrics.fid import frechet_distance
from unit_tf.evaluation.metrics.kid import kid
from unit_tf.evaluation.request import FEWEST
from unit_tf.methods.registry import METHODS

FLAG = "inception_weights"


class Realism(Evaluator):
    """FID and KID of translations and of untouched inputs, against the same real images.

    Args:
      weights: what ``inception_v3.load_inception_v3`` takes.
      cache: folder for the features of real images; None to keep none.
    """

    def __init__(self, weights, cache=None):
        self._weights, self._cache = weights, cache

    @classmethod
    def applies(cls, request, config, spec):
        if request.inception_weights is not None and spec.labelled:
            others = ", ".join(name for name, known in METHODS.items() if not known.labelled)
            raise UserError(
                f"--{FLAG}={request.inception_weights}: method {spec.name} is scored by the "
                f"classes that it reads; only for methods {others}"
            )
        return request.inception_weights is not None

    @classmethod
    def create(cls, request, config, output):
        return cls(request.inception_weights, output)

    def check(self, data, directions):
        """Raises UserError where a direction has too few images on either side."""
        for source, _, target in directions:
            tests = held_out(data, source)
            for domain, found in ((source, tests), (target, real_images(data, source, target))):
                if tests and len(found) < FEWEST:
                    raise UserError(
                        f"--{FLAG}: {len(found)} test images of {domain.upper()} for {source}2"
                        f"{target}; FID and KID need {FEWEST} or more: --data.test_dir_{domain} "
                        "names some"
                    )

    def prepare(self):
        from unit_tf.evaluation.features.inception_v3 import load_inception_v3

        try:
            self._network = load_inception_v3(self._weights)
        except ValueError as error:
            raise UserError(f"--{FLAG}={error}") from None

    def begin(self, work):
        self._work = work
        self._features = ComparedFeatures(self._network, work, self._cache)
        return range(len(work.tests))

    def observe(self, sample):
        self._features.observe(sample)

    def figures(self):
        """{"realism": what ``realism_figures`` returns, and "weights"}."""
        groups, reals = self._features.rows()
        try:
            figures = realism_figures(groups, reals)
        except ValueError as error:
            raise UserError(f"--{FLAG}={self._weights}: {error}") from None
        return {"realism": {**figures, "weights": str(self._weights)}}

    def text(self, figures):
        return realism_text(self._work.name, figures["realism"])


def realism_figures(groups, reals):
    """FID and KID of each group against the same real images.

    Args:
      groups: {name of GROUPS: float32 [N, D]}.
      reals: float32 [M, D].

    Returns:
      dict fit for JSON: "label", "images" (N), "real" (M), "notes", "fid" {group: float} and
      "kid" {group: what ``kid.kid`` returns}.

    Raises:
      ValueError: features that are not finite.
    """
    from unit_tf.evaluation.features.inception_v3 import LABEL

    count, width = len(groups["translation"]), reals.shape[1]
    fewest, notes = min(count, len(reals)), []
    if fewest <= width:
        notes.append(
            f"FID is biased upwards at {fewest} images (fewer than {width + 1} leave a "
            "covariance singular); KID is the one to read"
        )
    return {
        "label": LABEL, "images": count, "real": len(reals), "notes": notes,
        "fid": {name: frechet_distance(found, reals) for name, found in groups.items()},
        "kid": {name: kid(found, reals) for name, found in groups.items()},
    }  # fmt: skip


def realism_text(name, figures):
    """``realism_figures``' result as a table.

    Args:
      name: of the pass.
      figures: dict.
    """
    counts = f"{figures['images']} translations, {figures['real']} real images"
    fids = {group: {"mean": d, "standard_error": None} for group, d in figures["fid"].items()}
    rows = {
        measure: {"label": figures["label"], **found}
        for measure, found in (("fid", fids), ("kid", figures["kid"]))
    }
    lines = [f"{name}: {counts}; KID +- its standard error", table(rows, GROUPS)]
    return "\n".join([*lines, *(f"note: {note}" for note in figures["notes"])])
