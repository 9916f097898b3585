"""The tables of tools/reproduction/styles.py's trainings, as Markdown.

  python tools/reproduction/report_styles.py [--results=results/styles] [--document=FILE]

For each data set its scores beside real images: pairs of them for diversity, and the glasses that
they wear. Then how far each way to train is from MUNIT: the mean difference over seeds and test
images with its 95 % interval (paired_differences.py), a star where it does not hold 0. In a
document the tables go between <!-- styles table: begin --> and its end.
"""

import statistics
import sys

import grid_flags
import record_tables as tables
import records
import style_records
from paired_differences import paired_difference
from style_records import row_of
from style_rows import BASE, ROWS, SETS
from unit_tf.cli import flags

MAKER = "tools/reproduction/styles.py"
MARKER = "styles"  # before "table" in a document
# Title, name of the score, digits.
COLUMNS = (
    ("diversity, HED-VGG16", "diversity/hed", 3), ("pixels", "diversity/pixel", 3),
    ("to the truth, guided, HED-VGG16", "guided/hed", 3), ("sampled", "sampled/hed", 3),
    ("guided, pixels", "guided/pixel", 3), ("sampled, pixels", "sampled/pixel", 3),
)  # fmt: skip
GLASSES = (
    ("kinds of 3 in 20", "kinds", 2), ("none", "none", 2),
    ("the truth's kind, guided", "guided_kind", 2), ("sampled", "sampled_kind", 2),
)  # fmt: skip
NOTE = (
    "HED-VGG16: the squared distance of features of HED's VGG16, which is not LPIPS. Pixels: the "
    "mean difference of values in [0, 1]. Guided: in the style read off the truth itself."
)

FLAGS = flags.new_flags()
grid_flags.define_report("results/styles", FLAGS)


def columns_of(name):
    """The columns of a data set."""
    return GLASSES + COLUMNS if SETS[name].glasses else COLUMNS


def kid_of(record):
    """1,000 times the KID of one sampled style an image; None where it has none."""
    found = record["scores"].get("kid")
    return found and 1000 * found["translation"]["mean"]


def score_rows(trainings, columns):
    """The cells of the first table: real images, then a line for each row.

    Args:
      trainings: {row's name: its records}.
      columns: as COLUMNS.
    """
    real = next(iter(trainings.values()))[0]["scores"]["real"]
    cells = [f"{real[score]:.{digits}f}" if score in real else "" for _, score, digits in columns]
    rows = [["real images", *cells, "", "", ""]]
    for name, results in trainings.items():
        means = [[statistics.mean(r["scores"]["each"][c[1]]) for r in results] for c in columns]
        cells = [tables.mean(v, c[2]) for v, c in zip(means, columns, strict=True)]
        kids = [kid_of(record) for record in results]
        cells.append("" if None in kids else tables.mean(kids, 0))
        rows.append([ROWS[name].title, *cells, str(len(results)), tables.steps_of(results)])
    return rows


def difference_rows(trainings, columns):
    """The cells of the second table: each row less MUNIT, over the seeds that both have.

    Args:
      trainings, columns: as in ``score_rows``.
    """
    rows, base = [], {record["seed"]: record for record in trainings.get(BASE, ())}
    for name, results in trainings.items():
        own = {record["seed"]: record for record in results}
        seeds = [s for s in own if s in base and own[s]["steps"] == base[s]["steps"]]
        if name == BASE or len(seeds) < 2:
            continue
        cells = []
        for _, score, digits in columns:
            pair = [[which[s]["scores"]["each"][score] for s in seeds] for which in (own, base)]
            cells.append(paired_difference(*pair).text(digits))
        rows.append([ROWS[name].title, *cells, str(len(seeds))])
    return rows


def table(found):
    """Markdown: two tables for each data set that has records, then how they were made."""
    parts, used = [], []
    for name, styled in SETS.items():
        grouped, columns = records.grouped(found, name, row_of), columns_of(name)
        trainings = {row: grouped[name, row] for row in ROWS if (name, row) in grouped}
        if not trainings:
            continue
        used += [record for results in trainings.values() for record in results]
        titles = [title for title, _, _ in columns]
        parts += [f"**{styled.title}**", ""]
        heading = ["", *titles, "1000 KID", "seeds", "steps"]
        parts += [*tables.markdown(heading, score_rows(trainings, columns)), ""]
        if differences := difference_rows(trainings, columns):
            heading = ["less MUNIT, 95 % interval", *titles, "seeds"]
            parts += [*tables.markdown(heading, differences), ""]
    return "\n".join([*parts, *([NOTE, ""] if used else []), *tables.origins(used, "reading")])


def main():
    """Prints the tables, or writes them."""
    tables.report(FLAGS, table, MAKER, MARKER, style_records)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
