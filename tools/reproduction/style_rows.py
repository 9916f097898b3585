"""Ways to train whose styles are compared, and the images: what styles.py runs."""

import typing

from recipe_rows import METHODS

_MUNIT = METHODS["munit"]
BASE = "munit"  # what the others are held against
_WITHOUT = {
    "reconstruction": "image reconstruction", "content": "content reconstruction",
    "style": "style reconstruction", "cycle": "cycle consistency", "gan": "adversarial loss",
}  # fmt: skip
# MUNIT and UNIT are compare_methods.py's, whose trainings and records serve here, too.
ROWS = {
    "munit": _MUNIT,
    **{
        f"munit_no_{weight}": _MUNIT._replace(
            title=f"MUNIT without {name}", changes={**_MUNIT.changes, f"weights.{weight}": 0}
        )
        for weight, name in _WITHOUT.items()
    },
    "photos": METHODS["photos"],
}


class StyledSet(typing.NamedTuple):
    """Images of one of image_sets.py's sets, in the direction with many right answers.

    Attributes:
      title: what becomes what.
      direction: ``"a2b"`` or ``"b2a"``.
      glasses: whether each right answer is a kind of glasses that can be named.
    """

    title: str
    direction: str
    glasses: bool = False


SETS = {
    "edges": StyledSet("line drawing to glossy emoji", "a2b"),
    "eyeglasses": StyledSet("faces, without eyeglasses to with", "b2a", glasses=True),
}
