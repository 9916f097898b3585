"""How fast the exported web page translates a camera's images: the table in docs/deploy.md.

  python tools/measure_page.py [--workdir=blue_marble] [--image_sizes=128,256] [--seconds=20]

For each size it exports the translator, serves the page on this machine without and with the two
headers that give it threads, opens it in a headless Chromium whose camera is Chromium's own sham
one (640x480 pixels, 60 images a second), and counts for ``seconds`` what the page shows. With
``--camera`` that camera shows a video: .y4m, or .mjpeg in yuvj420p. ``--gpu`` ticks the page's box,
and ``--screenshot`` keeps the page as it was at the end of the last run. Prints Markdown: frames a
second, the median milliseconds from a camera's image to its translation on the screen, and what the
page says that it ran on. Needs LiteRT.js in ``--litert`` (CONTRIBUTING.md), chromium and
chromedriver.
"""

import contextlib
import functools
import http.server
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import threading
import time

from absl import flags as absl_flags

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
ISOLATING = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
BROWSER = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking",
    "--use-fake-device-for-media-stream=fps=60", "--use-fake-ui-for-media-stream",
    "--window-size=1000,900",
)  # fmt: skip
UNCOUNTED = 3  # images at first, while the model is compiled and the camera starts
HEADER = "| size | isolated | frames/s | ms a frame | what the page says |\n|" + " --- |" * 5
RECORD = """
const [seconds, done] = arguments, frames = [];
document.getElementById("live").addEventListener("translated", ({detail}) => frames.push(detail));
document.getElementById("camera").click();
setTimeout(() => done(frames), 1000 * seconds);
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, with the headers ``isolating``."""

    def __init__(self, *arguments, isolating, **options):
        self.isolating = isolating
        super().__init__(*arguments, **options)

    def end_headers(self):
        for name, value in self.isolating.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder, isolated):
    """Serves a folder on a free port; gives its address."""
    isolating = ISOLATING if isolated else {}
    handler = functools.partial(Handler, directory=folder, isolating=isolating)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def open_browser():
    """A headless Chromium with a sham camera.

    Raises:
      UserError: it, its driver or Selenium is missing.
    """
    try:
        from selenium import webdriver
    except ImportError:
        raise UserError("needs Selenium: pip install selenium") from None
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    if not options.binary_location or not service.path:
        raise UserError("needs Chromium: apt-get install chromium chromium-driver")
    shown = [f"--use-file-for-fake-video-capture={FLAGS.camera}"] if FLAGS.camera else []
    for flag in (*BROWSER, *shown):
        options.add_argument(flag)
    return webdriver.Chrome(options, service)


def wait(driver, script, wanted, seconds=60):
    """Waits until a script gives what is wanted.

    Raises:
      UserError: it does not; what the page says goes with it.
    """
    end = time.monotonic() + seconds
    while driver.execute_script(script) != wanted:
        if time.monotonic() > end:
            said = driver.find_element("id", "status").text
            raise UserError(f"the page is not ready after {seconds} seconds; it says: {said}")
        time.sleep(0.1)


def record(driver, address, seconds, gpu):
    """Runs the page's camera: ([{now, took} of each image, in ms], what it says it runs on)."""
    driver.set_script_timeout(seconds + 60)
    driver.get(address)
    wait(driver, "return document.body.dataset.state", "ready")
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

    with tempfile.TemporaryDirectory() as folder:
        with quiet.filtered_stderr():
            unit_tf.export(
                FLAGS.workdir, folder, formats=["web"], direction=FLAGS.direction,
                image_size=size, litert=FLAGS.litert,
            )  # fmt: skip
        for isolated in (False, True):
            with served(pathlib.Path(folder, "web"), isolated) as address, open_browser() as driver:
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
