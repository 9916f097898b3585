"""What is read of a training on its way: scores of its newest checkpoint, and images to look at."""

import records
from unit_tf.methods.registry import find_method

# What a reading has, and of a method that translates for each direction.
_STEP = {"step": records.Kind("from 1", lambda v: records.WHOLE.fits(v) and v > 0)}
_SCORES = records.Kind(
    "numbers", lambda v: isinstance(v, dict) and all(map(records.NUMBER.fits, v.values()))
)
# Test images that are shown, and how large.
SHOWN, SIDE = 6, 64


def kinds_of(config):
    """{entry of a reading: Kind} of a method that classifies or translates."""
    spec = find_method(config.model.method)
    if spec.labelled:
        return {**_STEP, **dict.fromkeys("ab", records.SHARE)}
    return {**_STEP, **dict.fromkeys(spec.directions_of(config.model), _SCORES)}


def passes(folder, data, limit=None):
    """The test images of each direction, or of each domain of a method that classifies.

    Args:
      folder: of the training, whose newest checkpoint translates.
      data: Data.
      limit: take at most this many of each, evenly spaced; None for all.

    Returns:
      list of evaluators.passes.Pass.
    """
    from unit_tf.evaluation.evaluators.passes import passes_of
    from unit_tf.inference.load import load

    return passes_of(load(folder).method, data, limit)


def scores(config, work):
    """What a reading has besides its step.

    Args:
      config: ExperimentConfig.
      work: list of Pass.

    Returns:
      of a method that classifies {domain: share of test images read as what they are}, of others
      {direction: {metric: mean over test images, "colour_order": float}}. Where land and water are
      known the order is of the land, and "land_contrast" is added; of faces, "inside/l1" and
      "outside/l1" of the region that changes, the untouched input's as "identity/inside/l1", and
      "attribute_share".
    """
    from unit_tf.evaluation.evaluators.classes import Classes
    from unit_tf.evaluation.evaluators.colour_placement import ColourPlacement
    from unit_tf.evaluation.evaluators.paired_scores import PairedScores
    from unit_tf.evaluation.evaluators.region_scores import RegionScores
    from unit_tf.evaluation.evaluators.run_passes import evaluate_directions

    if find_method(config.model.method).labelled:
        figures = evaluate_directions(work, [Classes()])
        return {domain: found["accuracy"] for domain, found in figures.items()}
    evaluators = [PairedScores(baselines=False), ColourPlacement.create(None, config, None)]
    if (faces := faces_of(config)) is not None:
        evaluators += [RegionScores(), faces]
    for evaluator in evaluators:
        evaluator.prepare()
    figures = evaluate_directions(work, evaluators)
    return {
        direction: {**found["translation"], **found["colour_placement"], **_flat_edits(found)}
        for direction, found in figures.items()
    }


def faces_of(config):
    """The evaluator of faces whose one attribute changes; None for other images."""
    from unit_tf.evaluation.evaluators.attribute_share import AttributeShare

    if not AttributeShare.applies(None, config, find_method(config.model.method)):
        return None
    return AttributeShare.create(None, config, None)


def _flat_edits(found):
    """{name: number} of what faces have besides."""
    if "attribute_share" not in found:
        return {}
    share, edits = found["attribute_share"], found["local_edits"]
    flat = {"attribute_share": share["translation"], "target_share": share["real"]}
    for region in ("inside", "outside"):
        flat[f"{region}/l1"] = edits[region]["translation"]["l1"]
        flat[f"identity/{region}/l1"] = edits[region]["identity"]["l1"]
    return flat


def references(work):
    """{direction: {"constant", "identity": {metric: mean}}}: what the scores are to be held to.

    Args:
      work: list of Pass; nothing is translated.
    """
    from unit_tf.evaluation.metrics.baselines import best_constants
    from unit_tf.evaluation.metrics.paired_report import PairedReport

    found = {}
    for direction in work:
        report = PairedReport(best_constants(test.load_truth() for test in direction.tests))
        for test in direction.tests:
            truth = test.load_truth()
            report.add(test.load(), truth, truth)
        means = report.summary()
        found[direction.name] = {n: means[n] for n in ("constant", "identity") if n in means}
    return found


def write_strip(work, path):
    """Writes a Pass' images in three lines: inputs, translations and truths, small."""
    import numpy as np
    from PIL import Image

    from unit_tf.data.image_grids import as_shown
    from unit_tf.inference.image_files import write_image

    def small(image):
        return np.asarray(Image.fromarray(as_shown(image)).resize((SIDE, SIDE), Image.BOX))

    samples = [work.sample(i) for i in range(len(work.tests))]
    rows = [(sample.image, sample.translation, sample.truth) for sample in samples]
    lines = zip(*rows, strict=True)
    write_image(path, np.concatenate([np.concatenate([*map(small, line)], 1) for line in lines]))
