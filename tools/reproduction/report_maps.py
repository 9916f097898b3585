"""The tables and plots of tools/reproduction/maps.py's trainings.

  python tools/reproduction/report_maps.py [--results=results/maps] [--document=docs/results.md]

Pixel accuracy after the last step, all channels within 16, is the headline; nothing is chosen by
it. In a document the tables go between <!-- reproduce_maps figure_2d: begin --> and its end, and
the same of the other groups; the plots are written beside it as maps_*.png. Groups without records
stay as they are. Without a document the tables are printed.
"""

import pathlib
import statistics
import sys

import grid_flags
import map_plots
import record_tables as tables
import records
from map_records import CONTRAST, GRIDS, GROUPS, HEADLINE, by_row, complaint, last, row_of
from unit_tf.cli import flags

MAKER = "tools/reproduction/maps.py"
MARKER = "reproduce_maps"  # before a group's name in a document
# Groups whose tables begin with what needs no training.
WITH_BASELINES = ("figure_2d", "started", "normed", "longer")
SWAPPED = -0.05  # nearer to 0 the colours are in neither order
# Title, metric, digits.
MEANS = (
    ("all channels", HEADLINE, 3), ("per channel", "accuracy/per_channel", 3),
    ("Euclidean", "accuracy/euclidean", 3), ("L1", "l1", 1), ("PSNR", "psnr", 1),
    ("SSIM", "ssim", 3), ("order on land", "colour_order", 2),
    ("land against sea", CONTRAST, 2),
)  # fmt: skip

FLAGS = flags.new_flags()
grid_flags.define_report("results/maps", FLAGS)


def baselines_of(found):
    """{title: {metric: mean}} of what needs no training, a->b; from a record that has them."""
    references = next((r["references"]["a2b"] for r in found if r.get("references")), {})
    titles = {"identity": "the input itself", "constant": "best constant colours"}
    return {title: references[name] for name, title in titles.items() if name in references}


def speed(results):
    """Median images a second and CPU time a step, over all readings."""
    readings = [r for record in results for r in record["readings"] if "cpu_seconds" in r]
    if not readings:
        return "", ""
    images = statistics.median(r["images_per_second"] for r in readings)
    return f"{images:.0f}", f"{statistics.median(r['cpu_seconds'] for r in readings):.3f}"


def mean(results, metric, digits):
    """Mean and deviation over the seeds; nothing where one does not have the metric."""
    values = known(results, metric)
    return tables.mean(values, digits) if values else ""


def swapped(results, metric):
    """In how many seeds it is below SWAPPED."""
    values = known(results, metric)
    return f"{sum(value < SWAPPED for value in values)} of {len(values)}" if values else ""


def known(results, metric):
    """The seeds' values after the last step, a->b; [] where one lacks it."""
    values = [r["readings"][-1]["a2b"].get(metric) for r in results]
    return [] if None in values else values


def table(trainings, baselines=None):
    """Markdown: a line for each row, a->b, under those of the baselines."""
    columns = [
        "row", "paper", *(title for title, _, _ in MEANS), "each seed's accuracy",
        "land swapped", "sea swapped", "b to a", "steps", "images/s", "CPU s a step",
    ]  # fmt: skip
    rows = []
    for title, scores in (baselines or {}).items():
        known = [f"{scores[metric]:.{n}f}" if metric in scores else "" for _, metric, n in MEANS]
        rows.append([title, "", *known, *[""] * (len(columns) - 2 - len(known))])
    for results in trainings.values():
        paper = results[0]["paper"]
        rows.append([
            results[0]["title"], f"{paper:.3f}" if paper else "",
            *(mean(results, metric, n) for _, metric, n in MEANS),
            " ".join(f"{last(r, HEADLINE):.3f}" for r in results),
            swapped(results, "colour_order"), swapped(results, CONTRAST),
            tables.mean([last(r, HEADLINE, "b2a") for r in results], 3),
            tables.steps_of(results), *speed(results),
        ])  # fmt: skip
    everything = [r for results in trainings.values() for r in results]
    return "\n".join([*tables.markdown(columns, rows), "", *tables.origins(everything)])


def tables_of(found, trainings):
    """{group: Markdown} of the groups that have records.

    Args:
      found: list of all records.
      trainings: {group: as ``by_row`` returns}.
    """
    baselines = baselines_of(found)
    return {
        group: table(rows, baselines if group in WITH_BASELINES else None)
        for group, rows in trainings.items()
        if rows
    }


def check_plots(strips):
    """Raises UserError for what would stop the plots: now, and with --check."""
    map_plots.new_figure(1)
    for strip in strips:
        if strip.exists():
            map_plots.read_strip(strip)


def write_plots(trainings, strips, folder):
    """Writes a plot of each group that has records, and the sheet of Figure 2 (d)'s images."""
    for group, rows in trainings.items():
        if rows:
            plot = map_plots.plot_grid if group in GRIDS else map_plots.plot_curves
            plot(rows, folder / f"maps_{group}.png")
    map_plots.write_sheet(trainings["figure_2d"], strips, folder / "maps_tiles.png")


def main():
    """Prints the tables, or writes them and the plots."""
    from unit_tf.files import write_text

    found = records.read_all(FLAGS.results, complaint, MAKER, row_of, may_be_empty=FLAGS.check)
    trainings = {group: by_row(found, group) for group in GROUPS}
    trainings["figure_2d"] |= trainings.pop("ceiling")
    made = tables_of(found, trainings)
    text = tables.filled(FLAGS.document, MARKER, made) if FLAGS.document else None
    strips = map_plots.strips_of(trainings["figure_2d"], FLAGS.results)
    if text is not None:
        check_plots(strips)
    if FLAGS.check:
        return
    if text is None:
        print("\n\n".join(made.values()))
        return
    write_plots(trainings, strips, pathlib.Path(FLAGS.document).parent)
    write_text(FLAGS.document, text)
    rest = ", ".join(group for group, rows in trainings.items() if not rows)
    if rest:
        print(f"left as they are, without records in {FLAGS.results}: {rest}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
