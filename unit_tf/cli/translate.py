"""Translates a picture, or a folder of pictures, with a trained or a shipped translator.

  unit-translate --workdir=DIR|blue_marble --direction=a2b --input=FILE_OR_DIR --output=DIR

Results keep their size, their name and their place below the folder. Files that were there before
are replaced, each at once. Formats stay as they are (jpeg and webp at quality 95), but for gif,
which becomes png. Every input is read before the first result is written.
"""

import sys

from absl import flags as absl_flags

from unit_tf import relevance
from unit_tf.cli import flags

# Those of methods/base.py, which imports Keras.
DIRECTIONS = ("a2b", "b2a")

FLAGS = flags.new_flags()
absl_flags.DEFINE_string(
    "workdir", None, "folder of a training, or a shipped translator's name", flag_values=FLAGS
)
absl_flags.DEFINE_string("direction", None, "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_string("input", None, "a picture, or a folder of them", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "folder for the translations", flag_values=FLAGS)
absl_flags.DEFINE_bool(
    "skip_bad", False, "leave unreadable pictures out instead of stopping", flag_values=FLAGS
)


def main():
    """Translates what the flags name."""
    flags.require(FLAGS, "workdir", "direction", "input", "output")
    direction = flags.choice(FLAGS, "direction", DIRECTIONS)

    from unit_tf.cli import pictures, quiet
    from unit_tf.data.images import decode
    from unit_tf.training import workdir as workdir_lib

    workdir = workdir_lib.resolve_workdir(FLAGS.workdir)
    config = workdir_lib.read_config(workdir)
    channels = config.data.domain_channels(direction[0])
    found = pictures.plan(FLAGS.input, FLAGS.output)
    largest = relevance.largest_side(config)
    jobs, bad = pictures.check(found, channels, FLAGS.skip_bad, largest)
    for error in bad:
        print(f"skipped {error}", file=sys.stderr)
    # Only now: TensorFlow takes seconds to import, and a mistyped path should not.
    quiet.start_tensorflow()
    loaded = workdir_lib.load_method(workdir)
    workdir_lib.require_directions(loaded)
    translate = pictures.picture_translator(loaded.method, direction)
    for job in jobs:
        result = translate(decode(job.source, channels), str(job.source))
        pictures.write_picture(job.target, result)
        print(job.target, flush=True)
    print(f"{len(jobs)} translated {direction} by {loaded.source}, step {loaded.step}")


def run():
    """The command ``unit-translate``."""
    sys.exit(flags.run(main, FLAGS, __doc__))


if __name__ == "__main__":
    run()
