"""What a preset is."""

import typing

from unit_tf.methods.registry import find_method

NOT_MEASURED = "not measured"


class Preset(typing.NamedTuple):
    """One named experiment. docs/presets.md lists all of them by these fields.

    Attributes:
      doc: what it is for, and where its settings come from: sentences.
      overrides: {"section.field": value} on top of the defaults, which are the paper's.
      task: a few words: what becomes what.
      data: the images, and who brings them.
      needs: the flags that must be given beside --preset and --workdir, or "".
      runtime: how long it took, and on what, or NOT_MEASURED.
      expected: the number to expect, with the conditions it was measured under, or NOT_MEASURED;
        a number marked "paper" was not measured here.
      follows_steps: whether its schedule follows from ``run.steps`` where a user gives those, as
        config/step_schedule.py has it.
    """

    doc: str
    overrides: dict
    task: str = ""
    data: str = ""
    needs: str = ""
    runtime: str = NOT_MEASURED
    expected: str = NOT_MEASURED
    follows_steps: bool = False


def on_pairs(overrides):
    """An unpaired experiment's settings for the same networks learning from pairs.

    Args:
      overrides: {"section.field": value}.

    Returns:
      the same, without settings of networks and weights that method ``supervised`` does not read.
    """
    read = find_method("supervised").reads
    kept = {
        name: value
        for name, value in overrides.items()
        if name.partition(".")[0] not in ("model", "weights") or name in read
    }
    return {**kept, "model.method": "supervised", "data.paired": True}
