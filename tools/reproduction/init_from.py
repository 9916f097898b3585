"""100 images and a few minutes: a start from the shipped translator beside one from nothing.

  python tools/reproduction/init_from.py --output=runs/init_from [--seeds=0,1,2] [--steps=2000]

The shipped blue_marble makes relief maps of satellite tiles; the task here is topography, of the
same kind, with its networks, crops and losses. Both rows get the same number of steps, a schedule
that fits it, and the same images. No setting takes a part of a source's images, so the tool writes
--images tiles of each domain into OUTPUT/images_N, evenly spaced over the training's ground, and
all test tiles with their truth; trainings read that folder. A training goes on where it was
stopped; a finished one leaves a record in --results and is not run again. report_init_from.py makes
the table.
"""

import pathlib
import sys
import tempfile
import typing

import numpy as np
from absl import flags as absl_flags

import grid
import grid_flags
from unit_tf.cli import flags
from unit_tf.config.step_schedule import schedule_for
from unit_tf.files import move_folder
from unit_tf.resolve import resolve

PRESET = SOURCE = "blue_marble"
GROUP = "topography"
SIDE = 64  # of a tile, as the preset's test tiles
ROWS = {
    "started": ("started from blue_marble", {"run.init_from": SOURCE}),
    "scratch": ("from nothing", {}),
}

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("output", None, "folder of the trainings", flag_values=FLAGS)
absl_flags.DEFINE_string("results", "results/init_from", "folder of records", flag_values=FLAGS)
absl_flags.DEFINE_list("rows", [*ROWS], f"starts: {', '.join(ROWS)}", flag_values=FLAGS)
absl_flags.DEFINE_list("seeds", ["0", "1", "2"], "seeds", flag_values=FLAGS)
absl_flags.DEFINE_integer("steps", 2000, "of each training", lower_bound=10, flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "images", 100, "training images of each domain", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_integer(
    "jobs", 1, "trainings at a time; more than one for CPUs alone", lower_bound=1, flag_values=FLAGS
)
absl_flags.DEFINE_string("document", None, "Markdown file with the table", flag_values=FLAGS)


class Job(typing.NamedTuple):
    """One training: a row and a seed."""

    row: str
    seed: int


def chosen_jobs():
    """Every Job that the flags name; seeds outermost, so that both rows soon have one.

    Raises:
      UserError: there is no such row or seed.
    """
    rows = grid_flags.chosen(FLAGS, "rows", ROWS)
    return [Job(row, seed) for seed in grid_flags.chosen_seeds(FLAGS.seeds) for row in rows]


def settings_of(job, root, steps):
    """{"section.field": value} of one training, on top of PRESET.

    Args:
      job: Job.
      root: folder that ``write_images`` made.
      steps: how many.
    """
    return {
        "data.source": "folder", "data.root": str(root), "data.resize": SIDE,
        "run.seed": job.seed, **schedule_for(steps), **ROWS[job.row][1],
    }  # fmt: skip


def training_of(job, where, root):
    """The grid.Training of a job in a Grid."""
    settings = settings_of(job, root, FLAGS.steps)
    name = f"{GROUP}_{job.row}_{job.seed}"
    row = {"group": GROUP, "row": job.row}
    about = {
        **row, "title": ROWS[job.row][0], "paper": None, "seed": job.seed, "overrides": {},
        "images": FLAGS.images,
    }  # fmt: skip
    command = where.command("train_and_read.py", name, PRESET, about, settings)
    return grid.Training(name, resolve(PRESET, settings), command, row)


def write_images(folder, count):
    """Writes the images; the folder appears whole, and one that is there stays.

    Args:
      folder: pathlib.Path of trainA, trainB, testA and testB.
      count: training tiles of each domain; fewer where there is less ground.
    """
    if folder.exists():
        return
    from unit_tf.data.datasets import open_data
    from unit_tf.data.image_grids import evenly_spaced
    from unit_tf.inference.image_files import write_image

    tiles = {"data.map": GROUP, "data.image_size": SIDE, "data.tile_size": 0, "data.flip": False}
    data = open_data(resolve(PRESET, tiles).data)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".images.", dir=folder.parent) as beside:
        new = pathlib.Path(beside) / "new"
        for domain, crops in (("A", data.train_a), ("B", data.train_b)):
            for index in evenly_spaced(len(crops), count):
                tile = crops.crop(index, np.random.default_rng(0))
                write_image(new / f"train{domain}" / f"{index:06d}.png", tile)
        for domain, tests in (("A", data.test_a), ("B", data.test_b)):
            for test in tests:
                write_image(new / f"test{domain}" / test.name, test.load())
        move_folder(new, folder)


def said(record):
    """Its scores, for the line that a whole training gets."""
    scores = record["readings"][-1]["a2b"]
    return f"L1 {scores['l1']:.2f}, accuracy {scores['accuracy/all_channels']:.3f}"


def main():
    """Trains what is missing and has report_init_from.py print the table."""
    flags.require(FLAGS, "output")
    where = grid.Grid(FLAGS.output, FLAGS.results)
    root, jobs = where.output / f"images_{FLAGS.images}", chosen_jobs()
    where.check_folders()
    write_images(root, FLAGS.images)
    trainings = [training_of(job, where, root) for job in jobs]
    report = [sys.executable, str(pathlib.Path(__file__).with_name("report_init_from.py"))]
    report.append(f"--results={FLAGS.results}")
    if FLAGS.document:
        report.append(f"--document={FLAGS.document}")
    return grid.run_and_report(where, trainings, said, FLAGS.jobs, report)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
