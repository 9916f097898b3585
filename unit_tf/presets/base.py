"""What a preset is."""

import typing


class Preset(typing.NamedTuple):
    """One named experiment.

    Attributes:
      doc: paper row, hardware, expected number.
      overrides: {"section.field": value} on top of the defaults, which are the paper's.
    """

    doc: str
    overrides: dict
