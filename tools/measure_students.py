"""What students of a translator cost and keep: GMAC, MB, milliseconds, PSNR to the teacher, KID.

  unit-compress --workdir=TEACHER --output=runs/small --budget_gmac=1
  python tools/measure_students.py --teacher=TEACHER --students=runs/small,... --output=DIR

Translates the data's held-out images of A, at their own size, with the teacher and each student.
KID compares them with the held-out images of B, by the extra ``scores``. --direction=b2a does the
reverse. Costs and times are those of one image of --image_size: LiteRT models of float32 and int8
on two threads, timed in turns, so that a busy machine slows all alike. --data.* says where the
teacher's images are now. DIR keeps the models.
"""

import dataclasses
import functools
import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError
from unit_tf.evaluation.evaluators.base import Evaluator
from unit_tf.evaluation.evaluators.kid_scores import KidScores
from unit_tf.evaluation.evaluators.passes import Pass
from unit_tf.evaluation.evaluators.run_passes import evaluate_pass
from unit_tf.methods.spec import DIRECTIONS
from unit_tf.training.workdir import read_config, resolve_workdir

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("teacher", None, "a workdir, or a shipped name", flag_values=FLAGS)
absl_flags.DEFINE_list("students", None, "workdirs of unit-compress", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_integer("image_size", 256, "side in pixels", flag_values=FLAGS)
absl_flags.DEFINE_integer("rounds", 15, "timed rounds", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder of the models", flag_values=FLAGS)
flags.define_places(FLAGS)
HEADER = "| | 10^9 multiply-adds | MB, float32 | ms, float32 | ms, int8 | PSNR, dB | 1000 KID |"
QUANTIZATIONS = ("float32", "int8")


def exported(loaded, size, folder, data):
    """{quantization: (path, function that runs it once)} of a translator's LiteRT models."""
    from unit_tf.export import check_images, parity, task_images, tflite

    source, target = FLAGS.direction.split("2")
    images = check_images.comparison_images(data, source, size, 8).arrays
    guides = check_images.comparison_images(data, target, size, task_images.GUIDES).arrays
    reference = parity.Reference(loaded.method, FLAGS.direction, images, guides)
    crops = check_images.training_crops(data, source, size, check_images.CALIBRATION)
    calibration = task_images.calibration_inputs(reference.task, crops, size)
    inputs = reference.pair(0, (1, *size), reference.task.lite)[0]
    found = {}
    for name in QUANTIZATIONS:
        path = folder / f"{name}.tflite"
        with quiet.filtered_stderr():
            tflite.export_tflite(reference, size, path, name, calibration)
        found[name] = path, functools.partial(tflite.load_tflite(path, 2), **inputs)
    return found


class Kept(Evaluator):
    """Keeps every translation of a pass."""

    def begin(self, work):
        self.translations = []
        return range(len(work.tests))

    def observe(self, sample):
        self.translations.append(sample.translation)


def judged(loaded, data):
    """(translations of the held-out images, what KidScores says of them)."""
    kept, kid = Kept(), KidScores(beside_pairs=True)
    source = FLAGS.direction[0]
    work = Pass(loaded.method, data, source)
    if not work.tests:
        raise UserError(
            f"--data: no held-out images of {source.upper()}; name some with "
            f"--data.test_dir_{source}"
        )
    found = evaluate_pass(work, [kept, kid]).figures.get("kid")
    return kept.translations, found


def psnr(images, others):
    """Decibels between two lists of uint8 images, over all their pixels together."""
    import numpy as np

    pairs = zip(images, others, strict=True)
    error = np.mean([np.mean((x.astype(float) - y) ** 2) for x, y in pairs])
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def measure(names, config, folder):
    """Figures of each translator, the teacher's first.

    Args:
      names: workdirs or shipped names.
      config: DataConfig of the images.
      folder: pathlib.Path, for the models.

    Returns:
      {name: {"gmac", "megabytes", "float32", "int8", "psnr", "kid"}}, the times in milliseconds.
    """
    from unit_tf.data.datasets import open_data
    from unit_tf.inference.load import load
    from unit_tf.inference.multiply_adds import translation_multiply_adds
    from unit_tf.inference.timing import in_turns

    data, size = open_data(config), (FLAGS.image_size,) * 2
    rows, runs, teachers = {}, {}, None
    for name in names:
        print(name, file=sys.stderr, flush=True)
        loaded = load(resolve_workdir(name))
        images, kid = judged(loaded, data)
        teachers = teachers or images
        models = exported(loaded, size, folder / pathlib.Path(name).name, config)
        runs |= {(name, kind): run for kind, (_, run) in models.items()}
        rows[name] = {
            "gmac": translation_multiply_adds(loaded.method, FLAGS.direction, size) / 1e9,
            "megabytes": models["float32"][0].stat().st_size / 1e6,
            "psnr": psnr(images, teachers),
            "kid": kid and kid["translation"],
        }
    for (name, kind), milliseconds in in_turns(runs, FLAGS.rounds).items():
        rows[name][kind] = milliseconds
    return rows


def markdown(rows):
    """The lines of the table."""
    yield HEADER
    yield "| --- |" + " --- |" * 6
    for i, (name, row) in enumerate(rows.items()):
        kid = row["kid"]
        score = f"{1000 * kid['mean']:.1f} ± {1000 * kid['standard_error']:.1f}" if kid else ""
        quality = f"{row['psnr']:.1f}" if i else ""
        yield (
            f"| {'student' if i else 'teacher'} {pathlib.Path(name).name} | {row['gmac']:.3g} | "
            f"{row['megabytes']:.2f} | {row['float32']:.1f} | {row['int8']:.1f} | {quality} | "
            f"{score} |"
        )


def main():
    """Prints the table."""
    flags.require(FLAGS, "teacher", "students", "output")
    flags.choice(FLAGS, "direction", DIRECTIONS)
    config = read_config(resolve_workdir(FLAGS.teacher)).data
    config = dataclasses.replace(config, **{
        name.partition(".")[2]: value
        for name, value in flags.config_overrides(FLAGS, "data.").items()
    })  # fmt: skip
    quiet.start_tensorflow()
    rows = measure([FLAGS.teacher, *FLAGS.students], config, pathlib.Path(FLAGS.output))
    print("\n".join(markdown(rows)))


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
