"""Puts images beside each other under titles.

  python tools/side_by_side.py --images=one.png,two.png --titles=first,second --output=both.png \
    [--columns=2] [--title_height=16]
"""

import sys

from absl import flags as absl_flags

from unit_tf import config as config_lib
from unit_tf.cli import flags

FLAGS = flags.new_flags()
absl_flags.DEFINE_list("images", None, "image files", flag_values=FLAGS)
absl_flags.DEFINE_list("titles", None, "a title for each", flag_values=FLAGS)
absl_flags.DEFINE_string("output", None, "the PNG to write", flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "columns", None, "images in a row; default: all", lower_bound=1, flag_values=FLAGS
)
GAP, TITLE = 12, 16
absl_flags.DEFINE_integer(
    "title_height", TITLE, "pixels above an image", lower_bound=8, flag_values=FLAGS
)


def joined(images, titles, columns, title_height):
    """One image of many, in rows as high as their highest and columns as wide as the widest.

    A row without titles has no band for them.

    Args:
      images: PIL images, "RGB".
      titles: a text for each; "" for none.
      columns: images in a row.
      title_height: pixels above each image, for its title.

    Returns:
      PIL image.
    """
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=0.65 * title_height)
    places = [divmod(i, columns) for i in range(len(images))]
    widths, heights = [0] * min(columns, len(images)), [0] * (places[-1][0] + 1)
    bands = [0] * len(heights)
    for (row, column), image, title in zip(places, images, titles, strict=True):
        widths[column] = max(widths[column], image.width)
        bands[row] = max(bands[row], title_height if title else 0)
        heights[row] = max(heights[row], image.height)
    heights = [height + band for height, band in zip(heights, bands, strict=True)]
    size = (sum(side) + GAP * (len(side) - 1) for side in (widths, heights))
    canvas = Image.new("RGB", tuple(size), "white")
    for (row, column), image, title in zip(places, images, titles, strict=True):
        left, top = (sum(s[:n]) + GAP * n for s, n in ((widths, column), (heights, row)))
        ImageDraw.Draw(canvas).text((left + 4, top + 2), title, fill="black", font=font)
        canvas.paste(image, (left, top + bands[row]))
    return canvas


def main():
    """Writes the joined image."""
    flags.require(FLAGS, "images", "titles", "output")
    if len(FLAGS.images) != len(FLAGS.titles):
        raise config_lib.UserError(f"--titles: needs {len(FLAGS.images)}, one for each image")
    from PIL import Image

    from unit_tf.files import atomic_path, os_reason

    output = config_lib.output_file(FLAGS.output, "--output")
    images = []
    for path in FLAGS.images:
        try:
            images.append(Image.open(path).convert("RGB"))
        except OSError as error:
            raise config_lib.UserError(f"--images: {path}: {error}") from None
    both = joined(images, FLAGS.titles, FLAGS.columns or len(images), FLAGS.title_height)
    try:
        with atomic_path(output) as temporary:
            both.save(temporary)
    except OSError as error:
        raise config_lib.UserError(f"--output={FLAGS.output}: {os_reason(error)}") from None


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
