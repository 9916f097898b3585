"""The table of tools/reproduction/init_from.py's trainings, as Markdown.

  python tools/reproduction/report_init_from.py [--results=results/init_from] [--document=FILE]

Scores of a to b after the last step; nothing is chosen by them. In a document the table goes
between <!-- init_from table: begin --> and its end.
"""

import sys

import grid_flags
import record_tables as tables
import records
from unit_tf.cli import flags

MAKER = "tools/reproduction/init_from.py"
MARKER = "init_from"  # before "table" in a document
_ROWS = ("started", "scratch")
_RECORD = {
    "group": records.TEXT, "images": records.WHOLE,
    "row": records.Kind(" or ".join(_ROWS), lambda v: v in _ROWS),
}  # fmt: skip
# Title, name of the score, digits.
COLUMNS = (("L1", "l1", 2), ("accuracy", "accuracy/all_channels", 3), ("SSIM", "ssim", 3))

FLAGS = flags.new_flags()
grid_flags.define_report("results/init_from", FLAGS)


def complaint(record):
    """Why a record cannot be used, or None."""
    return records.wrong_record(record, _RECORD, wrong_reading)


def wrong_reading(reading):
    """The same about one of its readings."""
    found = records.misfit("a reading", reading, {"a2b": records.OBJECT})
    scores = {name: records.NUMBER for _, name, _ in COLUMNS}
    return found or records.misfit("a2b", reading["a2b"], scores)


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]


def last(record):
    """{score: number} after the last step, a to b."""
    return record["readings"][-1]["a2b"]


def wins(started, scratch):
    """(seeds on which the start from a translator has the lower L1, seeds that both rows have)."""
    pairs = [(a, b) for a in started for b in scratch if a["seed"] == b["seed"]]
    return sum(last(a)["l1"] < last(b)["l1"] for a, b in pairs), len(pairs)


def table(found):
    """Markdown: baselines, both rows, who is ahead, and how they were made."""
    rows = {name: [r for r in found if r["row"] == name] for name in _ROWS}
    body = []
    for name, title in tables.BASELINES.items():
        known = found[0].get("references", {}).get("a2b", {}).get(name, {})
        cells = [f"{known[s]:.{digits}f}" if s in known else "" for _, s, digits in COLUMNS]
        body.append([title, *cells, "", "", ""])
    for results in filter(None, rows.values()):
        cells = [tables.mean([last(r)[s] for r in results], digits) for _, s, digits in COLUMNS]
        images = "/".join(str(n) for n in sorted({r["images"] for r in results}))
        title, seeds = results[0]["title"], str(len(results))
        body.append([title, *cells, images, tables.steps_of(results), seeds])
    columns = ["", *(title for title, _, _ in COLUMNS), "images", "steps", "seeds"]
    better, both = wins(*rows.values())
    ahead = f"The start from a translator has the lower L1 on {better} of {both} seeds."
    return "\n".join([*tables.markdown(columns, body), "", ahead, "", *tables.origins(found)])


def main():
    """Prints the table, or writes it."""
    tables.report(FLAGS, table, MAKER, MARKER, sys.modules[__name__])


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
