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

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags

GROUPS = ("table", "ablations")
# What a record must have.
RECORD = (
    "row", "title", "direction", "paper", "group", "seed", "steps", "readings", "settings",
    "overrides", "commit", "date", "hardware", "tensorflow",
)  # fmt: skip
# Where data lie, which a table does not say.
PLACES = ("data.tfds_dir", "data.usps_dir")
COLUMNS = (
    "row", "direction", "paper", "last step", "each seed", "best step", "on the source", "steps",
)  # fmt: skip

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("results", "results/da", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file to write into", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "check", False, "only see whether records and document are fit", flag_values=FLAGS
)


def read_records(folder):
    """Every record in a folder.

    Raises:
      UserError: it is not there, or something in it is no record.
    """
    folder = pathlib.Path(folder).expanduser()
    if folder.exists() and not folder.is_dir():
        raise config_lib.UserError(f"--results={folder}: not a folder")
    records = [read_record(path) for path in sorted(folder.glob("*.json"))]
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
        missing = [key for key in RECORD if key not in record]
        complaint = f"lacks {missing[0]}" if missing else _complaint(record)
    except (OSError, ValueError, TypeError, KeyError) as error:
        complaint = str(error) or type(error).__name__
    if complaint:
        raise config_lib.UserError(f"{path}: not a record of tools/reproduce_da.py ({complaint})")
    return record


def _complaint(record):
    """Why a record with all its entries cannot be used, or None."""
    if not isinstance(record["settings"], dict):
        return "its settings are no object"
    config_lib.ExperimentConfig().replace(record["settings"])
    if not record["readings"] or {"step", "a", "b"} - set(record["readings"][-1]):
        return "no reading after the last step"
    return None


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
        settings = " ".join(f"--{k}={v}" for k, v in r["overrides"].items() if k not in PLACES)
        key = r["commit"], r["date"], r["hardware"], r["tensorflow"], settings
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
