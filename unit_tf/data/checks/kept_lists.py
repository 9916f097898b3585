"""Lists of the training images that are worth training on, for ``--data.dir_a`` and ``dir_b``."""

import os
import pathlib

from unit_tf.config import UserError
from unit_tf.files import write_text

_ALL = ("unusable", "near_constant")
_ALL_BUT_THE_FIRST = ("exact_duplicates", "near_duplicates")
_HELD_OUT = "held_out_in_training"


def refuse_lists(config):
    """Raises UserError where no list of single images can take the place of the images.

    Args:
      config: DataConfig.
    """
    if config.source != "folder":
        raise UserError(f"--lists: needs images in folders, not --data.source={config.source}")
    if config.paired:
        raise UserError("--lists: leaves out single images, but --data.paired needs whole pairs")


def lists_hint(report):
    """Lines about lists: one where they would leave something out, else none.

    Args:
      report: image_check.Report.
    """
    if report.config.source != "folder" or report.config.paired:
        return []
    if not any(_left_out(report.findings, domain) for domain in "ab"):
        return []
    return ["--lists=FOLDER writes lists of the training images without those of no use"]


def write_lists(report, folder):
    """Writes ``train_a.txt`` and ``train_b.txt``, where images are to be left out.

    Those are images that cannot be used, near-constant ones, all but the largest of those that are
    the same or nearly so, and those that are held out as well. Nothing is written where none would
    be left.

    Args:
      report: image_check.Report of images in folders.
      folder: path; is made.

    Returns:
      (list of flags that name the lists, such as "--data.dir_a=kept/train_a.txt"; lines about good
      images that a list cannot name, and about lists that were not written).
    """
    flags, lines = [], []
    for domain in "ab":
        images = report.lists[f"train_{domain}"]
        out = _left_out(report.findings, domain)
        wheres = dict.fromkeys(image.where for image in images)
        kept = [where for where in wheres if where not in out]
        if len(kept) == len(images):
            continue
        listed = [where for where in kept if _fits_a_line(where)]
        if unnamed := len(kept) - len(listed):
            first = next(where for where in kept if where not in listed)
            lines.append(
                f"--lists: {unnamed} good image{'s' * (unnamed != 1)} of {domain.upper()} left "
                f"out, which no list can name (rename them: UTF-8 and no line breaks): {first}"
            )
        if listed:
            path = pathlib.Path(folder) / f"train_{domain}.txt"
            write_text(path, "".join(f"{os.path.abspath(where)}\n" for where in listed))
            flags.append(f"--data.dir_{domain}={path}")
        else:
            lines.append(f"--lists: no list of {domain.upper()}, since no image would be left")
    if not flags and not lines:
        lines.append("--lists: none needed, since no image would be left out")
    return flags, lines


def _left_out(findings, domain):
    """The set of ``where`` that a domain is better trained without."""
    out, part = set(), f"train_{domain}"
    for finding in findings:
        groups = finding.groups
        if (finding.part, finding.kind) == (domain, _HELD_OUT):
            out.update(where for group in groups for where in group)
        elif finding.part == part and finding.kind in _ALL:
            out.update(where for group in groups for where in group)
        elif finding.part == part and finding.kind in _ALL_BUT_THE_FIRST:
            out.update(where for first, *others in groups for where in {*others} - {first})
    return out


def _fits_a_line(where):
    """Whether a list can name the file: no line breaks, no blanks at the end, UTF-8."""
    text = os.path.abspath(where)
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return text.splitlines() == [text.strip()]
