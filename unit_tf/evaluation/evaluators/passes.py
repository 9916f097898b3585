"""Runs evaluators over a method's test images: each is loaded and translated once for all.

passes = passes_of(method, data, limit=100)
figures = evaluate_directions(passes, [PairedScores()])   # -> {"a2b": {...}, "b2a": {...}}
"""

import typing

import numpy as np

from unit_tf.evaluation.evaluators.base import Pass, held_out


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


def domains_of(labelled, directions):
    """The domains whose test images a method is evaluated on: its sources, or both for classes."""
    return ("a", "b") if labelled else tuple(direction[0] for direction in directions)


def passes_of(method, data, limit=None):
    """The passes that a method and its test images allow.

    Args:
      method: Method; only its own ``directions`` are evaluated.
      data: Data.
      limit: take so many images a pass, evenly spaced; None for all.

    Returns:
      list of Pass, without those that have no test images.
    """
    domains = domains_of(method.classifies, method.directions)
    return [Pass(method, data, domain, limit) for domain in domains if held_out(data, domain)]


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
        found = evaluator.figures()
        figures |= found
        lines.append(evaluator.text(found))
        images |= evaluator.images()
    return PassResult(figures, "\n".join(line for line in lines if line), images)
