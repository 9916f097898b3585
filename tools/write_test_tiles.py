"""Writes an experiment's held-out images as PNG files, under OUTPUT/a and OUTPUT/b.

  python tools/write_test_tiles.py --workdir=runs/quick --output=tiles [--limit=6]
"""

import pathlib
import sys

from absl import flags as absl_flags

from unit_tf.cli import flags

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "folder of a training, or a name", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "where to write", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "limit", None, "at most so many a domain, evenly spaced", lower_bound=1, flag_values=FLAGS
)


def main():
    """Writes the tiles."""
    flags.require(FLAGS, "workdir", "output")
    from unit_tf.data.datasets import open_data
    from unit_tf.data.image_grids import evenly_spaced
    from unit_tf.inference.image_files import write_image
    from unit_tf.training import workdir

    config = workdir.read_config(workdir.resolve_workdir(FLAGS.workdir))
    data = open_data(config.data, held_out_only=True)
    for domain, images in (("a", data.test_a), ("b", data.test_b)):
        for index in evenly_spaced(len(images), FLAGS.limit or len(images)):
            image = images[index]
            path = pathlib.Path(FLAGS.output, domain, image.name).with_suffix(".png")
            write_image(path, image.load())


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
