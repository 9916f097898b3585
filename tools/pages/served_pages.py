"""An exported web page, served on this machine and opened in a headless Chromium."""

import contextlib
import functools
import http.server
import shutil
import threading
import time

from unit_tf.config import UserError

# The two headers that give a page several threads.
ISOLATING = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
BROWSER = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking",
    "--window-size=1000,900",
)  # fmt: skip


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


def open_browser(*more):
    """A headless Chromium with further flags.

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
    for flag in (*BROWSER, *more):
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


def load(driver, address):
    """Opens a page and waits until it can translate.

    Raises:
      UserError: it cannot.
    """
    driver.get(address)
    wait(driver, "return document.body.dataset.state", "ready")
