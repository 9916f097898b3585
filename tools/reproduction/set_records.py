"""Records of trainings on the sets of image_sets.py: whether they are whole, and what they say."""

import image_sets
import record_tables as tables
import records

HEADLINE = "accuracy/all_channels"
SWAPPED = -0.05  # nearer to 0 colours are in neither order
_RECORD = {
    "row": records.TEXT,
    "group": records.Kind(
        " or ".join(image_sets.DATA_SETS), lambda v: v in image_sets.DATA_SETS
    ),
}  # fmt: skip
_SCORES = {HEADLINE: records.SHARE, **dict.fromkeys(("l1", "ssim", "colour_order"), records.NUMBER)}


def complaint(record):
    """Why a record cannot be used, or None."""
    return records.wrong_record(record, _RECORD, wrong_reading)


def wrong_reading(reading):
    """The same about one of its readings."""
    found = records.misfit("a reading", reading, {"a2b": records.OBJECT})
    return found or records.misfit("a2b", reading["a2b"], _SCORES)


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]


def last(record):
    """{score: number} after the last step, a to b."""
    return record["readings"][-1]["a2b"]


def is_dead(record):
    """Whether one colour for all images would have been better."""
    return last(record)["l1"] > record["references"]["a2b"]["constant"]["l1"]


def is_swapped(record):
    """Whether a map's colours are in the wrong places; False where nothing tells."""
    scores = last(record)
    if "land_contrast" not in scores:
        return False
    return min(scores["colour_order"], scores["land_contrast"]) < SWAPPED


def baseline_rows(record, columns):
    """The rows that need no training, from a record that has them.

    Args:
      record: a training's.
      columns: list of (title, score, digits).

    Returns:
      list of [title, a cell for each column].
    """
    rows, scores = [], last(record)
    for name, title in tables.BASELINES.items():
        known = dict(record["references"]["a2b"].get(name, {}))
        if name == "identity" and "attribute_share" in scores:
            known |= {
                f"{region}/l1": scores[f"identity/{region}/l1"] for region in ("inside", "outside")
            }
        cells = [f"{known[s]:.{digits}f}" if s in known else "" for _, s, digits in columns]
        rows.append([title, *cells])
    return rows
