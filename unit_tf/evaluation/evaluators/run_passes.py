"""Runs evaluators over passes: each test image is loaded and translated once, for all of them.

passes = passes_of(method, data, limit=100)
figures = evaluate_directions(passes, [PairedScores()])   # -> {"a2b": {...}, "b2a": {...}}
"""

import typing

import numpy as np


class PassResult(typing.NamedTuple):
    """What the evaluators found in one pass.

    Attributes:
      figures: dict fit for JSON, of all evaluators together.
      text: the same for people, without a final newline.
      images: {file name without its extension: uint8 [H, W, 3]}.
    """

    figures: dict
    text: str
    images: dict[str, np.ndarray]


def evaluate_directions(passes, evaluators):
    """The figures of several passes.

    Args:
      passes: list of Pass.
      evaluators: list of Evaluator, prepared.

    Returns:
      {direction, or the domain for a method that classifies: dict fit for JSON}.
    """
    return {work.name: evaluate_pass(work, evaluators).figures for work in passes}


def evaluate_pass(work, evaluators):
    """Shows the images of one pass to every evaluator that wants them.

    An image comes where the first evaluator asks for it.

    Args:
      work: Pass.
      evaluators: list of Evaluator, prepared.

    Returns:
      PassResult.

    Raises:
      UserError: an image cannot be used.
    """
    wanted = [dict.fromkeys(evaluator.begin(work)) for evaluator in evaluators]
    for index in dict.fromkeys(index for indices in wanted for index in indices):
        sample = work.sample(index)
        for evaluator, indices in zip(evaluators, wanted, strict=True):
            if index in indices:
                evaluator.observe(sample)
    return _result(evaluators)


def _result(evaluators):
    figures, lines, images = {}, [], {}
    for evaluator in evaluators:
        figures |= evaluator.figures()
        lines.append(evaluator.text(figures))
        images |= evaluator.images()
    return PassResult(figures, "\n".join(line for line in lines if line), images)
