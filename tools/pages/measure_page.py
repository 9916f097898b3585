"""How fast the exported web page translates a camera's images: the table in docs/deploy.md.

  python tools/pages/measure_page.py [--workdir=blue_marble] [--image_sizes=128,256] [--seconds=20]

For each size it exports the translator, serves the page on this machine without and with the two
headers that give it threads, opens it in a headless Chromium whose camera is Chromium's own sham
one (640x480 pixels, 60 images a second), and counts for ``seconds`` what the page shows. With
``--camera`` that camera shows a video: .y4m, or .mjpeg in yuvj420p. ``--gpu`` ticks the page's box,
and ``--screenshot`` keeps the page as it was at the end of the last run. Prints Markdown: frames a
second, the median milliseconds from a camera's image to its translation on the screen, and what the
page says that it ran on. Needs LiteRT.js in ``--litert`` (CONTRIBUTING.md), chromium and
chromedriver.
"""

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

FLAGS = flags.new_flags()
absl_flags.DEFINE_string("workdir", "blue_marble", "a trained translator", flag_values=FLAGS)
absl_flags.DEFINE_string("direction", "a2b", "a2b or b2a", flag_values=FLAGS)
absl_flags.DEFINE_list("image_sizes", ["128", "256"], "sides in pixels", flag_values=FLAGS)
absl_flags.DEFINE_integer("seconds", 20, "of each run", lower_bound=1, flag_values=FLAGS)
absl_flags.DEFINE_bool("gpu", False, "ask the page to use the GPU", flag_values=FLAGS)
absl_flags.DEFINE_string("camera", None, "video that the camera shows", flag_values=FLAGS)
absl_flags.DEFINE_string("screenshot", None, "png file to write", flag_values=FLAGS)
absl_flags.DEFINE_string("litert", ".cache/litert", "folder of LiteRT.js", flag_values=FLAGS)
CAMERA = ("--use-fake-device-for-media-stream=fps=60", "--use-fake-ui-for-media-stream")
UNCOUNTED = 3  # images at first, while the model is compiled and the camera starts
HEADER = "| size | isolated | frames/s | ms a frame | what the page says |\n|" + " --- |" * 5
RECORD = """
const [seconds, done] = arguments, frames = [];
document.getElementById("live").addEventListener("translated", ({detail}) => frames.push(detail));
document.getElementById("camera").click();
setTimeout(() => done(frames), 1000 * seconds);
"""


def record(driver, address, seconds, gpu):
    """Runs the page's camera: ([{now, took} of each image, in ms], what it says it runs on)."""
    driver.set_script_timeout(seconds + 60)
    load(driver, address)
    if gpu and driver.find_element("id", "gpu").is_displayed():
        driver.find_element("id", "gpu").click()
        checking = "return /Checking/.test(document.getElementById('processor').textContent)"
        wait(driver, checking, False)
    frames = driver.execute_async_script(RECORD, seconds)
    if FLAGS.screenshot:
        with atomic_path(output_file(FLAGS.screenshot, "--screenshot")) as path:
            path.write_bytes(driver.get_screenshot_as_png())
    return frames, driver.find_element("id", "processor").text


def figures(frames):
    """(frames a second, median milliseconds a frame) of what ``record`` gives.

    Raises:
      UserError: there are too few to count.
    """
    counted = frames[UNCOUNTED:]
    if len(counted) < 2:
        raise UserError(f"--seconds: only {len(frames)} frames came; give more seconds")
    span = (counted[-1]["now"] - counted[0]["now"]) / 1000
    return (len(counted) - 1) / span, statistics.median(frame["took"] for frame in counted)


def rows(size):
    """Measures one size: a row of the table without and one with the headers."""
    import unit_tf.export

    from unit_tf.cli import quiet

    shown = [f"--use-file-for-fake-video-capture={FLAGS.camera}"] if FLAGS.camera else []
    with tempfile.TemporaryDirectory() as folder:
        with quiet.filtered_stderr():
            unit_tf.export(
                FLAGS.workdir, folder, formats=["web"], direction=FLAGS.direction,
                image_size=size, litert=FLAGS.litert,
            )  # fmt: skip
        for isolated in (False, True):
            with (
                served(pathlib.Path(folder, "web"), isolated) as address,
                open_browser(*CAMERA, *shown) as driver,
            ):
                frames, said = record(driver, address, FLAGS.seconds, FLAGS.gpu)
            rate, took = figures(frames)
            yield f"| {size} | {'yes' if isolated else 'no'} | {rate:.1f} | {took:.0f} | {said} |"


def main():
    """Measures every size."""
    sizes = FLAGS.image_sizes
    if not all(size.isdecimal() and int(size) for size in sizes):
        raise UserError(f"--image_sizes={','.join(sizes)}: give sides in pixels, such as 128,256")
    if FLAGS.camera and not os.path.isfile(FLAGS.camera):
        raise UserError(f"--camera={FLAGS.camera}: no such file")
    if FLAGS.screenshot:
        output_file(FLAGS.screenshot, "--screenshot")  # refused before minutes of measuring
    from unit_tf.cli import quiet

    quiet.start_tensorflow()
    for i, row in enumerate(row for size in sizes for row in rows(size)):
        print(row if i else f"{HEADER}\n{row}", flush=True)


if __name__ == "__main__":
    sys.exit(flags.run(main, FLAGS, __doc__))
