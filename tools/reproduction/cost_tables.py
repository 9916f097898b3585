"""Tables of what trainings take, and of their scores at the same CPU seconds, as Markdown.

method_costs.py measures what a step takes; report_methods.py has the trainings. CPU seconds are
steps times those of a step, which was measured in one run for all rows. So it does not matter how
busy the machine was when a training ran.
"""

import json
import pathlib
import sys

import recipe_rows
import record_tables as tables
import records
from unit_tf import config as config_lib

_POSITIVE = records.Kind("a number above 0", lambda v: type(v) in (int, float) and v > 0)
_COUNT = records.Kind("a whole number from 1", lambda v: records.WHOLE.fits(v) and v > 0)
_COSTS = {
    "rows": records.OBJECT, "rounds": _COUNT, "steps": _COUNT, "threads": records.TEXT,
    "commit": records.COMMIT, "date": records.TEXT, "hardware": records.TEXT,
    "tensorflow": records.TEXT,
}  # fmt: skip
_ROW = {
    "title": records.TEXT, "settings": records.OBJECT, "cpu_seconds": _POSITIVE,
    "peak_memory": _POSITIVE,
    **dict.fromkeys(("parameters", "translator_parameters", "multiply_adds", "directions"), _COUNT),
}  # fmt: skip
COLUMNS = (
    "", "directions", "10^6 parameters, trained", "of the translator a to b",
    "10^9 multiply-adds a step", "CPU seconds a step", "peak memory, GB",
)  # fmt: skip
# What a step's costs depend on.
_COSTLY = (
    "model.", "optim.batch_size", "optim.accumulate", "run.precision", "run.remat", "run.jit",
    "data.image_size",
)  # fmt: skip
NOTE = (
    "The budget is the CPU time that the cheapest row without pairs takes for a whole training. "
    "Each row shows the last reading within the budget. The rate is constant and weights are "
    "averaged, so a shorter training would score the same. UNIT's three rows are an exception: "
    "discriminators begin there after two fifths of the steps, so they would begin sooner. In the "
    "others they begin at once."
)


def read_costs(path):
    """The record of method_costs.py.

    Args:
      path: where it is.

    Returns:
      dict, or None where there is none.

    Raises:
      UserError: it is something else.
    """
    path = pathlib.Path(path).expanduser()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        found, reason = None, " ".join(str(error).split())
    else:
        reason = records.misfit("it", found, _COSTS)
        for name, row in {} if reason else found["rows"].items():
            reason = reason or records.misfit(f"row {name}", row, _ROW)
    if reason:
        raise config_lib.UserError(f"{path}: not a record of method_costs.py ({reason})")
    return found


def cost_table(costs):
    """Markdown: a line for each row, then how it was measured.

    Args:
      costs: from ``read_costs``.
    """
    body = [
        [
            row["title"], str(row["directions"]), f"{row['parameters'] / 1e6:.2f}",
            f"{row['translator_parameters'] / 1e6:.2f}", f"{row['multiply_adds'] / 1e9:.1f}",
            f"{row['cpu_seconds']:.3f}", f"{row['peak_memory'] / 1e9:.2f}",
        ]
        for row in costs["rows"].values()
    ]  # fmt: skip
    precision = next(iter(costs["rows"].values()))["settings"].get("run.precision", "float32")
    how = (
        f"Median of {costs['rounds']} turns of {costs['steps']} steps, all rows in turns, "
        f"{costs['threads']} thread, {precision}: commit {costs['commit']}, {costs['date']}, "
        f"{costs['hardware']}, TensorFlow {costs['tensorflow']}."
    )
    return "\n".join([*tables.markdown(COLUMNS, body), "", how])


def seconds_table(trainings, costs, columns):
    """The lines of a data set's table with the same CPU seconds, or none.

    Args:
      trainings: {row's name: its records}.
      costs: from ``read_costs``.
      columns: list of (title, score, digits).

    Returns:
      list of str; empty where fewer than two rows have their costs measured, with their settings.
    """
    known = {
        name: results for name, results in trainings.items()
        if name in costs["rows"] and fits(name, results[0], costs["rows"][name])
    }  # fmt: skip
    each = {name: costs["rows"][name]["cpu_seconds"] for name in known}
    whole = [
        each[name] * record["steps"]
        for name, results in known.items() for record in results
        if not recipe_rows.METHODS[name].supervised
    ]  # fmt: skip
    if len(known) < 2 or not whole:
        return []
    rows = [
        row for name, results in known.items()
        if (row := _row(name, results, each[name], min(whole), columns))
    ]  # fmt: skip
    heading = [f"{min(whole) / 60:.1f} CPU minutes", *(c[0] for c in columns), "seeds", "steps"]
    return tables.markdown([*heading, "CPU minutes"], rows)


def _row(name, results, seconds, budget, columns):
    """The cells of one row; None where not even a first reading is within the budget."""
    found = [reading_within(record["readings"], budget / seconds) for record in results]
    if None in found:
        return None
    steps = sorted({reading["step"] for reading in found})
    cells = [tables.mean([r["a2b"][score] for r in found], digits) for _, score, digits in columns]
    minutes = "/".join(f"{step * seconds / 60:.1f}" for step in steps)
    title = recipe_rows.METHODS[name].title
    return [title, *cells, str(len(found)), "/".join(map(str, steps)), minutes]


def reading_within(readings, steps):
    """The last of a training's readings at no more than so many steps, or None.

    Args:
      readings: list of dict with "step", ascending.
      steps: a number.
    """
    # The cheapest row's own last reading is exactly there, but for rounding.
    within = [reading for reading in readings if reading["step"] <= steps * (1 + 1e-9)]
    return within[-1] if within else None


def fits(name, record, costs):
    """Whether a row's costs are those of its trainings; says so where they are not.

    Args:
      name: of the row.
      record: of one of its trainings.
      costs: what was measured, with its settings.
    """
    mine, theirs = (
        config_lib.ExperimentConfig().replace(one["settings"]) for one in (record, costs)
    )
    wrong = [text for text in mine.differences(theirs) if text.startswith(_COSTLY)]
    if wrong:
        print(
            f"{name}: its costs were measured with other settings ({'; '.join(wrong)}), so it is "
            "not compared at the same seconds",
            file=sys.stderr,
        )
    return not wrong
