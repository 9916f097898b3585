"""The tables and plots of tools/reproduce_maps.py's trainings.

  python tools/report_maps.py [--results=results/maps] [--document=docs/results.md]

Pixel accuracy after the last step, all channels within 16, is the headline; nothing is chosen by
it. In a document the tables go between <!-- reproduce_maps figure_2d: begin --> and its end, and
the same of the other groups; the plots are written beside it as maps_*.png. Groups without records
stay as they are. Without a document the tables are printed.
"""

import pathlib
import re
import statistics
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.experiments import records

TOOL = "reproduce_maps"
GROUPS = (
    "figure_2d", "ceiling", "started", "colours", "normed", "which_norm", "longer", "figure_2b",
    "figure_2c",
)  # fmt: skip
ORDER = (
    "full", "no_cycle", "no_sharing", "identity", "munit2018", "supervised",
    "started_full", "started_no_cycle", "started_no_sharing", "started_identity",
    "started_munit2018", "started_supervised",
    "apart", "apart_identity", "apart_norm",
    "normed_full", "normed_no_cycle", "normed_no_sharing", "normed_identity",
    "normed_supervised",
    "norm_first", "norm_blocks", "norm_apart", "bare2018",
    "long_full", "long_no_cycle", "long_no_sharing", "long_identity",
)  # fmt: skip
HEADLINE = "accuracy/all_channels"
ACCURACIES = (HEADLINE, "accuracy/per_channel", "accuracy/euclidean")
RECORD = {
    "row": records.TEXT, "group": records.Kind(" or ".join(GROUPS), lambda v: v in GROUPS),
}  # fmt: skip
GRIDS = ("figure_2b", "figure_2c")  # the others are curves
FLOORED = ("figure_2d", "started", "normed", "longer")  # with what needs no training above them
CELL = records.Kind(
    "two names with a number each, as shared1_depth3",
    lambda v: re.fullmatch(r"[a-z]+\d+\.?\d*_[a-z]+\d+\.?\d*", v) is not None,
)
SPEEDS = {
    name: records.Kind("a number above 0", lambda v: records.NUMBER.fits(v) and v > 0)
    for name in ("images_per_second", "cpu_seconds")
}
SCORES = {
    **dict.fromkeys(ACCURACIES, records.SHARE),
    **dict.fromkeys(("l1", "psnr", "ssim", "colour_order"), records.NUMBER),
}
CONTRAST = "land_contrast"  # there where land and sea are known
SWAPPED = -0.05  # nearer to 0 the colours are in neither order
# Title, metric, digits.
MEANS = (
    ("all channels", HEADLINE, 3), ("per channel", "accuracy/per_channel", 3),
    ("Euclidean", "accuracy/euclidean", 3), ("L1", "l1", 1), ("PSNR", "psnr", 1),
    ("SSIM", "ssim", 3), ("order on land", "colour_order", 2),
    ("land against sea", CONTRAST, 2),
)  # fmt: skip

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("results", "results/maps", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_string("document", None, "Markdown file to write into", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "check", False, "only see whether records and document are fit", flag_values=FLAGS
)


def complaint(record):
    """Why a record cannot be used, or None."""
    found = records.wrong_record(record, RECORD, wrong_reading)
    if not found and record["group"] in GRIDS:
        found = records.misfit("it", record, {"row": CELL})
    return found or wrong_references(record.get("references", {}))


def wrong_reading(reading):
    """Why a reading cannot be used, or None."""
    kinds = {"step": records.WHOLE, "a2b": records.OBJECT, "b2a": records.OBJECT}
    if isinstance(reading, dict) and SPEEDS.keys() & reading.keys():
        kinds |= SPEEDS
    found = records.misfit("a reading", reading, kinds)
    for direction in () if found else ("a2b", "b2a"):
        scores = reading[direction]
        known = {**SCORES, CONTRAST: records.NUMBER} if CONTRAST in scores else SCORES
        found = found or records.misfit(direction, scores, known)
    return found


def wrong_references(references):
    """Why the scores of what needs no training cannot be used, or None."""
    if not references:
        return None
    found = records.misfit("references", references, {"a2b": records.OBJECT})
    for name, scores in {} if found else references["a2b"].items():
        known = dict.fromkeys(scores, records.NUMBER) if isinstance(scores, dict) else {}
        found = found or records.misfit(name, scores, known)
    return found


def row_of(record):
    """What is averaged."""
    return record["group"], record["row"]


def by_row(found, group):
    """{row: its records}: the rows of ORDER, then others by the numbers in their names."""

    def place(item):
        (_, row), _ = item
        known = ORDER.index(row) if row in ORDER else len(ORDER)
        return known, numbers(row)

    return dict(sorted(records.grouped(found, group, row_of).items(), key=place))


def numbers(name):
    """The numbers in a name, for sorting."""
    return [float(number) for number in re.findall(r"\d+\.?\d*", name)]


def floors_of(found):
    """{title: {metric: mean}} of what needs no training, a->b; from a record that has them."""
    references = next((r["references"]["a2b"] for r in found if r.get("references")), {})
    titles = {"identity": "the input itself", "constant": "best constant colours"}
    return {title: references[name] for name, title in titles.items() if name in references}


def last(record, metric, direction="a2b"):
    """A score after the last step."""
    return record["readings"][-1][direction][metric]


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
    return records.mean(values, digits) if values else ""


def swapped(results, metric):
    """In how many seeds it is below SWAPPED."""
    values = known(results, metric)
    return f"{sum(value < SWAPPED for value in values)} of {len(values)}" if values else ""


def known(results, metric):
    """The seeds' values after the last step, a->b; [] where one lacks it."""
    values = [r["readings"][-1]["a2b"].get(metric) for r in results]
    return [] if None in values else values


def table(trainings, floors=None):
    """Markdown: a line for each row, a->b, under those of the floors."""
    columns = [
        "row", "paper", *(title for title, _, _ in MEANS), "each seed's accuracy",
        "land swapped", "sea swapped", "b to a", "steps", "images/s", "CPU s a step",
    ]  # fmt: skip
    rows = []
    for title, scores in (floors or {}).items():
        known = [f"{scores[metric]:.{n}f}" if metric in scores else "" for _, metric, n in MEANS]
        rows.append([title, "", *known, *[""] * (len(columns) - 2 - len(known))])
    for results in trainings.values():
        paper = results[0]["paper"]
        rows.append([
            results[0]["title"], f"{paper:.3f}" if paper else "",
            *(mean(results, metric, n) for _, metric, n in MEANS),
            " ".join(f"{last(r, HEADLINE):.3f}" for r in results),
            swapped(results, "colour_order"), swapped(results, CONTRAST),
            records.mean([last(r, HEADLINE, "b2a") for r in results], 3),
            records.steps_of(results), *speed(results),
        ])  # fmt: skip
    everything = [r for results in trainings.values() for r in results]
    return "\n".join([*records.markdown(columns, rows), "", *records.origins(everything)])


def plot_curves(trainings, path):
    """Accuracy and colour order over the steps: a line for each row, a thin one for each seed."""
    figure, axes = new_figure(2)
    shown = {"pixel accuracy, a to b": HEADLINE, "order on land": "colour_order"}
    for axis, (title, metric) in zip(axes, shown.items(), strict=True):
        for i, results in enumerate(trainings.values()):
            by_step = {}
            for record in results:
                curve = {r["step"]: r["a2b"][metric] for r in record["readings"]}
                axis.plot([*curve], [*curve.values()], f"C{i}", lw=0.5, alpha=0.5)
                for step, value in curve.items():
                    by_step.setdefault(step, []).append(value)
            # Where a training was stopped between checkpoint and reading, one seed lacks a step.
            whole = {s: values for s, values in by_step.items() if len(values) == len(results)}
            means = {step: statistics.mean(values) for step, values in sorted(whole.items())}
            label = results[0]["title"].replace("$", r"\$")  # no formula
            axis.plot([*means], [*means.values()], f"C{i}", lw=1.5, label=label)
        axis.set_title(title)
        axis.set_xlabel("step")
    axes[0].legend(fontsize=6)
    save(figure, path)


def plot_grid(trainings, path):
    """Means of a grid's cells: the names' first parts against their second."""
    cells = {
        row: statistics.mean(last(r, HEADLINE) for r in found)
        for (_, row), found in trainings.items()
    }
    figure, (axis,) = new_figure(1)
    columns = sorted({row.split("_")[1] for row in cells}, key=numbers)
    for i, first in enumerate(sorted({row.split("_")[0] for row in cells}, key=numbers)):
        own = [(j, cells.get(f"{first}_{column}")) for j, column in enumerate(columns)]
        there = [(j, value) for j, value in own if value is not None]
        axis.plot(*zip(*there, strict=True), f"C{i}o-", label=first)
    axis.set_xticks(range(len(columns)), columns)
    axis.set_ylabel("pixel accuracy, a to b")
    axis.legend(fontsize=6)
    save(figure, path)


def new_figure(columns):
    """(matplotlib figure, its axes); UserError where matplotlib is missing."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UserError('--document: plots need matplotlib; pip install -e ".[tools]"') from None
    figure = Figure(figsize=(5 * columns, 3.2), layout="constrained")
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def save(figure, path):
    """Writes a plot whole or not at all, the same bytes for the same records."""
    from unit_tf.files import atomic_path

    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})


def draw_tiles(trainings, path):
    """A sheet: inputs, then each row's and seed's translations of them, then truths."""
    import numpy as np
    from PIL import Image

    from unit_tf.evaluation.image_grids import image_grid
    from unit_tf.files import atomic_path

    everything = [record for found in trainings.values() for record in found]
    strips = strips_of(trainings)
    missing = [str(strip) for strip in strips if not strip.exists()]
    if missing or not strips:
        text = f"{missing[0]} is not there, nor are {len(missing) - 1} others" if missing else ""
        print(f"{path.name}: left as it is; {text or 'no rows'}", file=sys.stderr)
        return
    rows = []
    for record, strip in zip(everything, strips, strict=True):
        inputs, translations, truth = np.split(read_strip(strip), 3)
        rows = rows or [("input", inputs)]
        rows.append((f"{record['title']}, seed {record['seed']}", translations))
    rows.append(("truth", truth))
    sheet = Image.fromarray(labelled(rows, image_grid)).quantize(256)
    with atomic_path(path) as temporary:
        sheet.save(temporary, optimize=True)


def strips_of(trainings):
    """Where each training has left its images, in the rows' order."""
    folder = pathlib.Path(FLAGS.results).expanduser()
    return [folder / f"{r['row']}_{r['seed']}.png" for found in trainings.values() for r in found]


def read_strip(path):
    """uint8 [3 H, W, 3]: inputs, translations, truths; UserError where it cannot be read."""
    from unit_tf.data.images import decode

    pixels = decode(str(path), 3)
    if pixels.shape[0] % 3:
        raise UserError(f"{path}: {pixels.shape[0]} lines of pixels; expected three equal parts")
    return pixels


def labelled(rows, image_grid):
    """uint8 [H, W, 3] of (text, strip) rows, the text above each strip."""
    import numpy as np

    width = max(image_grid([[strip]], [text]).shape[1] for text, strip in rows)
    made = []
    for text, strip in rows:
        line = image_grid([[strip]], [text])
        made.append(np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=255))
    return np.concatenate(made)


def main():
    """Prints the tables, or writes them and the plots."""
    from unit_tf.files import write_text

    found = records.read_all(
        FLAGS.results, complaint, f"tools/{TOOL}.py", row_of, may_be_empty=FLAGS.check
    )
    trainings = {group: by_row(found, group) for group in GROUPS}
    trainings["figure_2d"] |= trainings.pop("ceiling")
    floors = floors_of(found)
    tables = {
        group: table(rows, floors if group in FLOORED else None)
        for group, rows in trainings.items()
        if rows
    }
    text = records.filled(FLAGS.document, TOOL, tables) if FLAGS.document else None
    if text is not None:  # what would stop the plots is said now, and by --check
        new_figure(1)
        for strip in strips_of(trainings["figure_2d"]):
            if strip.exists():
                read_strip(strip)
    if FLAGS.check:
        return
    if text is None:
        print("\n\n".join(tables.values()))
        return
    folder = pathlib.Path(FLAGS.document).parent
    for group, rows in trainings.items():
        if rows:
            plot = plot_grid if group in GRIDS else plot_curves
            plot(rows, folder / f"maps_{group}.png")
    draw_tiles(trainings["figure_2d"], folder / "maps_tiles.png")
    write_text(FLAGS.document, text)
    rest = ", ".join(group for group, rows in trainings.items() if not rows)
    if rest:
        print(f"left as they are, without records in {FLAGS.results}: {rest}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
