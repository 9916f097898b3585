"""Prints docs/presets.md from unit_tf/presets.

python tools/list_presets.py > docs/presets.md
"""

from unit_tf.presets import PRESETS
from unit_tf.resolve import resolve

HEAD = """\
# Presets

A preset is a named experiment: a method, its data, and every setting that is not a default.

    unit-train --preset=NAME --workdir=DIR [--SECTION.FIELD=VALUE ...]

Add `--dry_run` to print all its settings and every layer's shape. Folders of your own take the
place of a preset's data: `--data.dir_a=A --data.dir_b=B`
([training.md](training.md#your-images)). Only the labelled digits have no such folders.

Scores are on held-out images; [results.md](results.md) has their commands, commits and dates. "not
measured" says that there is no number for just these settings. A number after "paper" is the
paper's, on its data.
"""
COLUMNS = (
    "preset", "task", "data", "method", "size", "steps x batch", "runtime measured",
    "number to expect",
)  # fmt: skip


def cells(name, preset):
    """One row of the table: a text for each of COLUMNS."""
    config = resolve(name, {})
    height, width = config.data.image_size
    return (
        f"`{name}`",
        preset.task,
        preset.data,
        config.model.method,
        f"{width}x{height}",
        f"{config.run.steps:,} x {config.optim.batch_size}",
        preset.runtime,
        preset.expected,
    )


def table():
    """The Markdown lines of the index: a row a preset."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    rows += [cells(name, preset) for name, preset in PRESETS.items()]
    return ["| " + " | ".join(row) + " |" for row in rows]


def command(name, preset):
    """The shortest command line that trains a preset."""
    return " ".join(
        filter(None, ("unit-train", f"--preset={name}", f"--workdir=runs/{name}", preset.needs))
    )


def document():
    """The Markdown text: the index, the commands, and a note on each preset."""
    lines = [HEAD, *table(), "", "## Commands", "", "```"]
    lines += [command(name, preset) for name, preset in PRESETS.items()]
    lines += ["```", "", "## Notes", ""]
    lines += [f"- `{name}`: {preset.doc}" for name, preset in PRESETS.items()]
    lines += ["", "This page is made: `python tools/list_presets.py > docs/presets.md`."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(document(), end="")
