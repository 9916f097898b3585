"""README's film: a drawing on the exported web page's pad, painted stroke after stroke.

  python tools/pages/film_drawing.py --workdir=sketch_to_emoji --drawing=black_on_white \
    --output=docs/drawing.gif

Exports a translator whose input is line drawings, opens its page in a headless Chromium and draws
--figure with the mouse. The film has the page's pad and translations after each stroke, and at
last each style, as a user who clicks on it sees it. Nothing is selected: the styles are the page's
first. Needs what measure_drawing.py needs.
"""

import io
import pathlib
import sys
import tempfile

from absl import flags as absl_flags

from pad_strokes import check_flags, define_flags, draw, export_page, open_pad, strokes_of
from served_pages import open_browser, served, wait
from unit_tf.cli import flags
from unit_tf.config import output_file
from unit_tf.files import atomic_path

FLAGS = flags.new_flags()
define_flags(FLAGS, "cat")
absl_flags.DEFINE_string("output", None, "gif file to write", flag_values=FLAGS)
STROKE, STYLE = 600, 1200  # milliseconds
# Nothing says when a stroke's translation is there but this; a line that begins sets it back.
STATE = "return document.body.dataset.state"
BEGIN = "document.body.dataset.state = 'drawing'"


def film(driver, address, strokes):
    """Draws on the page and looks at each style.

    Args:
      driver: Selenium's.
      address: of the page.
      strokes: list of lists of points.

    Returns:
      list of (PIL image of the pad and its translations, milliseconds that it is shown).

    Raises:
      UserError: the page has no pad, or never ends a translation.
    """
    from PIL import Image

    pad, stage = open_pad(driver, address, FLAGS), driver.find_element("id", "stage")

    def frame():
        return Image.open(io.BytesIO(stage.screenshot_as_png)).convert("RGB")

    frames = []
    for points in strokes:
        driver.execute_script(BEGIN)
        draw(driver, pad, points)
        wait(driver, STATE, "done")
        frames.append((frame(), STROKE))
    styles = driver.find_elements("css selector", "label[for^=style-]")
    for style in filter(lambda label: label.is_displayed(), styles):
        style.click()
        frames.append((frame(), STYLE))
    return frames


def write(frames, path):
    """Writes frames as a gif that begins anew at its end.

    Args:
      frames: as ``film`` has them; their sizes may differ, as the page grows.
      path: of the file.
    """
    from PIL import Image

    size = [max(sides) for sides in zip(*(image.size for image, _ in frames), strict=True)]
    shown = []
    for image, _ in frames:
        whole = Image.new("RGB", size, image.getpixel((image.width // 2, image.height - 8)))
        whole.paste(image)
        shown.append(whole.quantize(dither=Image.Dither.NONE))
    first, *others = shown
    with atomic_path(path) as temporary:
        first.save(
            temporary, "gif", save_all=True, append_images=others, loop=0,
            duration=[milliseconds for _, milliseconds in frames],
        )  # fmt: skip


def main():
    """Films a translator's page."""
    flags.require(FLAGS, "output")
    check_flags(FLAGS)
    output = output_file(FLAGS.output, "--output")
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        export_page(FLAGS, folder)
        page = pathlib.Path(folder, "web")
        with served(page, isolated=True) as address, open_browser() as driver:
            write(film(driver, address, strokes_of(FLAGS)), output)
    print(f"wrote {output}")


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
