"""The tables of tools/reproduction/compare_methods.py's trainings, as Markdown.

  python tools/reproduction/report_methods.py [--results=results/recipe] [--document=FILE]

For each data set its scores, a to b, after the last step, beside inputs as they are and the best
constant colour. Then how far each way to train is from UNIT: the mean difference over seeds and
test images with its 95 % interval (paired_differences.py), a star where it does not hold 0. Where
method_costs.py has left its record, a table of what each row takes follows, and for each data set
one of the scores at the same CPU seconds. In a document the tables go between
<!-- methods table: begin -->, <!-- methods costs: begin --> and <!-- methods seconds: begin --> and
their ends.
"""

import sys

import numpy as np
from absl import flags as absl_flags

import cost_tables
import grid_flags
import image_sets
import recipe_rows
import record_tables as tables
import records
import set_records
from paired_differences import paired_difference
from set_records import last, row_of
from unit_tf.cli import flags

MAKER = "tools/reproduction/compare_methods.py"
MARKER = "methods"  # before "table" in a document
BASE = "photos"  # what the others are held against
KID = "KID"
# Title, name of the score, digits.
COLUMNS = (("L1", "l1", 2), ("accuracy", set_records.HEADLINE, 3), ("SSIM", "ssim", 3))
FACE_COLUMNS = (
    ("with the attribute", "attribute_share", 2), ("L1 inside", "inside/l1", 1),
    ("L1 outside", "outside/l1", 2),
)  # fmt: skip
# A face's share of translations with the attribute is of each image 0 or 1.
OF_EACH_IMAGE = {"attribute_share": "attribute"}

FLAGS = flags.new_flags()
grid_flags.define_report("results/recipe", FLAGS)
absl_flags.DEFINE_string(
    "costs", "results/costs/methods.json", "record of method_costs.py, if it is there",
    flag_values=FLAGS,
)  # fmt: skip


def columns_of(results):
    """The COLUMNS that fit a data set's images."""
    return FACE_COLUMNS if "attribute_share" in last(results[0]) else COLUMNS


def kid_of(record, group="translation"):
    """1,000 times the KID of its translations, or of another group; None where it has none."""
    found = record.get("scores", {}).get("a2b", {}).get("kid")
    return found and 1000 * found[group]["mean"]


def score_rows(trainings):
    """The cells of the first table: baselines, then a line for each row.

    Args:
      trainings: {row's name: its records}.
    """
    first = next(iter(trainings.values()))
    columns = columns_of(first)
    untouched, constant = set_records.baseline_rows(first[0], columns)
    kid = kid_of(first[0], "identity")
    rows = [[*untouched, "" if kid is None else f"{kid:.0f}", "", ""], [*constant, "", "", ""]]
    for name, results in trainings.items():
        values = [[last(record)[score] for record in results] for _, score, _ in columns]
        cells = [tables.mean(v, c[2]) for v, c in zip(values, columns, strict=True)]
        kids = [kid_of(record) for record in results]
        cells.append("" if None in kids else tables.mean(kids, 0))
        title = recipe_rows.METHODS[name].title
        rows.append([title, *cells, str(len(results)), tables.steps_of(results)])
    return rows


def difference_rows(trainings):
    """The cells of the second table: each row less UNIT, over the seeds that both have.

    Args:
      trainings: {row's name: its records}.
    """
    columns, rows = columns_of(next(iter(trainings.values()))), []
    base = {record["seed"]: record for record in trainings.get(BASE, ())}
    for name, results in trainings.items():
        own = {record["seed"]: record for record in results}
        seeds = [s for s in own if s in base and _comparable(own[s], base[s])]
        if name == BASE or len(seeds) < 2:
            continue
        cells = []
        for _, score, digits in columns:
            pair = [[_each(which[s], score) for s in seeds] for which in (own, base)]
            shared = ~np.isnan(np.subtract(*pair)).any(0)
            cells.append(paired_difference(*pair).text(digits) if shared.sum() > 1 else "")
        rows.append([recipe_rows.METHODS[name].title, *cells, str(len(seeds))])
    return rows


def _comparable(record, other):
    """Whether both have scores of each image, after as many steps."""
    return record["steps"] == other["steps"] and "scores" in record and "scores" in other


def _each(record, score):
    """A score of each test image, NaN where it has none."""
    values = record["scores"]["a2b"]["each"][OF_EACH_IMAGE.get(score, score)]
    return np.array(values, float)


def trainings_of(found):
    """Yields (name of a data set, {row's name: its records}) where there is more to compare.

    The recipe's own trainings, which report_recipe.py shows, are of METHODS too.
    """
    for name in image_sets.DATA_SETS:
        grouped = records.grouped(found, name, row_of)
        trainings = {
            row: grouped[name, row] for row in recipe_rows.METHODS if (name, row) in grouped
        }
        if set(trainings) - set(recipe_rows.ROWS):
            yield name, trainings


def table(found):
    """Markdown: two tables for each data set, then how they were made; "" where there is none."""
    parts, used = [], []
    for name, trainings in trainings_of(found):
        used += [record for results in trainings.values() for record in results]
        titles = [title for title, _, _ in columns_of(next(iter(trainings.values())))]
        body = score_rows(trainings)
        parts += [f"**{image_sets.DATA_SETS[name].title}**", ""]
        parts += [*tables.markdown(["", *titles, f"1000 {KID}", "seeds", "steps"], body), ""]
        if differences := difference_rows(trainings):
            heading = ["less UNIT, 95 % interval", *titles, "seeds"]
            parts += [*tables.markdown(heading, differences), ""]
    return "\n".join([*parts, *tables.origins(used)]) if used else ""


def seconds(found, costs):
    """Markdown: the scores at the same CPU seconds; "" where no data set has two rows.

    Args:
      found: list of records.
      costs: from ``cost_tables.read_costs``.
    """
    parts = []
    for name, trainings in trainings_of(found):
        columns = columns_of(next(iter(trainings.values())))
        if lines := cost_tables.seconds_table(trainings, costs, columns):
            parts += [f"**{image_sets.DATA_SETS[name].title}**", "", *lines, ""]
    return "\n".join([*parts, cost_tables.NOTE]) if parts else ""


def main():
    """Prints the tables, or writes them."""
    costs, more = cost_tables.read_costs(FLAGS.costs), {}
    if costs:
        more = {
            "costs": lambda found: cost_tables.cost_table(costs),
            "seconds": lambda found: seconds(found, costs),
        }
    tables.report(FLAGS, table, MAKER, MARKER, set_records, more)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
