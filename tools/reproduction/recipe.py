"""One recipe on six data sets with exact truth: preset photos beside its ceiling and old presets.

  tools/prepare_emoji.sh emoji --size=64
  python tools/reproduction/recipe.py --output=runs/recipe --emoji=emoji [--sets=...] [--rows=...]

Every training has 64x64 images, as many steps as the others, and a folder in OUTPUT where it goes
on if it was stopped; a finished one leaves a record in --results and is not run again. Two data
sets are held back: the recipe was not chosen by them. report_recipe.py makes the table.
"""

import sys

import recipe_rows
import set_trainings
from unit_tf.cli import flags

FLAGS = flags.new_flags()
ALL_ROWS = {**recipe_rows.ROWS, **recipe_rows.TRIED}
set_trainings.define_flags(FLAGS, [*recipe_rows.SETS], ["photos", "pairs"], ALL_ROWS)


def main():
    """Trains what is missing and has report_recipe.py print the table."""
    return set_trainings.run(FLAGS, ALL_ROWS, "report_recipe.py")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
