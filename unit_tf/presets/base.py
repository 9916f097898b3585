"""What a preset is."""

import typing

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
    """

    doc: str
    overrides: dict
    task: str = ""
    data: str = ""
    needs: str = ""
    runtime: str = NOT_MEASURED
    expected: str = NOT_MEASURED
