"""The table of tools/reproduction/recipe.py's trainings, as Markdown.

  python tools/reproduction/report_recipe.py [--results=results/recipe] [--document=docs/results.md]

A part for each data set, a to b, after the last step; nothing is chosen by it. A training counts as
dead where its L1 is above the best constant colour's, and as swapped where the colours of a map are
in the wrong order on land, or land's and sea's are exchanged. In a document the table goes between
<!-- recipe table: begin --> and its end.
"""

import sys

import grid_flags
import image_sets
import recipe_rows
import record_tables as tables
import records
import set_records
from set_records import is_dead, is_swapped, last, row_of
from unit_tf.cli import flags

MAKER = "tools/reproduction/recipe.py"
MARKER = "recipe"  # before "table" in a document
# Title, name of the score, digits; the last three of faces alone.
COLUMNS = (
    ("L1", "l1", 2), ("accuracy", set_records.HEADLINE, 3), ("SSIM", "ssim", 3),
    ("L1 outside", "outside/l1", 2), ("L1 inside", "inside/l1", 1),
    ("with the attribute", "attribute_share", 2),
)  # fmt: skip

FLAGS = flags.new_flags()
grid_flags.define_report("results/recipe", FLAGS)


def row_cells(results):
    """One row's text: title, scores over the seeds, dead and swapped ones, steps."""
    cells = [results[0]["title"]]
    for _, score, digits in COLUMNS:
        values = [last(record).get(score) for record in results]
        cells.append("" if None in values else tables.mean(values, digits))
    seeds = len(results)
    return [
        *cells,
        f"{sum(map(is_dead, results))} of {seeds}",
        f"{sum(map(is_swapped, results))} of {seeds}"
        if "land_contrast" in last(results[0])
        else "",
        tables.steps_of(results),
    ]


def table(found):
    """Markdown: a table for each data set that has records, then how they were made."""
    columns = ["", *(title for title, _, _ in COLUMNS), "dead", "swapped", "steps"]
    order = [*recipe_rows.ROWS, *recipe_rows.TRIED]
    parts, used = [], []
    for name, data_set in image_sets.DATA_SETS.items():
        grouped = records.grouped(found, name, row_of)
        trainings = {row: results for row, results in grouped.items() if row[1] in order}
        if not trainings:
            continue
        rows = sorted(trainings.items(), key=lambda item: order.index(item[0][1]))
        held = ", held back while the recipe was chosen" if data_set.held_back else ""
        parts += [f"**{data_set.title}**{held}", ""]
        used += [record for results in trainings.values() for record in results]
        first = next(iter(trainings.values()))[0]
        body = [[*cells, "", "", ""] for cells in set_records.baseline_rows(first, COLUMNS)]
        body += [row_cells(results) for _, results in rows]
        parts += [*tables.markdown(columns, body), ""]
    return "\n".join([*parts, *tables.origins(used)])


def main():
    """Prints the table, or writes it."""
    tables.report(FLAGS, table, MAKER, MARKER, set_records)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
