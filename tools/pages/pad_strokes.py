"""What is drawn on an exported page's pad, and how: strokes, the mouse, the page itself."""

import math
import os

from absl import flags as absl_flags

from served_pages import load
from unit_tf.cli import flags
from unit_tf.config import UserError
from unit_tf.methods.spec import DIRECTIONS


def define_flags(values, figure):
    """Defines the flags of a tool that draws on a translator's page.

    Args:
      values: FlagValues.
      figure: what is drawn unless told otherwise, a key of FIGURES.
    """
    absl_flags.DEFINE_string("workdir", None, "a trained translator", flag_values=values)
    absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=values)
    absl_flags.DEFINE_integer(
        "image_size", 128, "side in pixels", lower_bound=1, flag_values=values
    )
    absl_flags.DEFINE_string("figure", figure, ", ".join(FIGURES), flag_values=values)
    absl_flags.DEFINE_integer(
        "strokes", 12, "how many lines --figure=lines has", lower_bound=2, flag_values=values
    )
    absl_flags.DEFINE_string(
        "drawing", "auto", "as unit-export --web.drawing_a takes it", flag_values=values
    )
    absl_flags.DEFINE_string("litert", ".cache/litert", "folder of LiteRT.js", flag_values=values)


def check_flags(values):
    """Refuses what no page can be made of, before TensorFlow is imported.

    Args:
      values: the parsed FlagValues; ``define_flags`` has defined flags in them.

    Raises:
      UserError: names the flag.
    """
    flags.require(values, "workdir")
    flags.choice(values, "direction", DIRECTIONS)
    flags.choice(values, "figure", FIGURES)
    if values["strokes"].present and values.figure != "lines":
        raise UserError(f"--strokes={values.strokes}: not read with --figure={values.figure}")
    if not os.path.isdir(values.litert):
        raise UserError(
            f"--litert={values.litert}: no such folder; CONTRIBUTING.md says how to get it"
        )


def export_page(values, folder):
    """Exports the page of the translator that the flags name to ``folder``/web."""
    import unit_tf.export

    from unit_tf.cli import quiet

    with quiet.filtered_stderr():
        unit_tf.export(
            values.workdir, folder, formats=["web"], direction=values.direction,
            image_size=values.image_size, litert=values.litert,
            **{f"drawing_{values.direction[0]}": values.drawing},
        )  # fmt: skip


def open_pad(driver, address, values):
    """Opens a page: its pad's element, in the middle of the window.

    Args:
      driver: Selenium's.
      address: of the page.
      values: FlagValues, for what an error says.

    Raises:
      UserError: the page has no pad.
    """
    load(driver, address)
    pad = driver.find_element("id", "pad")
    if not pad.is_displayed():
        raise UserError(
            f"--workdir={values.workdir}: the page has no drawing pad for --direction="
            f"{values.direction}; give a translator whose input is line drawings"
        )
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", pad)
    return pad


def strokes_of(values):
    """The strokes that the flags ask for, as ``lines`` has them."""
    return FIGURES[values.figure](values)


def lines(count):
    """Strokes across the pad, each from one side to the other.

    Returns:
      list of lists of points (x, y), -0.5 to 0.5 from left to right and from top to bottom.
    """
    heights = [(i + 1) / (count + 1) - 0.5 for i in range(count)]
    return [[(-0.3, height), (0.3, -height)] for height in heights]


def face():
    """The strokes of a smiling face."""
    rim = _arc(0, 0, 0.4, 0, 360)
    eyes = [_arc(x, -0.1, 0.045, 0, 360) for x in (-0.14, 0.14)]
    return [rim, *eyes, _arc(0, 0.02, 0.22, 25, 155)]


def cat():
    """The strokes of a cat's head: outline with two ears, eyes, nose and mouth."""
    # Clockwise from the right ear's foot around the chin to the left ear's, then over the top.
    outline = [*_arc(0, 0.06, 0.36, -35, 215), (-0.33, -0.42), (-0.12, -0.28), (0.12, -0.28),
               (0.33, -0.42)]  # fmt: skip
    eyes = [_arc(x, 0, 0.05, 0, 360) for x in (-0.15, 0.15)]
    nose = [(-0.045, 0.12), (0.045, 0.12), (0, 0.17), (-0.045, 0.12)]
    mouth = [_arc(x, 0.17, 0.075, 0, 180) for x in (0.075, -0.075)]
    return [[*outline, outline[0]], *eyes, nose, *mouth]


def _arc(x, y, radius, first, last):
    """Points on a circle around (x, y), clockwise from the right; angles in degrees."""
    angles = [math.radians(first + (last - first) * i / 36) for i in range(37)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


# name -> its strokes, of FlagValues.
FIGURES = {
    "lines": lambda values: lines(values.strokes),
    "face": lambda values: face(),
    "cat": lambda values: cat(),
}


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
