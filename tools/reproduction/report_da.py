"""The tables of tools/reproduction/da.py's trainings, as Markdown.

  python tools/reproduction/report_da.py [--results=results/da] [--document=docs/results.md]

The accuracy after the last step is the headline; the best of the readings is beside it, and nothing
is chosen by it. In a document the tables go between <!-- reproduce_da table: begin --> and its
end, and the same of ``ablations``.
"""

import sys

import grid_flags
import record_tables as tables
import records
from unit_tf.cli import flags

MAKER = "tools/reproduction/da.py"
MARKER = "reproduce_da"  # before a group's name in a document
GROUPS = ("table", "ablations")
COLUMNS = (
    "row", "direction", "paper", "last step", "each seed", "best step", "on the source", "steps",
)  # fmt: skip
RECORD = {
    "row": records.WHOLE, "direction": records.TEXT,
    "group": records.Kind(" or ".join(GROUPS), lambda v: v in GROUPS),
}  # fmt: skip
READING = {"b": records.SHARE}
LAST_READING = {"a": records.SHARE, "b": records.SHARE}

FLAGS = flags.new_flags()
grid_flags.define_report("results/da", FLAGS)


def complaint(record):
    """Why a record cannot be used, or None."""
    found = records.wrong_record(record, RECORD, wrong_reading)
    return found or records.misfit("the last reading", record["readings"][-1], LAST_READING)


def wrong_reading(reading):
    """The same about one of its readings."""
    return records.misfit("a reading", reading, READING)


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"], record["direction"]


def table(trainings):
    """Markdown of what ``records.grouped`` gives: a line for each row and direction."""
    rows = []
    for (_, _, direction), results in trainings.items():
        last = [r["readings"][-1]["b"] for r in results]
        best = [max(reading["b"] for reading in r["readings"]) for r in results]
        source = [r["readings"][-1]["a"] for r in results]
        paper = results[0]["paper"]
        rows.append([
            results[0]["title"], direction, f"{paper:.4f}" if paper else "", tables.mean(last),
            " ".join(f"{value:.4f}" for value in last), tables.mean(best), tables.mean(source),
            tables.steps_of(results),
        ])  # fmt: skip
    everything = [r for results in trainings.values() for r in results]
    return "\n".join([*tables.markdown(COLUMNS, rows), "", *tables.origins(everything)])


def main():
    """Prints the tables, or writes them."""
    from unit_tf.files import write_text

    found = records.read_all(FLAGS.results, complaint, MAKER, row_of, may_be_empty=FLAGS.check)
    made = {group: table(records.grouped(found, group, row_of)) for group in GROUPS}
    text = tables.filled(FLAGS.document, MARKER, made) if FLAGS.document else None
    if FLAGS.check:
        return
    if text is None:
        print("\n\n".join(made.values()))
    else:
        write_text(FLAGS.document, text)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
