"""The README's picture: held-out images, what the shipped translators make of them, and the truth.

  tools/prepare_emoji.sh emoji --size=64 --edges=none
  python tools/show_translators.py --emoji=emoji --output=docs/translators.png

Each translator has a block of three lines, A to B. Nothing is selected: the images are --images of
its test images, evenly spaced from the first to the last. Pixels are doubled, not smoothed.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from absl import flags as absl_flags

from unit_tf.cli import flags, quiet
from unit_tf.config import UserError, output_file

FLAGS = flags.new_flags()
absl_flags.DEFINE_list(
    "translators",
    ["avatar_glasses", "emoji_3d", "topography", "blue_marble"],
    "names",
    flag_values=FLAGS,
)
absl_flags.DEFINE_string("emoji", None, "folder of tools/prepare_emoji.sh", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "the PNG to write", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "images", 6, "test images of each", lower_bound=1, upper_bound=100, flag_values=FLAGS
)
absl_flags.DEFINE_integer("columns", 2, "blocks in a row", lower_bound=1, flag_values=FLAGS)
TIMES = 2  # how large a pixel is
TITLE = 36  # pixels above a block
# What a title says of a translator, and where below --emoji its images are.
TITLES = {
    "avatar_glasses": ("avatar_glasses: faces without their glasses", ""),
    "emoji_3d": ("emoji_3d: flat emoji to glossy ones", "flat_to_3d"),
    "blue_marble": ("blue_marble: satellite tiles to relief maps", ""),
    "topography": ("topography: satellite tiles to vivid maps", ""),
}


def block(name, images, emoji):
    """Three lines of images: inputs, translations, truths.

    Args:
      name: a shipped translator's.
      images: how many of its test images.
      emoji: folder of emoji, or None.

    Returns:
      PIL image.

    Raises:
      DataError: its images are not there.
    """
    from PIL import Image

    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.evaluators.passes import passes_of
    from unit_tf.inference.load import load
    from unit_tf.training.workdir import resolve_workdir

    loaded = load(resolve_workdir(name))
    config, below = loaded.config, TITLES[name][1]
    if below:
        config = config.replace({"data.root": str(pathlib.Path(emoji, below))})
    there = passes_of(loaded.method, open_data(config.data), images)[0]
    samples = [there.sample(i) for i in range(len(there.tests))]
    lines = zip(*((s.image, s.translation, s.truth) for s in samples), strict=True)
    pixels = np.concatenate([np.concatenate(line, 1) for line in lines])
    return Image.fromarray(pixels.repeat(TIMES, 0).repeat(TIMES, 1))


def main():
    """Writes the picture; returns the exit code."""
    flags.require(FLAGS, "output", "translators")
    output = output_file(FLAGS.output, "--output")
    for name in FLAGS.translators:
        if name not in TITLES:
            raise UserError(f"--translators={name}: none of {', '.join(TITLES)}")
        if TITLES[name][1] and not FLAGS.emoji:
            raise UserError(f"--emoji is required for {name}; tools/prepare_emoji.sh makes one")
    quiet.start_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        files = [str(pathlib.Path(folder, f"{name}.png")) for name in FLAGS.translators]
        for name, file in zip(FLAGS.translators, files, strict=True):
            block(name, FLAGS.images, FLAGS.emoji).save(file)
        titles = [TITLES[name][0] for name in FLAGS.translators]
        return subprocess.run([
            sys.executable, pathlib.Path(__file__).with_name("side_by_side.py"),
            f"--images={','.join(files)}", f"--titles={','.join(titles)}", f"--output={output}",
            f"--columns={FLAGS.columns}", f"--title_height={TITLE}",
        ]).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
