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
COLUMNS = (
    "row", "direction", "paper", "last step", "each seed", "best step", "on the source", "steps",
)  # fmt: skip

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("results", "results/da", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file to write into", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "check", False, "only see whether the document has places", flag_values=FLAGS
)


def finished(folder, group):
    """{(row, direction): records of its trainings}, in the rows' order, seeds in theirs."""
    found = {}
    for path in pathlib.Path(folder).expanduser().glob("*.json"):
        result = json.loads(path.read_text())
        if result["group"] == group:
            found.setdefault((result["row"], result["direction"]), []).append(result)
    return {k: sorted(v, key=lambda r: r["seed"]) for k, v in sorted(found.items())}


def table(trainings):
    """Markdown of what ``finished`` gives: a line for each row and direction."""
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
        settings = " ".join(f"--{k}={v}" for k, v in r["overrides"].items() if "_dir" not in k)
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

    tables = {group: table(finished(FLAGS.results, group)) for group in GROUPS}
    if not FLAGS.document:
        print("\n\n".join(tables.values()))
        return
    path = pathlib.Path(FLAGS.document)
    try:
        text = path.read_text()
    except OSError as error:
        raise config_lib.UserError(f"--document={path}: {error.strerror.lower()}") from None
    for group, content in tables.items():
        text = replaced(text, group, content, path)
    if not FLAGS.check:
        write_text(path, text)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
