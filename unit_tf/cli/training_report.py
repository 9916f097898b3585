"""Writes one page about a training: curves, samples, health, scores, settings.

  unit-report --workdir=runs/mine [--output=report.html]

unit-train writes the same page to WORKDIR/report.html at every checkpoint. It holds everything in
itself, opens from disk in any browser, and may be sent to somebody else.
"""

import sys

from absl import flags as absl_flags

from unit_tf.cli import flags
from unit_tf.config import UserError, output_file, printable

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of a training", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "output", None, "file for the page; WORKDIR/report.html", flag_values=FLAGS
)


def main():
    """Writes the page and prints its path."""
    flags.require(FLAGS, "workdir")
    from unit_tf.report.write_report import write_report
    from unit_tf.training.workdir import LOGS, resolve_workdir

    workdir = resolve_workdir(FLAGS.workdir)
    if not (workdir / LOGS).is_dir():
        raise UserError(f"--workdir={FLAGS.workdir}: no logs in it, so no training of its own")
    output = FLAGS.output and output_file(FLAGS.output, "--output")
    print(printable(write_report(workdir, output)))


def run():
    """The command ``unit-report``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
