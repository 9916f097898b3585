"""What follows from a training's number of steps. Standard library only."""

LATEST_START = 1200  # of D, however long the training
_DECAY = ("optim.decay_start", "optim.decay_steps")


def schedule_for(steps, given=None, averaged=False):
    """Settings of a training: when D begins, and whether and when the rate falls.

    D waits for two fifths, until images are reconstructed, so that what is dark and what is green
    are told apart before an adversarial loss paints them. The rate falls over the second half. It
    stays where a moving average of the weights evens the last steps out: a slope then only learns
    less. docs/lab_notebook.md has what was measured.

    Args:
      steps: how many it has.
      given: {"section.field": value} that a user gave; those stay, and what belongs to them follows
        from them. A slope that is given in part ends with the last step.
      averaged: whether a moving average is what the training leaves.

    Returns:
      {"section.field": value} of what is not given.
    """
    given = given or {}
    settings = {
        "run.steps": steps,
        "weights.gan_start": min(LATEST_START, 2 * steps // 5),
        **_slope(steps, given, averaged),
    }
    return {name: value for name, value in settings.items() if name not in given}


def _slope(steps, given, averaged):
    """The rate's settings."""
    start, length = (given.get(name) for name in _DECAY)
    wanted = "constant" if averaged and start is None and length is None else "linear"
    if given.get("optim.schedule", wanted) != "linear":  # which reads no slope
        return {"optim.schedule": wanted}
    if start is None:
        start = steps // 2 if length is None else max(0, steps - length)
    slope = {"optim.decay_start": start, "optim.decay_steps": max(1, steps - start)}
    return {"optim.schedule": "linear", **slope}
