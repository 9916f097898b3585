"""Records of read_styles.py: whether they are whole, and what they say."""

import records
from style_rows import SETS

_RECORD = {
    "row": records.TEXT,
    "group": records.Kind(" or ".join(SETS), lambda v: v in SETS),
    "scores": records.OBJECT,
}  # fmt: skip
_NUMBERS = records.Kind(
    "a list of numbers", lambda v: isinstance(v, list) and v and all(map(records.NUMBER.fits, v))
)
_DISTANCES = tuple(f"{k}/{d}" for k in ("diversity", "guided", "sampled") for d in ("pixel", "hed"))
_GLASSES = ("kinds", "none", "guided_kind", "sampled_kind")


def complaint(record):
    """Why a record cannot be used, or None."""
    found = records.wrong_record(record, _RECORD, lambda reading: None)
    found = found or records.misfit(
        "scores", record["scores"], {"each": records.OBJECT, "real": records.OBJECT}
    )
    if found:
        return found
    names = _DISTANCES + _GLASSES * SETS[record["group"]].glasses
    found = records.misfit("each", record["scores"]["each"], dict.fromkeys(names, _NUMBERS))
    real = dict.fromkeys(record["scores"]["real"], records.NUMBER)
    return found or records.misfit("real", record["scores"]["real"], real)


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]
