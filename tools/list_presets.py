"""Prints docs/presets.md from unit_tf/presets.py.

  python tools/list_presets.py > docs/presets.md
"""

from unit_tf.presets import PRESETS


def document():
    """The Markdown text: every preset, what it is for, and what it changes."""
    lines = ["# Presets", "", "Made by `python tools/list_presets.py > docs/presets.md`.", ""]
    for name, preset in PRESETS.items():
        lines += [f"## {name}", preset.doc, "", f"    unit-train --preset={name} --workdir=DIR", ""]
        if preset.overrides:
            lines += ["| setting | value |", "| --- | --- |"]
            lines += [f"| `{key}` | {value} |" for key, value in preset.overrides.items()]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(document(), end="")
