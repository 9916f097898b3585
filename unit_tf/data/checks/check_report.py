"""A report on images as text for a terminal, and as JSON."""

import json
import shlex

from unit_tf.config import printable
from unit_tf.data.checks.list_statistics import PARTS, size_text, statistics

NAMED = 3


def report_lines(report, more_flags=()):
    """The report as people read it: a table, what was found, and flags that mend it.

    Args:
      report: image_check.Report.
      more_flags: flags that help as well.

    Returns:
      list of str.
    """
    columns = {
        part: statistics(images, report.facts) for part, images in report.lists.items() if images
    }
    heads = ["", *(PARTS[part] for part in columns)]
    rows = [heads] + [[label, *map(show, columns.values())] for label, show in _ROWS]
    lines = _aligned([row for row in rows if row is heads or any(row[1:])])
    if not report.problems:
        lines += ["", "no problems found"]
    for title, findings in (
        ("problems", report.problems),
        ("remarks", [finding for finding in report.findings if not finding.problem]),
    ):
        if findings:
            lines += ["", f"{title}:"]
            lines += [line for finding in findings for line in _finding_lines(finding)]
    if flags := [*report.flags(), *more_flags]:
        lines += ["", "flags that help: " + " ".join(map(shlex.quote, flags))]
    return lines


def report_json(report):
    """The same for programs, with every image of a finding: text, with a newline at its end.

    Args:
      report: image_check.Report.
    """
    document = {
        "lists": {part: statistics(images, report.facts) for part, images in report.lists.items()},
        "findings": [
            {
                "kind": finding.kind,
                "part": finding.part,
                "problem": finding.problem,
                "text": finding.text,
                "images": list(finding.groups),
                "details": dict(finding.details),
                "flags": list(finding.flags),
            }
            for finding in report.findings
        ],
        "flags": report.flags(),
    }
    return json.dumps(document, indent=1) + "\n"


def _finding_lines(finding):
    """The finding, and below it the first few of its images."""
    lines = [f"  {finding.text}"]
    for group in finding.groups[:NAMED]:
        names = " | ".join(group[:NAMED]) + (" | ..." if len(group) > NAMED else "")
        details = finding.details.get(group[0], "")
        lines.append(f"    {printable(names)}{details and f' ({printable(details)})'}")
    more = len(finding.groups) - NAMED
    return [*lines, f"    and {more} more"] if more > 0 else lines


def _aligned(rows):
    """Rows of text, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = (zip(row, widths, strict=True) for row in rows)
    return ["  ".join(text.ljust(width) for text, width in row).rstrip() for row in cells]


def _number(name):
    """Shows a count; "" where it is 0 or not known, so that such rows fall away."""
    return lambda numbers: str(numbers.get(name) or "")


def _size(name):
    return lambda numbers: size_text(numbers["size"][name]) if "size" in numbers else ""


def _kinds(name):
    return lambda numbers: ", ".join(f"{n} {kind}" for kind, n in numbers.get(name, {}).items())


def _mean(name):
    return lambda numbers: f"{numbers[name]:.0f}" if name in numbers else ""


def _brightness(numbers):
    if "brightness" not in numbers:
        return ""
    return f"{numbers['brightness']:.0f} ± {numbers['brightness_spread']:.0f}"


_ROWS = (
    ("images", _number("images")),
    ("that cannot be used", _number("unusable")),
    ("smallest (HxW)", _size("smallest")),
    ("median", _size("median")),
    ("largest", _size("largest")),
    ("formats", _kinds("formats")),
    ("modes", _kinds("modes")),
    ("more than 8 bits", _number("more_than_8_bits")),
    ("with alpha", _number("with_alpha")),
    ("alpha used", _number("alpha_used")),
    ("grey", _number("grey")),
    ("near-constant", _number("near_constant")),
    ("brightness (0-255)", _brightness),
    ("contrast", _mean("contrast")),
    ("colour", _mean("colour")),
)
