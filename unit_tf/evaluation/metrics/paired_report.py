"""All metrics over a test set with truth, beside the baselines that give them a meaning."""

import functools

import numpy as np

from unit_tf.evaluation.metrics.baselines import identity
from unit_tf.evaluation.metrics.distances import l1, psnr
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
    """Like ``score``; each metric scores an image painted in the colour chosen for it.

    Args:
      constants: {metric: uint8 [C]} from ``baselines.best_constants``.
      truth: uint8 [H, W, C].
    """
    painted = {name: np.broadcast_to(constants[name], truth.shape) for name in METRICS}
    return {name: metric(painted[name], truth) for name, metric in METRICS.items()}


class PairedReport:
    """The means of a test set's scores; samples come one at a time and none is kept.

    Args:
      constants: {metric: uint8 [C]} from ``baselines.best_constants`` over the same truths; None
        for scores of the translations alone, without baselines.
    """

    def __init__(self, constants=None):
        self._constants = constants
        self._rows = {name: [] for name in CONTENDERS}

    def add(self, image, translation, truth):
        """Scores one sample.

        Args:
          image: uint8 [H, W, C], the input. Sizes may differ from sample to sample.
          translation: uint8 [H, W, C'].
          truth: uint8 [H, W, C'].

        Raises:
          ValueError: the translation has another shape than its truth.
        """
        self._rows["translation"].append(score(translation, truth))
        if self._constants is None:
            return
        self._rows["constant"].append(score_constants(self._constants, truth))
        same = identity(image, truth)
        if same is not None:
            self._rows["identity"].append(score(same, truth))

    def summary(self):
        """The means over images; each image weighs the same.

        Returns:
          dict fit for JSON: "images" (how many), "headline" (a metric's name), "constants" {metric:
          colour}, and {metric: mean} under "translation", "constant" and, where the input has the
          truth's channels, "identity" (the untouched input). Without constants "constants",
          "constant" and "identity" are missing.

        Raises:
          ValueError: no samples.
        """
        rows = self._rows
        if not rows["translation"]:
            raise ValueError("no samples to score")
        colours = {} if self._constants is None else self._constants
        shown = {name: [int(v) for v in colour] for name, colour in colours.items()}
        return {
            "images": len(rows["translation"]),
            "headline": HEADLINE,
            **({"constants": shown} if colours else {}),
            **{name: _means(scores) for name, scores in rows.items() if scores},
        }


def table(result):
    """The report's figures as lines of text, one metric a line, the headline marked with ``*``.

    Args:
      result: dict from ``PairedReport.summary``.

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
