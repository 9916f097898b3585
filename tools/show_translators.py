"""The README's picture: held-out images, what the shipped translators make of them, and the truth.

  tools/prepare_emoji.sh emoji
  python tools/show_translators.py --emoji=emoji --output=docs/translators.png

Each translator has a block of lines, A to B: images, translations, truths. Those with styles stand
above, over the whole width, with a line for each of the first random styles that unit-translate
--num_styles takes. Nothing is selected: the images are --images of a translator's test images,
evenly spaced from the first to the last, scaled as training scaled its own. Pixels are repeated,
not smoothed.
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
    ["sketch_to_emoji", "emoji_3d", "avatar_glasses", "topography", "blue_marble"],
    "names",
    flag_values=FLAGS,
)
absl_flags.DEFINE_string("emoji", None, "folder of tools/prepare_emoji.sh", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "the PNG to write", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "images", 6, "test images of each; of those with styles --columns times as many",
    lower_bound=1, upper_bound=100, flag_values=FLAGS,
)  # fmt: skip
absl_flags.DEFINE_integer("columns", 2, "blocks in a row", lower_bound=1, flag_values=FLAGS)
SIDE = 128  # pixels of a shown image
TITLE = 36  # pixels above a block
STYLES = 3
# What a title says of a translator, and where below --emoji its images are.
TITLES = {
    "sketch_to_emoji": ("sketch_to_emoji: line drawings to glossy emoji in three styles",
                        "edges_to_3d"),
    "avatar_glasses": ("avatar_glasses: faces without their glasses", ""),
    "emoji_3d": ("emoji_3d: flat emoji to glossy ones", "flat_to_3d"),
    "emoji_3d_small": ("emoji_3d_small: flat emoji to glossy ones by a student", "flat_to_3d"),
    "blue_marble": ("blue_marble: satellite tiles to relief maps", ""),
    "topography": ("topography: satellite tiles to vivid maps", ""),
}  # fmt: skip


def block(loaded, below, count):
    """Lines of images: inputs, translations, truths.

    Args:
      loaded: LoadedTranslator.
      below: folder of its images; "" where its configuration finds them.
      count: how many of its test images.

    Returns:
      PIL image.

    Raises:
      DataError: its images are not there.
    """
    from PIL import Image

    from unit_tf.data.datasets import open_data
    from unit_tf.evaluation.checkpoint_scores import as_in_training
    from unit_tf.evaluation.evaluators.passes import passes_of
    from unit_tf.inference.translator import Translator

    config = loaded.config.replace({"data.root": str(below)} if below else {})
    data = as_in_training(config.data, open_data(config.data, held_out_only=True))
    there = passes_of(loaded.method, data, count)[0]
    samples = [there.sample(i) for i in range(len(there.tests))]
    translate = Translator(loaded).translate
    seeds = range(STYLES) if is_styled(config) else [None]
    translations = ([translate(s.image, seed=seed) for s in samples] for seed in seeds)
    lines = [s.image for s in samples], *translations, [s.truth for s in samples]
    pixels = np.concatenate([np.concatenate([_colour(x) for x in line], 1) for line in lines])
    times = max(1, SIDE // len(samples[0].image))
    return Image.fromarray(pixels.repeat(times, 0).repeat(times, 1))


def _colour(image):
    """uint8 [H, W, 1 or 3] -> [H, W, 3]."""
    return np.broadcast_to(image, (*image.shape[:2], 3))


def is_styled(config):
    """Whether an experiment's method has styles."""
    from unit_tf.methods.registry import find_method

    return find_method(config.model.method).styled


def write_blocks(names, emoji, count, columns, folder):
    """Writes each translator's block.

    Args:
      names: of shipped translators.
      emoji: folder of emoji, or None.
      count: test images of each.
      columns: times as many of those with styles.
      folder: of the files.

    Returns:
      {path: title} of those with styles, and the same of the others.
    """
    from unit_tf.inference.load import load
    from unit_tf.training.workdir import resolve_workdir

    wide, narrow = {}, {}
    for k, name in enumerate(names):
        loaded = load(resolve_workdir(name))
        title, below = TITLES[name]
        styled = is_styled(loaded.config)
        images = count * columns if styled else count
        path = str(pathlib.Path(folder, f"{k}.png"))
        block(loaded, below and pathlib.Path(emoji, below), images).save(path)
        (wide if styled else narrow)[path] = title
    return wide, narrow


def join(blocks, columns, output):
    """Has side_by_side.py write blocks, {path: title}, into one file; returns its exit code."""
    return subprocess.run([
        sys.executable, pathlib.Path(__file__).with_name("side_by_side.py"),
        f"--images={','.join(blocks)}", f"--titles={','.join(blocks.values())}",
        f"--output={output}", f"--columns={columns}", f"--title_height={TITLE}",
    ]).returncode  # fmt: skip


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
        wide, narrow = write_blocks(
            FLAGS.translators, FLAGS.emoji, FLAGS.images, FLAGS.columns, folder
        )
        if not wide:
            return join(narrow, FLAGS.columns, output)
        if narrow:
            below = str(pathlib.Path(folder, "below.png"))
            if code := join(narrow, FLAGS.columns, below):
                return code
            wide[below] = ""
        return join(wide, 1, output)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
