"""Translates an image, or a folder of images, with a trained or a shipped translator.

  unit-translate --workdir=DIR|blue_marble --direction=a2b --input=FILE_OR_DIR --output=DIR

Results keep their size, their name and their place below the folder. Files that were there before
are replaced, each at once. Formats stay as they are (jpeg and webp at quality 95), but for gif,
which becomes png. Every input is read before the first result is written.

Methods with styles draw in the middle one, or in many, each a file NAME_....EXT:

  --num_styles=K             K random styles, the same for every image: NAME_style00.EXT
  --style=FILE_OR_DIR        those of example images, NAME_EXAMPLE.EXT, and matrix.png
  --interpolate=K            K steps between two styles, NAME_frame00.EXT, and strip.png
"""

import sys

from absl import flags as absl_flags

from unit_tf.cli import flags, styles
from unit_tf.methods.registry import find_method

# Those of methods/base.py, which imports Keras.
DIRECTIONS = ("a2b", "b2a")

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or a shipped translator's name", flag_values=FLAGS
)
absl_flags.DEFINE_string("direction", None, "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_string("input", None, "an image, or a folder of them", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder for the translations", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "skip_bad", False, "leave unreadable images out instead of stopping", flag_values=FLAGS
)
styles.define_flags(FLAGS)


def main():
    """Translates what the flags name."""
    flags.require(FLAGS, "workdir", "direction", "input", "output")
    direction = flags.choice(FLAGS, "direction", DIRECTIONS)
    styles.check_flags(FLAGS)

    from unit_tf.cli import quiet
    from unit_tf.inference import image_files
    from unit_tf.training import workdir as workdir_lib

    workdir = workdir_lib.resolve_workdir(FLAGS.workdir)
    config = workdir_lib.read_config(workdir)
    flags.refuse_styles(FLAGS, styles.NAMES, config.model.method)
    source, target = (config.data.domain_channels(d) for d in direction.split("2"))
    found = image_files.plan(FLAGS.input, FLAGS.output)
    largest = find_method(config.model.method).largest_side
    jobs = image_files.usable(found, source, FLAGS.skip_bad, largest)
    plan = styles.open_plan(FLAGS, target)
    if plan:
        styles.refuse_collisions(plan, jobs)
    # Only now: TensorFlow takes seconds to import, and a mistyped path should not.
    quiet.start_tensorflow()
    from unit_tf.inference import load as load_lib

    loaded = load_lib.load(workdir)
    load_lib.require_direction(loaded, direction)
    for path in _translate(plan, loaded.method, direction, jobs):
        print(path, flush=True)
    said = f" in {len(plan.labels)} styles" if plan else ""
    print(f"{len(jobs)} translated {direction}{said} by {loaded.source}, step {loaded.step}")


def _translate(plan, method, direction, jobs):
    """Writes what is asked for; yields the files as they appear."""
    from unit_tf.cli import sheets
    from unit_tf.data.images import decode
    from unit_tf.inference import image_files

    if plan:
        yield from sheets.translate_in_styles(plan, method, direction, jobs)
        return
    translate = image_files.image_translator(method, direction)
    for job in jobs:
        image = decode(job.source, method.channels[direction[0]])
        image_files.write_image(job.target, translate(image, str(job.source)))
        yield job.target


def run():
    """The command ``unit-translate``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
