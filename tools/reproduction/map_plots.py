"""Plots of the map experiment's records, and a sheet of what was translated."""

import pathlib
import statistics
import sys

from map_records import HEADLINE, last, numbers
from unit_tf.config import UserError


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


def write_sheet(trainings, strips, path):
    """Writes a sheet of images: inputs, then each row's and seed's translations, then truths.

    The sheet stays as it is where a strip is missing.

    Args:
      trainings: as ``map_records.by_row`` returns.
      strips: from ``strips_of``.
      path: the file.
    """
    import numpy as np
    from PIL import Image

    from unit_tf.files import atomic_path

    missing = [str(strip) for strip in strips if not strip.exists()]
    if missing or not strips:
        text = f"{missing[0]} is not there, nor are {len(missing) - 1} others" if missing else ""
        print(f"{path.name}: left as it is; {text or 'no rows'}", file=sys.stderr)
        return
    rows = []
    everything = [record for found in trainings.values() for record in found]
    for record, strip in zip(everything, strips, strict=True):
        inputs, translations, truth = np.split(read_strip(strip), 3)
        rows = rows or [("input", inputs)]
        rows.append((f"{record['title']}, seed {record['seed']}", translations))
    rows.append(("truth", truth))
    sheet = Image.fromarray(labelled(rows)).quantize(256)
    with atomic_path(path) as temporary:
        sheet.save(temporary, optimize=True)


def strips_of(trainings, results):
    """Where each training has left its images, in the rows' order.

    Args:
      trainings: as ``map_records.by_row`` returns.
      results: folder of the records.
    """
    folder = pathlib.Path(results).expanduser()
    return [folder / f"{r['row']}_{r['seed']}.png" for found in trainings.values() for r in found]


def read_strip(path):
    """uint8 [3 H, W, 3]: inputs, translations, truths; UserError where it cannot be read."""
    from unit_tf.data.images import decode

    pixels = decode(str(path), 3)
    if pixels.shape[0] % 3:
        raise UserError(f"{path}: {pixels.shape[0]} lines of pixels; expected three equal parts")
    return pixels


def labelled(rows):
    """uint8 [H, W, 3] of (text, strip) rows, the text above each strip."""
    import numpy as np

    from unit_tf.data.image_grids import image_grid

    width = max(image_grid([[strip]], [text]).shape[1] for text, strip in rows)
    made = []
    for text, strip in rows:
        line = image_grid([[strip]], [text])
        made.append(np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=255))
    return np.concatenate(made)
