"""How soon the exported web page redraws a drawing's translation: a table in docs/deploy.md.

  python tools/pages/measure_drawing.py --workdir=DIR [--image_size=128] [--strokes=12|--face]

Exports a translator whose input is line drawings, serves its page on this machine without and with
the two headers that give it threads, opens it in a headless Chromium, draws lines, or a face, on
the pad with the mouse, and takes the milliseconds from the button's release until the last of the
styles is on the screen. Prints Markdown. ``--screenshot`` keeps the page after the last stroke.
Drawings in files of three channels need ``--drawing=black_on_white``, as unit-export needs
--web.drawing_a. Needs LiteRT.js in ``--litert`` (CONTRIBUTING.md), chromium and chromedriver.
"""

import math
import os
import pathlib
import statistics
import sys
import tempfile

from absl import flags as absl_flags

from served_pages import load, open_browser, served, wait
from unit_tf.cli import flags
from unit_tf.config import UserError, output_file
from unit_tf.files import atomic_path
from unit_tf.methods.spec import DIRECTIONS

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", None, "a trained translator", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_integer("image_size", 128, "side in pixels", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_integer(
    "strokes", 12, "lines to draw; the first is not counted", lower_bound=2, flag_values=FLAGS
)
absl_flags.DEFINE_bool(
    "face", False, "draw a face in place of the lines: rim, eyes, mouth", flag_values=FLAGS
)
absl_flags.DEFINE_string(
    "drawing", "auto", "as unit-export --web.drawing_a takes it", flag_values=FLAGS
)
absl_flags.DEFINE_string("screenshot", None, "png file to write", flag_values=FLAGS)
absl_flags.DEFINE_string("litert", ".cache/litert", "folder of LiteRT.js", flag_values=FLAGS)
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


def lines(count):
    """Strokes across the pad, each from one side to the other.

    Returns:
      list of lists of points (x, y), -0.5 to 0.5 from left to right and from top to bottom.
    """
    heights = [(i + 1) / (count + 1) - 0.5 for i in range(count)]
    return [[(-0.3, height), (0.3, -height)] for height in heights]


def face():
    """The strokes of a smiling face, as ``lines`` has them."""
    rim = arc(0, 0, 0.4, 0, 360)
    eyes = [arc(x, -0.1, 0.045, 0, 360) for x in (-0.14, 0.14)]
    return [rim, *eyes, arc(0, 0.02, 0.22, 25, 155)]


def arc(x, y, radius, first, last):
    """Points on a circle around (x, y), clockwise from the right; angles in degrees."""
    angles = [math.radians(first + (last - first) * i / 36) for i in range(37)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def draw(driver, pad, points):
    """Draws a stroke on the pad with the mouse.

    Args:
      driver: Selenium's.
      pad: the pad's element.
      points: as ``lines`` has them.
    """
    from selenium.webdriver.common.action_chains import ActionBuilder

    sides = pad.rect["width"], pad.rect["height"]
    first, *others = ([round(p * s) for p, s in zip(xy, sides, strict=True)] for xy in points)
    builder = ActionBuilder(driver, duration=max(5, 50 // len(others)))
    builder.pointer_action.move_to(pad, *first).pointer_down()
    for point in others:
        builder.pointer_action.move_to(pad, *point)
    builder.pointer_action.pointer_up()
    builder.perform()


def record(driver, address, strokes):
    """Draws on the page: (milliseconds of each stroke, styles, what the page says it runs on).

    Args:
      driver: Selenium's.
      address: of the page.
      strokes: list of lists of points.

    Raises:
      UserError: the page has no pad, or never ends a translation.
    """
    load(driver, address)
    pad = driver.find_element("id", "pad")
    if not pad.is_displayed():
        raise UserError(
            f"--workdir={FLAGS.workdir}: the page has no drawing pad for --direction="
            f"{FLAGS.direction}; give a translator whose input is line drawings"
        )
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", pad)
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
    import unit_tf.export

    from unit_tf.cli import quiet

    with tempfile.TemporaryDirectory() as folder:
        with quiet.filtered_stderr():
            unit_tf.export(
                FLAGS.workdir, folder, formats=["web"], direction=FLAGS.direction,
                image_size=FLAGS.image_size, litert=FLAGS.litert,
                **{f"drawing_{FLAGS.direction[0]}": FLAGS.drawing},
            )  # fmt: skip
        strokes = face() if FLAGS.face else lines(FLAGS.strokes)
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
    flags.require(FLAGS, "workdir")
    flags.choice(FLAGS, "direction", DIRECTIONS)
    if not os.path.isdir(FLAGS.litert):
        raise UserError(
            f"--litert={FLAGS.litert}: no such folder; CONTRIBUTING.md says how to get it"
        )
    if FLAGS.screenshot:
        output_file(FLAGS.screenshot, "--screenshot")  # refused before minutes of measuring
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    for i, row in enumerate(rows()):
        print(row if i else f"{HEADER}\n{row}", flush=True)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
