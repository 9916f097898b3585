"""Trains a small network that imitates a trained translator in one direction.

  unit-compress --workdir=TEACHER --output=STUDENT --budget_gmac=1 [--direction=a2b] [--size=256]
  unit-translate --workdir=STUDENT --direction=a2b --input=FILE --output=DIR

The student learns from its teacher's training images, which need no partners. If they have moved,
or for a shipped teacher, say where they are with --data.*. Its width is the largest that keeps to
the budget: 10^9 multiply-adds for an image of --size pixels a side. STUDENT is a training's folder
like any other: the same command goes on after a stop, and unit-translate, unit-evaluate and
unit-export take it. A teacher with styles is imitated in its middle one.
"""

import functools
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet, trainings
from unit_tf.inference.students import (
    BUDGET_GMAC,
    GIGA,
    CompressionRequest,
    folder_named_output,
    student_experiment,
)
from unit_tf.methods.spec import DIRECTIONS

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "the teacher: folder of a training, or a shipped translator's name",
    flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_string("output", None, "folder of the student's training", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_float(
    "budget_gmac", None, f"10^9 multiply-adds that a translation may take; {BUDGET_GMAC:g}, unless "
    "--model.width says how wide the student is", lower_bound=1e-4, flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_integer(
    "size", 256, "side of the image that the budget is for, in pixels", lower_bound=4,
    flag_values=FLAGS,
)  # fmt: skip
flags.define_checkpoint(FLAGS)
flags.define_config_flags(FLAGS)


def main():
    """Trains the student; returns the exit code."""
    flags.require(FLAGS, "workdir", "output")
    flags.choice(FLAGS, "direction", DIRECTIONS)
    settings = flags.config_overrides(FLAGS)
    places = FLAGS.workdir, FLAGS.output, FLAGS.budget_gmac, FLAGS.size, FLAGS.checkpoint
    compression = student_experiment(CompressionRequest(*places, settings, FLAGS.direction))
    with folder_named_output():
        return trainings.train(
            compression.config, FLAGS.output, compression.given, "unit-compress",
            functools.partial(_begin, compression),
        )  # fmt: skip


def _begin(compression):
    """Keeps the student's teacher, which may yet be refused, then says what is trained."""
    compression.keep_teacher(quiet.start_tensorflow)
    width, cost = compression.config.model.width, compression.multiply_adds / GIGA
    size = f"{FLAGS.size}x{FLAGS.size}"
    print(f"student of width {width:g}: {cost:.3g} * 10^9 multiply-adds at {size}", file=sys.stderr)


def run():
    """The command ``unit-compress``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
