"""How long a training takes, by what its parts took in a probe. No TensorFlow."""

import typing


class Cost(typing.NamedTuple):
    """Seconds of what is done again and again.

    Attributes:
      first: the first time, with all that is compiled or built for it.
      again: every other time.
    """

    first: float = 0.0
    again: float = 0.0

    def of(self, count):
        """Seconds of ``count`` times."""
        return self.first + (count - 1) * self.again if count > 0 else 0.0


class Measurement(typing.NamedTuple):
    """What a probe found, in seconds and bytes.

    Attributes:
      start: from the process' start to the end of the first step.
      step: a step.
      data: a batch that is read while nothing else runs.
      end: from the last thing measured to the process' end.
      save: a checkpoint, with what is written beside it.
      health: a check of health.
      image: a grid of images for TensorBoard.
      score: a score on held-out images.
      peak: the most memory that was taken, of a GPU where there is one.
      base: the same before there were networks.
    """

    start: float
    step: float
    data: float = 0.0
    end: float = 0.0
    save: Cost = Cost()
    health: Cost = Cost()
    image: Cost = Cost()
    score: Cost = Cost()
    peak: float = 0.0
    base: float = 0.0

    @classmethod
    def from_dict(cls, values):
        """The measurement whose ``_asdict`` went through JSON."""
        costs = {name: Cost(*values[name]) for name in ("save", "health", "image", "score")}
        return cls(**{**values, **costs})


def training_seconds(steps, measured, run):
    """Seconds from a training's start to its end.

    Args:
      steps: how many.
      measured: Measurement.
      run: RunConfig, for how often something is done.
    """
    saves = -(-steps // run.checkpoint_every)
    scores = min(saves, -(-steps // run.score_every)) if run.score_every else 0
    return (
        measured.start
        + (steps - 1) * measured.step
        + measured.save.of(saves)
        + measured.health.of(steps // run.health_every if run.health_every else 0)
        + measured.image.of(-(-steps // run.image_every))
        + measured.score.of(scores)
        + measured.end
    )


def steps_within(seconds, measured, run):
    """The most steps that fit, to three digits; 0 where not even one does.

    Args:
      seconds: that the training may take, with its start and end.
      measured: Measurement.
      run: RunConfig.
    """
    low, high = 0, int(max(0.0, seconds) / max(measured.step, 1e-6)) + 1
    while low < high:
        middle = (low + high + 1) // 2
        if training_seconds(middle, measured, run) <= seconds:
            low = middle
        else:
            high = middle - 1
    digit = 10 ** max(0, len(str(low)) - 3)
    return low // digit * digit


def typical(times, blocks=8):
    """Seconds of a step, by the times of some: the mean over blocks of them, but for both extremes.

    A block holds what comes back every few steps. What disturbed a single one has no weight; what
    comes and goes, as on a machine that others use, has its share, as it will have in the training.

    Args:
      times: list of seconds, at least one.
      blocks: at most so many.
    """
    size = -(-len(times) // blocks)
    parts = [times[i : i + size] for i in range(0, len(times), size)]
    means = sorted(sum(part) / len(part) for part in parts)
    kept = means[1:-1] or means
    return sum(kept) / len(kept)
