"""Records of the map experiment's trainings: what one must have, and their order."""

import re

import map_rows
import records

_GROUPS = map_rows.groups_of(map_rows.SOURCES["blue_marble"])
GROUPS = tuple(_GROUPS)
GRIDS = ("figure_2b", "figure_2c")  # the others are curves
ORDER = tuple(row for group, rows in _GROUPS.items() if group not in GRIDS for row in rows)
HEADLINE = "accuracy/all_channels"
CONTRAST = "land_contrast"  # there where land and sea are known
_ACCURACIES = (HEADLINE, "accuracy/per_channel", "accuracy/euclidean")
_RECORD = {
    "row": records.TEXT, "group": records.Kind(" or ".join(GROUPS), lambda v: v in GROUPS),
}  # fmt: skip
_CELL = records.Kind(
    "two names with a number each, as shared1_depth3",
    lambda v: re.fullmatch(r"[a-z]+\d+\.?\d*_[a-z]+\d+\.?\d*", v) is not None,
)
_SPEEDS = {
    name: records.Kind("a number above 0", lambda v: records.NUMBER.fits(v) and v > 0)
    for name in ("images_per_second", "cpu_seconds")
}
_SCORES = {
    **dict.fromkeys(_ACCURACIES, records.SHARE),
    **dict.fromkeys(("l1", "psnr", "ssim", "colour_order"), records.NUMBER),
}


def complaint(record):
    """Why a record cannot be used, or None."""
    found = records.wrong_record(record, _RECORD, wrong_reading)
    if not found and record["group"] in GRIDS:
        found = records.misfit("it", record, {"row": _CELL})
    return found or wrong_references(record.get("references", {}))


def wrong_reading(reading):
    """Why a reading cannot be used, or None."""
    kinds = {"step": records.WHOLE, "a2b": records.OBJECT, "b2a": records.OBJECT}
    if isinstance(reading, dict) and _SPEEDS.keys() & reading.keys():
        kinds |= _SPEEDS
    found = records.misfit("a reading", reading, kinds)
    for direction in () if found else ("a2b", "b2a"):
        scores = reading[direction]
        known = {**_SCORES, CONTRAST: records.NUMBER} if CONTRAST in scores else _SCORES
        found = found or records.misfit(direction, scores, known)
    return found


def wrong_references(references):
    """Why the scores of what needs no training cannot be used, or None."""
    if not references:
        return None
    found = records.misfit("references", references, {"a2b": records.OBJECT})
    for name, scores in {} if found else references["a2b"].items():
        known = dict.fromkeys(scores, records.NUMBER) if isinstance(scores, dict) else {}
        found = found or records.misfit(name, scores, known)
    return found


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]


def by_row(found, group):
    """{row: its records}: the rows of ORDER, then others by the numbers in their names."""

    def place(item):
        (_, row), _ = item
        known = ORDER.index(row) if row in ORDER else len(ORDER)
        return known, numbers(row)

    return dict(sorted(records.grouped(found, group, row_of).items(), key=place))


def numbers(name):
    """The numbers in a name, for sorting."""
    return [float(number) for number in re.findall(r"\d+\.?\d*", name)]


def last(record, metric, direction="a2b"):
    """A score after the last step."""
    return record["readings"][-1][direction][metric]
