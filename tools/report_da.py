"""The tables of tools/reproduce_da.py's trainings, as Markdown.

  python tools/report_da.py [--results=results/da] [--document=docs/results.md]

The accuracy after the last step is the headline; the best of the readings is beside it, and nothing
is chosen by it. In a document the tables go between <!-- reproduce_da table: begin --> and its
end, and the same of ``ablations``.
"""

import json
import pathlib
import statistics
import sys
import typing

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf import relevance
from unit_tf.cli import flags

GROUPS = ("table", "ablations")
COLUMNS = (
    "row", "direction", "paper", "last step", "each seed", "best step", "on the source", "steps",
)  # fmt: skip



class Kind(typing.NamedTuple):
    """What an entry of a record may be.

    Attributes:
      text: that, for messages.
      fits: whether a value of JSON is that.
    """

    text: str
    fits: typing.Callable


SHARE = Kind("a number from 0 to 1", lambda v: type(v) in (int, float) and 0 <= v <= 1)
WHOLE = Kind("a whole number from 0", lambda v: type(v) is int and v >= 0)
TEXT = Kind("text", lambda v: isinstance(v, str))
OBJECT = Kind("an object", lambda v: isinstance(v, dict))
RECORD = {
    "row": WHOLE, "title": TEXT, "direction": TEXT,
    "paper": Kind(f"{SHARE.text}, or null", lambda v: v is None or SHARE.fits(v)),
    "group": Kind(" or ".join(GROUPS), lambda v: v in GROUPS),
    "seed": WHOLE, "steps": WHOLE,
    "readings": Kind("a list of some", lambda v: isinstance(v, list) and len(v) > 0),
    "settings": OBJECT, "overrides": OBJECT,
    # As git_commit() gives outside of a checkout.
    "commit": Kind("text, or null", lambda v: v is None or TEXT.fits(v)),
    "date": TEXT, "hardware": TEXT, "tensorflow": TEXT,
}  # fmt: skip
READING = {"b": SHARE}
LAST_READING = {"step": WHOLE, "a": SHARE, "b": SHARE}

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("results", "results/da", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file to write into", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "check", False, "only see whether records and document are fit", flag_values=FLAGS
)


def read_records(folder):
    """Every record in a folder.

    Raises:
      UserError: it is not there, something in it is no record, or two do not go together.
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise config_lib.UserError(f"--results={folder}: not a folder")
    by_path = {path: read_record(path) for path in sorted(folder.glob("*.json"))}
    refuse_mixtures(by_path)
    records = list(by_path.values())
    if not records and not FLAGS.check:
        reason = "no records in it" if folder.exists() else "no such folder"
        maker = "tools/reproduce_da.py makes them"
        raise config_lib.UserError(f"--results={folder}: {reason}; {maker}")
    return records


def read_record(path):
    """What one training left, whole.

    Raises:
      UserError: it is none.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        complaint = _complaint(record)
    except (OSError, ValueError) as error:
        complaint = " ".join(str(error).split())
    if complaint:
        raise config_lib.UserError(f"{path}: not a record of tools/reproduce_da.py ({complaint})")
    return record


def _complaint(record):
    """Why a record cannot be used, or None; settings that are none raise ConfigError."""
    complaint = _misfit("it", record, RECORD)
    if complaint:
        return complaint
    config_lib.ExperimentConfig().replace(record["settings"])
    *others, last = record["readings"]
    found = [_misfit("a reading", reading, READING) for reading in others]
    return next(filter(None, [*found, _misfit("the last reading", last, LAST_READING)]), None)


def _misfit(what, value, kinds):
    """The first entry of an object that is missing or not of its Kind, in words, or None."""
    if not isinstance(value, dict):
        return f"{what} is no object"
    for key, kind in kinds.items():
        if key not in value:
            return f"{what} lacks {key}"
        if not kind.fits(value[key]):
            return f"{key}: {json.dumps(value[key])[:60]}; expected {kind.text}"
    return None


def refuse_mixtures(by_path):
    """Raises UserError where trainings would be averaged that are one, or of other settings.

    Args:
      by_path: {path: record}.
    """
    firsts, seeds = {}, {}
    for path, record in by_path.items():
        row = record["group"], record["row"], record["direction"]
        twin = seeds.setdefault((*row, record["seed"]), path)
        if twin != path:
            raise config_lib.UserError(
                f"{path}: the same row, direction and seed as {twin}; keep one of them"
            )
        config = config_lib.ExperimentConfig().replace(record["settings"])
        first, its_config = firsts.setdefault(row, (path, config))
        differences = config.differences(its_config)
        wrong = [d for d in differences if d.partition(":")[0] not in relevance.FREE_IN_REPEATS]
        if wrong:
            raise config_lib.UserError(
                f"{path}: other settings than {first} ({'; '.join(wrong)}), which is of the same "
                "row; keep them in folders of their own"
            )


def grouped(records, group):
    """{(row, direction): records of its trainings}, in the rows' order, seeds in theirs."""
    found = {}
    for record in records:
        if record["group"] == group:
            found.setdefault((record["row"], record["direction"]), []).append(record)
    return {k: sorted(v, key=lambda r: r["seed"]) for k, v in sorted(found.items())}


def table(trainings):
    """Markdown of what ``grouped`` gives: a line for each row and direction."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for (_, direction), results in trainings.items():
        last = [r["readings"][-1]["b"] for r in results]
        best = [max(reading["b"] for reading in r["readings"]) for r in results]
        source = [r["readings"][-1]["a"] for r in results]
        paper = results[0]["paper"]
        cells = [
            results[0]["title"], direction, f"{paper:.4f}" if paper else "", mean(last),
            " ".join(f"{value:.4f}" for value in last), mean(best), mean(source),
            "/".join(str(s) for s in sorted({r["steps"] for r in results})),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    everything = [r for results in trainings.values() for r in results]
    return "\n".join([*lines, "", *origins(everything)])


def mean(values):
    """Mean and, of several, standard deviation."""
    text = f"{statistics.mean(values):.4f}"
    return f"{text} ± {statistics.stdev(values):.4f}" if len(values) > 1 else text


def origins(results):
    """A line for each way in which trainings were run."""
    kinds = {}
    for r in results:
        shown = {k: v for k, v in r["overrides"].items() if k not in relevance.PLACES}
        settings = " ".join(f"--{k}={v}" for k, v in shown.items())
        key = r["commit"] or "unknown", r["date"], r["hardware"], r["tensorflow"], settings
        kinds.setdefault(key, []).append(r)
    return [
        f"{len(runs)} trainings: commit {commit}, {date}, {hardware}, TensorFlow {version}, "
        f"{settings or 'presets as they are'}."
        for (commit, date, hardware, version, settings), runs in sorted(kinds.items())
    ]


def markers(group):
    """The lines around a group's table in a document."""
    return f"<!-- reproduce_da {group}: begin -->", f"<!-- reproduce_da {group}: end -->"


def replaced(text, group, content, where):
    """A document with another table of a group.

    Raises:
      UserError: there is no place for it.
    """
    begin, end = markers(group)
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise config_lib.UserError(f"--document={where}: no {begin} and {end} in it")
    return f"{before}{begin}\n{content}\n{end}{after}"


def main():
    """Prints the tables, or writes them."""
    from unit_tf.files import write_text

    records = read_records(FLAGS.results)
    tables = {group: table(grouped(records, group)) for group in GROUPS}
    if not FLAGS.document:
        if FLAGS.check:
            return
        print("\n\n".join(tables.values()))
        return
    path = pathlib.Path(FLAGS.document)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise config_lib.UserError(f"--document={path}: {error.strerror.lower()}") from None
    except UnicodeDecodeError:
        raise config_lib.UserError(f"--document={path}: not text in UTF-8") from None
    for group, content in tables.items():
        text = replaced(text, group, content, path)
    if not FLAGS.check:
        write_text(path, text)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
