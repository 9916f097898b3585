"""Every evaluator by its name; none imports TensorFlow before it loads a network."""

from unit_tf.config import UserError, nearest
from unit_tf.evaluation.evaluators.attribute_share import AttributeShare
from unit_tf.evaluation.evaluators.classes import Classes
from unit_tf.evaluation.evaluators.colour_placement import ColourPlacement
from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.paired_scores import PairedScores
from unit_tf.evaluation.evaluators.realism import Realism
from unit_tf.evaluation.evaluators.region_scores import RegionScores
from unit_tf.evaluation.evaluators.style_diversity import StyleDiversity
from unit_tf.evaluation.evaluators.teacher_comparison import TeacherComparison
from unit_tf.evaluation.evaluators.translation_grid import TranslationGrid

# In the order in which a report tells of them.
EVALUATORS = {
    "paired": PairedScores,
    "local_edits": RegionScores,
    "grid": TranslationGrid,
    "colour_placement": ColourPlacement,
    "attribute_share": AttributeShare,
    "kid": KidScores,
    "realism": Realism,
    "diversity": StyleDiversity,
    "classes": Classes,
    "beside_teacher": TeacherComparison,  # behind KID, which it repeats
}


def evaluators_for(request, config, spec, output):
    """The evaluators that a request asks for and that have something to measure.

    Args:
      request: EvaluationRequest.
      config: ExperimentConfig whose data are evaluated.
      spec: the method's MethodSpec.
      output: pathlib.Path, folder for the results; need not exist.

    Returns:
      list of Evaluator.

    Raises:
      UserError: the request names or asks for one that is unknown or does not apply.
    """
    # Each is asked, also those that will not run: what a request would ask in vain is refused.
    applying = [name for name, kind in EVALUATORS.items() if kind.applies(request, config, spec)]
    names = [name for name in applying if EVALUATORS[name].by_default]
    if request.evaluators is not None:
        names = _named(request.evaluators, applying, spec)
    return [EVALUATORS[name].create(request, config, output) for name in names]


def _named(wanted, applying, spec):
    """Those of ``applying`` that are wanted; each wanted one must be among them."""
    if isinstance(wanted, str) or not wanted:
        raise UserError(f"evaluators={wanted!r}: expected names, such as ['paired']")
    for name in wanted:
        if name not in EVALUATORS:
            raise UserError(f"evaluators={name}: not valid{nearest(name, list(EVALUATORS))}")
        if name not in applying:
            raise UserError(
                f"evaluators={name}: has nothing to measure of method {spec.name} and its data"
            )
    return [name for name in applying if name in wanted]
