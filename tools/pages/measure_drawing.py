"""How soon the exported web page redraws a drawing's translation: a table in docs/deploy.md.

  python tools/pages/measure_drawing.py --workdir=DIR [--image_size=128] [--figure=face]

Exports a translator whose input is line drawings, serves its page on this machine without and with
the two headers that give it threads, opens it in a headless Chromium, draws lines, or --figure, on
the pad with the mouse, and takes the milliseconds from the button's release until the last of the
styles is on the screen. The first stroke is not counted. Prints Markdown. ``--screenshot`` keeps
the page after the last stroke. Drawings in files of three channels need
``--drawing=black_on_white``, as unit-export needs --web.drawing_a. Needs LiteRT.js in ``--litert``
(CONTRIBUTING.md), chromium and chromedriver.
"""

import pathlib
import statistics
import sys
import tempfile

from absl import flags as absl_flags

from pad_strokes import check_flags, define_flags, draw, export_page, open_pad, strokes_of
from served_pages import open_browser, served, wait
from unit_tf.cli import flags
from unit_tf.config import output_file
from unit_tf.files import atomic_path

FLAGS = flags.new_flags()
define_flags(FLAGS, "lines")
absl_flags.DEFINE_string("screenshot", None, "png file to write", flag_values=FLAGS)
HEADER = "| styles | isolated | ms, median | ms, most | what the page says |\n|" + " --- |" * 5
# The state is set back when a line begins: what was done before must not be taken for its end.
TIME_REDRAWS = """
let released = null;
window.redraws = [];
const state = document.body.dataset;
addEventListener("pointerdown", () => ((released = null), (state.state = "drawing")), true);
addEventListener("pointerup", () => (released = performance.now()), true);
new MutationObserver(() => {
  if (state.state !== "done" || released === null) return;
  window.redraws.push(performance.now() - released);
  released = null;
}).observe(document.body, {attributeFilter: ["data-state"]});
"""
COUNT_STYLES = "return document.querySelectorAll('label[for^=style-] canvas').length"


def record(driver, address, strokes):
    """Draws on the page: (milliseconds of each stroke, styles, what the page says it runs on).

    Args:
      driver: Selenium's.
      address: of the page.
      strokes: list of lists of points.

    Raises:
      UserError: the page has no pad, or never ends a translation.
    """
    pad = open_pad(driver, address, FLAGS)
    driver.execute_script(TIME_REDRAWS)
    for i, points in enumerate(strokes):
        draw(driver, pad, points)
        wait(driver, "return window.redraws.length", i + 1)
    if FLAGS.screenshot:
        with atomic_path(output_file(FLAGS.screenshot, "--screenshot")) as path:
            path.write_bytes(driver.get_screenshot_as_png())
    found = driver.execute_script("return window.redraws")
    styles = driver.execute_script(COUNT_STYLES)
    return found, styles, driver.find_element("id", "processor").text


def rows():
    """Exports and measures: a row of the table without and one with the headers."""
    with tempfile.TemporaryDirectory() as folder:
        export_page(FLAGS, folder)
        strokes = strokes_of(FLAGS)
        for isolated in (False, True):
            page = pathlib.Path(folder, "web")
            with served(page, isolated) as address, open_browser() as driver:
                found, styles, said = record(driver, address, strokes)
            counted = found[1:]  # the first one's model is still being prepared
            yield (
                f"| {styles or 1} | {'yes' if isolated else 'no'} | "
                f"{statistics.median(counted):.0f} | {max(counted):.0f} | {said} |"
            )


def main():
    """Measures a translator."""
    check_flags(FLAGS)
    if FLAGS.screenshot:
        output_file(FLAGS.screenshot, "--screenshot")  # refused before minutes of measuring
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    for i, row in enumerate(rows()):
        print(row if i else f"{HEADER}\n{row}", flush=True)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
