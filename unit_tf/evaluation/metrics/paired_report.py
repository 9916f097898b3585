"""All metrics over a test set with truth, beside the baselines that give them a meaning."""

import functools

import numpy as np

from unit_tf.evaluation.metrics.baselines import identity
from unit_tf.evaluation.metrics.distances import l1, psnr
from unit_tf.evaluation.metrics.local_edits import score_regions, summarize
from unit_tf.evaluation.metrics.pixel_accuracy import HEADLINE as HEADLINE_READING
from unit_tf.evaluation.metrics.pixel_accuracy import READINGS, pixel_accuracy
from unit_tf.evaluation.metrics.ssim import ssim

# name -> (image, truth) -> float; every name but l1 is better when larger.
METRICS = {
    **{f"accuracy/{r}": functools.partial(pixel_accuracy, reading=r) for r in READINGS},
    "l1": l1,
    "psnr": psnr,
    "ssim": ssim,
}
HEADLINE = f"accuracy/{HEADLINE_READING}"
CONTENDERS = ("translation", "constant", "identity")


def score(image, truth):
    """{metric: float} of one image.

    Args:
      image: uint8 [H, W, C].
      truth: uint8 [H, W, C].
    """
    return {name: metric(image, truth) for name, metric in METRICS.items()}


def score_constants(constants, truth):
    """Like ``score``; each metric judges an image painted in the colour chosen for it.

    Args:
      constants: {metric: uint8 [C]} from ``baselines.best_constants``.
      truth: uint8 [H, W, C].
    """
    painted = {name: np.broadcast_to(constants[name], truth.shape) for name in METRICS}
    return {name: metric(painted[name], truth) for name, metric in METRICS.items()}


def report(samples, constants):
    """Scores a test set; samples are read one at a time, so they may come from a generator.

    Args:
      samples: iterable of (image, translation, truth), uint8 [H_i, W_i, C]. Sizes may differ from
        sample to sample; each metric is taken per image, then averaged.
      constants: {metric: uint8 [C]} from ``baselines.best_constants`` over the same truths.

    Returns:
      dict fit for JSON: "images" (how many), "headline" (a metric's name), "constants" {metric:
      colour}, and {metric: mean} under "translation" and "constant". Where the input has the
      truth's channels, {metric: mean} under "identity" (the untouched input), and "local_edits",
      what ``local_edits.summarize`` returns.

    Raises:
      ValueError: no samples, or a translation without its truth's shape.
    """
    rows, regions = {name: [] for name in CONTENDERS}, []
    for image, translation, truth in samples:
        rows["translation"].append(score(translation, truth))
        rows["constant"].append(score_constants(constants, truth))
        same = identity(image, truth)
        if same is not None:
            rows["identity"].append(score(same, truth))
            regions.append(score_regions(same, translation, truth))
    if not rows["translation"]:
        raise ValueError("no samples to score")
    return {
        "images": len(rows["translation"]),
        "headline": HEADLINE,
        "constants": {name: [int(v) for v in colour] for name, colour in constants.items()},
        **{name: _means(scores) for name, scores in rows.items() if scores},
        **({"local_edits": summarize(regions)} if regions else {}),
    }


def table(result):
    """The report's figures as lines of text, one metric a line, the headline marked with ``*``.

    Args:
      result: dict from ``report``.

    Returns:
      str without a final newline.
    """
    columns = [name for name in CONTENDERS if name in result]
    lines = [f"{'':26}" + "".join(f"{name:>13}" for name in columns)]
    for name in METRICS:
        mark = " *" if name == result["headline"] else ""
        lines.append(f"{name + mark:26}" + "".join(f"{result[c][name]:13.4f}" for c in columns))
    return "\n".join(lines)


def _means(scores):
    return {name: float(np.mean([s[name] for s in scores])) for name in METRICS}
