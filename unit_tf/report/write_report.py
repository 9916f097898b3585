"""WORKDIR/report.html: one page about a training, with everything in it."""

import json
import pathlib
import sys

from unit_tf.config import UserError, printable
from unit_tf.files import os_reason, write_text
from unit_tf.report.facts import gather

REPORT = "report.html"
ASSETS = pathlib.Path(__file__).parent / "assets"


def write_report(workdir, output=None):
    """Writes the page, whole or not at all.

    Args:
      workdir: folder of a training, which may be running.
      output: path of the page; None for WORKDIR/report.html.

    Returns:
      pathlib.Path of the page.

    Raises:
      UserError: it is no training's folder, or the page cannot be written.

    Example:
      >>> write_report("runs/mine")
      PosixPath('runs/mine/report.html')
    """
    path = pathlib.Path(output) if output else pathlib.Path(workdir) / REPORT
    text = page_of(gather(workdir))
    try:
        write_text(path, text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({os_reason(error)})") from None
    return path


def report_writer(workdir):
    """A function for a training to call after each checkpoint, with the step.

    A page that cannot be written is no reason to stop: that is said once on stderr.

    Args:
      workdir: folder of the training.
    """
    told = []

    def write(step):
        del step
        try:
            write_report(workdir)
        except UserError as error:
            if not told:
                print(f"no report: {printable(error)}", file=sys.stderr)
            told.append(error)

    return write


def page_of(facts):
    """The page's HTML.

    Names of folders and settings are only ever data in it: the script shows them as text.

    Args:
      facts: from ``facts.gather``.
    """
    page, style, script = (_asset(kind) for kind in ("html", "css", "js"))
    # In a script element "</script" and "<!--" would end or change it, in whatever string.
    data = json.dumps(facts, allow_nan=False).replace("<", "\\u003c")
    for mark, text in (("/*STYLE*/", style), ("/*DATA*/", data), ("/*SCRIPT*/", script)):
        before, _, after = page.partition(mark)
        page = before + text + after
    return page


def _asset(kind):
    return (ASSETS / f"report.{kind}").read_text(encoding="utf-8")
