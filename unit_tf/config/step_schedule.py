"""What follows from a training's number of steps. Standard library only."""

LATEST_START = 1200  # of D, however long the training
_DECAY = ("optim.decay_start", "optim.decay_steps")


def schedule_for(steps, given=None):
    """Settings of a training: D begins after a quarter, the rate falls over the second half.

    D waits until images are reconstructed, so that what is dark and what is green are told apart
    before an adversarial loss paints them; docs/lab_notebook.md has what an early D does.

    Args:
      steps: how many it has.
      given: {"section.field": value} that a user gave; those stay, and what belongs to them follows
        from them. A slope that is given in part ends with the last step.

    Returns:
      {"section.field": value} of what is not given.
    """
    given = given or {}
    start, length = (given.get(name) for name in _DECAY)
    if start is None:
        start = steps // 2 if length is None else max(0, steps - length)
    settings = {
        "run.steps": steps,
        "weights.gan_start": min(LATEST_START, steps // 4),
        "optim.schedule": "linear",
        "optim.decay_start": start,
        "optim.decay_steps": max(1, steps - start),
    }
    if given.get("optim.schedule", "linear") != "linear":  # which reads no slope
        settings = {k: v for k, v in settings.items() if k not in _DECAY}
    return {name: value for name, value in settings.items() if name not in given}
