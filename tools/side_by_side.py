"""Puts images beside each other under titles.

  python tools/side_by_side.py --images=one.png,two.png --titles=first,second --output=both.png
"""

import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags

FLAGS = flags.new_flags()
absl_flags.DEFINE_list("images", None, "image files", flag_values=FLAGS)
absl_flags.DEFINE_list("titles", None, "a title for each", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "the PNG to write", flag_values=FLAGS)
GAP = 12


def main():
    """Writes the joined image."""
    flags.require(FLAGS, "images", "titles", "output")
    if len(FLAGS.images) != len(FLAGS.titles):
        raise config_lib.UserError(f"--titles: needs {len(FLAGS.images)}, one for each image")
    from PIL import Image, ImageDraw

    from unit_tf.files import atomic_path

    images = []
    for path in FLAGS.images:
        try:
            images.append(Image.open(path).convert("RGB"))
        except OSError as error:
            raise config_lib.UserError(f"--images: {path}: {error}") from None
    width = sum(p.width for p in images) + GAP * (len(images) - 1)
    canvas = Image.new("RGB", (width, max(p.height for p in images) + 16), "white")
    left = 0
    for image, title in zip(images, FLAGS.titles, strict=True):
        ImageDraw.Draw(canvas).text((left + 4, 2), title, fill="black")
        canvas.paste(image, (left, 16))
        left += image.width + GAP
    with atomic_path(FLAGS.output) as temporary:
        canvas.save(temporary)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
