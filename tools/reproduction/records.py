"""Records of trainings: read, checked, and grouped into rows.

tools/reproduction/train_and_read.py leaves them; a table's own tool says what else must be in one.
"""

import json
import math
import pathlib
import typing

from unit_tf import config as config_lib
from unit_tf.files import write_text


class Kind(typing.NamedTuple):
    """What an entry of a record may be.

    Attributes:
      text: that, for messages.
      fits: whether a value of JSON is that.
    """

    text: str
    fits: typing.Callable


SHARE = Kind("a number from 0 to 1", lambda v: type(v) in (int, float) and 0 <= v <= 1)
WHOLE = Kind("a whole number from 0", lambda v: type(v) is int and 0 <= v < 2**53)
NUMBER = Kind("a finite number", lambda v: type(v) in (int, float) and abs(v) < 1e9)
TEXT = Kind("text", lambda v: isinstance(v, str))
OBJECT = Kind("an object", lambda v: isinstance(v, dict))
# As git_commit() gives outside of a checkout.
COMMIT = Kind("text, or null", lambda v: v is None or TEXT.fits(v))
# In every record.
COMMON = {
    "title": TEXT,
    "paper": Kind(f"{SHARE.text}, or null", lambda v: v is None or SHARE.fits(v)),
    "seed": WHOLE, "steps": WHOLE,
    "readings": Kind("a list of some", lambda v: isinstance(v, list) and len(v) > 0),
    "settings": OBJECT, "overrides": OBJECT,
    "commit": COMMIT, "date": TEXT, "hardware": TEXT, "tensorflow": TEXT,
}  # fmt: skip


def write(path, record):
    """Writes a record, an entry a line: its scores of single images fill thousands otherwise.

    Args:
      path: pathlib.Path of the file.
      record: dict fit for JSON.
    """
    lines = [f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in record.items()]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_all(folder, complaint, maker, row_of, may_be_empty=False):
    """Every record in a folder.

    Args:
      folder: path.
      complaint: record -> why it cannot be used, or None; may raise ConfigError.
      maker: the tool that makes them, for messages.
      row_of: record -> a hashable name of its row.
      may_be_empty: whether a folder without any is fine.

    Returns:
      list of dict, by file name.

    Raises:
      UserError: it is not there, something in it is no record, or two do not go together.
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise config_lib.UserError(f"--results={folder}: not a folder")
    by_path = {path: _read(path, complaint, maker) for path in sorted(folder.glob("*.json"))}
    refuse_mixtures(by_path, row_of)
    refuse_other_images(by_path)
    if not by_path and not may_be_empty:
        reason = "no records in it" if folder.exists() else "no such folder"
        raise config_lib.UserError(f"--results={folder}: {reason}; {maker} makes them")
    return list(by_path.values())


def _read(path, complaint, maker):
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        json.dumps(record, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
        reason = complaint(record)
        if not reason:
            config_lib.ExperimentConfig().replace(record["settings"])
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
    if reason:
        raise config_lib.UserError(f"{path}: not a record of {maker} ({reason})")
    return record


def misfit(what, value, kinds):
    """The first entry of an object that is missing or not of its Kind, in words, or None.

    Args:
      what: the object's name, for messages.
      value: what should be an object.
      kinds: {key: Kind}.
    """
    if not isinstance(value, dict):
        return f"{what} is no object"
    for key, kind in kinds.items():
        if key not in value:
            return f"{what} lacks {key}"
        if not kind.fits(value[key]):
            return f"{key}: {json.dumps(value[key])[:60]}; expected {kind.text}"
    return None


def wrong_record(record, kinds, wrong_reading):
    """Why a record of a training cannot be used, in words, or None.

    Args:
      record: value of JSON.
      kinds: {key: Kind} besides COMMON.
      wrong_reading: a reading -> the same about it.
    """
    found = misfit("it", record, {**kinds, **COMMON})
    if found:
        return found
    if "read_again" in record:
        found = misfit("read_again", record["read_again"], {"commit": COMMIT})
    return found or wrong_readings(record["readings"], record["steps"], wrong_reading)


def wrong_readings(readings, steps, wrong_reading):
    """The same of a whole training's readings: the last one's scores are the headline."""
    for reading in readings:
        found = wrong_reading(reading)
        # Of some trainings only the last reading's is known.
        if not found and (reading is readings[-1] or reading.get("step") is not None):
            found = misfit("a reading", reading, {"step": WHOLE})
        if found:
            return found
    known = [r["step"] for r in readings if r.get("step") is not None]
    if known != sorted(set(known)) or known[-1] != steps:
        shown = " ".join(map(str, known))[:60]
        return f"readings of steps {shown}; expected ascending ones up to {steps}"
    return None


def refuse_mixtures(by_path, row_of):
    """Raises UserError where trainings would be averaged that are one, or of other settings.

    Args:
      by_path: {path: record}.
      row_of: record -> a hashable name of its row.
    """
    firsts, seeds = {}, {}
    for path, record in by_path.items():
        row = row_of(record)
        twin = seeds.setdefault((row, record["seed"]), path)
        if twin != path:
            raise config_lib.UserError(f"{path}: the same row and seed as {twin}; keep one of them")
        config = config_lib.ExperimentConfig().replace(record["settings"])
        first, its_config = firsts.setdefault(row, (path, config))
        differences = config.differences(its_config)
        wrong = [d for d in differences if d.partition(":")[0] not in config_lib.FREE_IN_REPEATS]
        if wrong:
            raise config_lib.UserError(
                f"{path}: other settings than {first} ({'; '.join(wrong)}), which is of the same "
                "row; keep them in folders of their own"
            )


def refuse_other_images(by_path):
    """Raises UserError where records of one group were not scored on the same test images.

    What an untouched image scores tells: no training has a part in it.

    Args:
      by_path: {path: record}.
    """
    firsts = {}
    for path, record in by_path.items():
        for direction in ("a2b", "b2a"):
            try:
                l1 = record["references"][direction]["identity"]["l1"]
            except (KeyError, TypeError):
                continue  # there is none, or the record is wrong in a way that others tell of
            first, other = firsts.setdefault((record["group"], direction), (path, l1))
            if not math.isclose(other, l1, rel_tol=1e-3):
                raise config_lib.UserError(
                    f"{path}: L1 of untouched images is {l1:.4f}, and {other:.4f} in {first}: not "
                    "the same test images; keep them in folders of their own"
                )


def grouped(records, group, row_of):
    """{row: records of its trainings}, in the rows' order, seeds in theirs."""
    found = {}
    for record in records:
        if record["group"] == group:
            found.setdefault(row_of(record), []).append(record)
    return {k: sorted(v, key=lambda r: r["seed"]) for k, v in sorted(found.items())}
