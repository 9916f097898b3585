"""Methods beside each other on images with exact truth: the same steps, batch, rate and size.

  tools/prepare_emoji.sh emoji --size=64
  python tools/reproduction/compare_methods.py --output=runs/recipe --emoji=emoji \
    [--sets=eyeglasses,emoji] [--rows=photos,munit] [--seeds=0,1,2]
  python tools/reproduction/method_costs.py

The rows are the paper's: UNIT, without cycle consistency, without weight sharing (the CycleGAN
reduction), MUNIT, and UNIT's networks on pairs; and CycleGAN, CUT and FastCUT with the losses and
discriminators of their papers. Every training is 64x64, has a folder in OUTPUT
where it goes on if it was stopped, and leaves a record in --results. Those of recipe.py are of the
same kind, so --output and --results may be its. method_costs.py measures what each row takes, and
report_methods.py makes the tables.
"""

import sys

import recipe_rows
import set_trainings
from unit_tf.cli import flags

FLAGS = flags.new_flags()
SETS = ["eyeglasses", "goatee", "blond", "smiling", "emoji", "topography"]
set_trainings.define_flags(
    FLAGS, SETS, [*recipe_rows.METHODS], recipe_rows.METHODS
)  # fmt: skip


def main():
    """Trains what is missing and has report_methods.py print the tables."""
    return set_trainings.run(FLAGS, recipe_rows.METHODS, "report_methods.py")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
