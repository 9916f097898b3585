"""The table of tools/reproduction/recipe.py's trainings, as Markdown.

  python tools/reproduction/report_recipe.py [--results=results/recipe] [--document=docs/results.md]

A part for each data set, a to b, after the last step; nothing is chosen by it. A training counts as
dead where its L1 is above the best constant colour's, and as swapped where the colours of a map are
in the wrong order on land, or land's and sea's are exchanged. In a document the table goes between
<!-- recipe table: begin --> and its end.
"""

import sys

import grid_flags
import recipe_rows
import record_tables as tables
import records
from unit_tf.cli import flags

MAKER = "tools/reproduction/recipe.py"
MARKER = "recipe"  # before "table" in a document
SWAPPED = -0.05  # nearer to 0 colours are in neither order
HEADLINE = "accuracy/all_channels"
_RECORD = {
    "row": records.TEXT,
    "group": records.Kind(
        " or ".join(recipe_rows.DATA_SETS), lambda v: v in recipe_rows.DATA_SETS
    ),
}  # fmt: skip
_SCORES = {HEADLINE: records.SHARE, **dict.fromkeys(("l1", "ssim", "colour_order"), records.NUMBER)}
# Title, name of the score, digits; the last three of faces alone.
COLUMNS = (
    ("L1", "l1", 2), ("accuracy", HEADLINE, 3), ("SSIM", "ssim", 3),
    ("L1 outside", "outside/l1", 2), ("L1 inside", "inside/l1", 1),
    ("with the attribute", "attribute_share", 2),
)  # fmt: skip

FLAGS = flags.new_flags()
grid_flags.define_report("results/recipe", FLAGS)


def complaint(record):
    """Why a record cannot be used, or None."""
    return records.wrong_record(record, _RECORD, wrong_reading)


def wrong_reading(reading):
    """The same about one of its readings."""
    found = records.misfit("a reading", reading, {"a2b": records.OBJECT})
    return found or records.misfit("a2b", reading["a2b"], _SCORES)


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]


def last(record):
    """{score: number} after the last step, a to b."""
    return record["readings"][-1]["a2b"]


def is_dead(record):
    """Whether one colour for all images would have been better."""
    return last(record)["l1"] > record["references"]["a2b"]["constant"]["l1"]


def is_swapped(record):
    """Whether a map's colours are in the wrong places; False where nothing tells."""
    scores = last(record)
    if "land_contrast" not in scores:
        return False
    return min(scores["colour_order"], scores["land_contrast"]) < SWAPPED


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


def baseline_rows(record):
    """The rows that need no training, from a record that has them."""
    rows, scores = [], last(record)
    for name, title in tables.BASELINES.items():
        known = dict(record["references"]["a2b"].get(name, {}))
        if name == "identity" and "attribute_share" in scores:
            known |= {
                f"{region}/l1": scores[f"identity/{region}/l1"] for region in ("inside", "outside")
            }
        cells = [f"{known[s]:.{digits}f}" if s in known else "" for _, s, digits in COLUMNS]
        rows.append([title, *cells, "", "", ""])
    return rows


def table(found):
    """Markdown: a table for each data set that has records, then how they were made."""
    columns = ["", *(title for title, _, _ in COLUMNS), "dead", "swapped", "steps"]
    order = [*recipe_rows.ROWS, *recipe_rows.TRIED]
    parts = []
    for name, data_set in recipe_rows.DATA_SETS.items():
        trainings = records.grouped(found, name, row_of)
        if not trainings:
            continue
        rows = sorted(trainings.items(), key=lambda item: order.index(item[0][1]))
        held = ", held back while the recipe was chosen" if data_set.held_back else ""
        parts += [f"**{data_set.title}**{held}", ""]
        first = next(iter(trainings.values()))[0]
        body = [*baseline_rows(first), *(row_cells(results) for _, results in rows)]
        parts += [*tables.markdown(columns, body), ""]
    return "\n".join([*parts, *tables.origins(found)])


def main():
    """Prints the table, or writes it."""
    from unit_tf.files import write_text

    found = records.read_all(FLAGS.results, complaint, MAKER, row_of, may_be_empty=FLAGS.check)
    made = {"table": table(found)} if found else {}
    text = tables.filled(FLAGS.document, MARKER, made) if FLAGS.document else None
    if FLAGS.check:
        return
    if text is None:
        print(made["table"])
    else:
        write_text(FLAGS.document, text)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
