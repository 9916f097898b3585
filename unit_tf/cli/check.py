"""Looks at every image of two folders before anything is trained on them.

  unit-check --data.dir_a=summer --data.dir_b=winter --data.image_size=128 --sheets=sheets

Prints a table of both domains, what is wrong with the images, what is worth knowing, and the flags
of unit-train that help. The flags are unit-train's. --lists=FOLDER writes lists of the training
images without those of no use: bad, near-constant, there twice, or held out too. With --strict it
ends with code 2 where there are problems; remarks are none.
"""

import sys

from absl import flags as absl_flags

from unit_tf import presets
from unit_tf.cli import flags
from unit_tf.config import UserError, output_file, output_path, plural, printable
from unit_tf.files import write_text
from unit_tf.resolve import resolve

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "preset", "", "named experiment: " + ", ".join(presets.PRESETS), flag_values=FLAGS
)
absl_flags.DEFINE_string("json", None, "file for all that was found", flag_values=FLAGS)
absl_flags.DEFINE_string(
    "sheets", None, "folder for contact sheets: of every list, and of what was found",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string(
    "lists", None, "folder for lists of the training images without those of no use",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_bool("strict", False, "end with code 2 if there are problems", flag_values=FLAGS)
flags.define_config_flags(FLAGS, "data.")


def main():
    """Checks what the flags name; returns the exit code."""
    config = resolve(FLAGS["preset"].value, flags.config_overrides(FLAGS)).data
    document = FLAGS.json and output_file(FLAGS.json, "--json")
    sheets = FLAGS.sheets and output_path(FLAGS.sheets, "--sheets")
    lists = FLAGS.lists and output_path(FLAGS.lists, "--lists")
    # Here, since they import numpy, which --help need not wait for.
    from unit_tf.data.checks.check_report import report_json, report_lines
    from unit_tf.data.checks.finding_sheets import refuse_sheets, write_sheets
    from unit_tf.data.checks.image_check import check_images
    from unit_tf.data.checks.kept_lists import lists_hint, refuse_lists, write_lists

    if lists:
        refuse_lists(config)
    if sheets:
        refuse_sheets(config, sheets)
    report = check_images(config)
    more_flags, notes = write_lists(report, lists) if lists else ([], lists_hint(report))
    print("\n".join([*report_lines(report, more_flags), *map(printable, notes)]), flush=True)
    if document:
        write_text(document, report_json(report))
    for path in write_sheets(report, sheets) if sheets else ():
        print(f"wrote {printable(path)}", file=sys.stderr)
    if FLAGS.strict and report.problems:
        raise UserError(f"--strict: {plural(len(report.problems), 'problem')} found")
    return 0


def run():
    """Console entry point."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
