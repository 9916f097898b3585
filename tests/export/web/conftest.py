"""LiteRT.js, real or sham, and the page in a headless Chromium that all tests of a file share."""

import base64
import contextlib
import functools
import http.server
import io
import os
import pathlib
import re
import threading
import time
import typing

import numpy as np
import pytest
from PIL import Image
from unit_tf.export.web import writer

ROOT = pathlib.Path(__file__).parents[3]
LITERT = pathlib.Path(os.environ.get("UNIT_LITERT") or ROOT / ".cache/litert")


@pytest.fixture(scope="session")
def litert():
    """The real packages."""
    if not LITERT.is_dir():
        pytest.skip(f"needs LiteRT.js: npm install --prefix {LITERT} @litertjs/core@2.5.3")
    return writer.litert_folders(LITERT)


class Handler(http.server.SimpleHTTPRequestHandler):
    """Sends the page's own policy as a header too: only so does it hold inside the worker."""

    headers_too = {}

    def end_headers(self):
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        index = pathlib.Path(writer.PAGE, "index.html").read_text()
        policy = re.search('Content-Security-Policy" content="([^"]+)"', index)[1]
        self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_):
        pass


class IsolatingHandler(Handler):
    """Isolates the page, so that it may have threads."""

    headers_too = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
    }


@contextlib.contextmanager
def served(folder, handler=Handler, host="127.0.0.1"):
    """Serves a folder on a free port of this machine; gives its address."""
    handler = functools.partial(handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Screen(typing.NamedTuple):
    """What the page is shown on; sides in pixels of CSS."""

    name: str
    width: int
    height: int
    phone: bool
    scheme: str


SCREENS = (
    Screen("desktop", 1280, 860, False, "light"), Screen("phone", 320, 760, True, "dark"),
)  # fmt: skip


@pytest.fixture(params=SCREENS, ids=lambda screen: screen.name)
def screen(request):
    """Each Screen in turn."""
    return request.param


@pytest.fixture
def screens():
    """Every Screen."""
    return SCREENS


class Page:
    """The page in the browser."""

    def __init__(self, driver, downloads):
        self.driver = driver
        self.downloads = downloads

    @contextlib.contextmanager
    def on_screen(self, screen):
        """Shows the page as on a Screen."""
        send = self.driver.execute_cdp_cmd
        size = {"width": screen.width, "height": screen.height}
        send("Emulation.setDeviceMetricsOverride",
             {**size, "deviceScaleFactor": 2, "mobile": screen.phone})  # fmt: skip
        send("Emulation.setTouchEmulationEnabled", {"enabled": screen.phone})
        feature = {"name": "prefers-color-scheme", "value": screen.scheme}
        send("Emulation.setEmulatedMedia", {"features": [feature]})
        try:
            yield
        finally:
            send("Emulation.clearDeviceMetricsOverride", {})
            send("Emulation.setTouchEmulationEnabled", {"enabled": False})

    def load(self, folder, isolated=False, host="127.0.0.1"):
        """Opens OUTPUT/web from a server that has gone when this returns: (state, text)."""
        handler = IsolatingHandler if isolated else Handler
        # From above, so that the page's address has a path.
        with served(folder.parents[1], handler, host) as address:
            self.driver.get(f"{address}/{folder.parent.name}/web/")
            return self.wait("ready", "failed")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def __getitem__(self, name):
        return self.driver.find_element("id", name)

    def wait(self, *states):
        """Waits for one of the states; gives it and the line of text that goes with it."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            state, text = self.js(
                "return [document.body.dataset.state, document.getElementById('status').innerText]"
            )
            if state in states:
                return state, text
            time.sleep(0.02)
        raise AssertionError(f"still {state}: {text}")

    def translate(self, path, model=0):
        """Picks the direction of a model, then a file, as by hand; waits: (state, text)."""
        self.js("document.querySelector(arguments[0]).click()", f"label[for=model-{model}]")
        self["choose"].send_keys(str(path))
        return self.wait("done", "wrong")

    def canvas(self, name):
        """The pixels of a canvas, by its id or a selector, uint8 [H, W, 3]."""
        selector = name if " " in name else f"#{name}"
        url = self.js("return document.querySelector(arguments[0]).toDataURL()", selector)
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))[..., :3]

    def saved(self, name):
        """Waits for a download; gives its pixels, uint8 [H, W, 3], and removes it."""
        path, end = self.downloads / name, time.monotonic() + 10
        while True:
            try:
                with Image.open(path) as image:
                    pixels = np.asarray(image)[..., :3]
                break
            except OSError:  # not there, or reserved by an empty file, or not whole
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        path.unlink()
        return pixels


@pytest.fixture(scope="module")
def browser(chromium):
    """A Page in a Chromium; nothing is loaded yet."""
    return Page(*chromium)


@pytest.fixture
def browser_with_gpu(open_chromium):
    """A Page in a Chromium whose WebGPU is computed by the CPU."""
    with open_chromium("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader") as opened:
        yield Page(*opened)


@pytest.fixture(scope="session")
def make_models(shared_convert):
    """(method, size, folder, {domain: polarity}) -> list of WebModel, one a direction."""

    def make(method, size, folder, drawings=None):
        from unit_tf.export.tasks import build_task

        models = []
        for direction in ("a2b", "b2a"):
            path = folder / f"{direction}.tflite"
            path.write_bytes(shared_convert(build_task(method, direction), size))
            channels = (method.channels[direction[0]], method.channels[direction[2]])
            drawing = (drawings or {}).get(direction[0])
            more = (method.style_size, drawing)
            models.append(writer.WebModel(direction, path, size, *channels, "float32", *more))
        return models

    return make


@pytest.fixture(scope="session")
def translate_in_python():
    """(.tflite file, uint8 [H, W, C], style=[1, S]) -> uint8 [H, W, 3], by LiteRT for Python."""

    def translate(path, image, **style):
        from unit_tf.export.tflite import load_tflite

        image = image[None].astype(np.float32) / 255
        found = load_tflite(path)(image=image, **style)["translated"]
        found = np.clip(np.rint(found[0] * 255), 0, 255).astype(np.uint8)
        return np.broadcast_to(found, (*found.shape[:2], 3))

    return translate


class Pad:
    """The pad in the browser; places are in pixels of the model."""

    SIDE = 32

    def __init__(self, page):
        self.page = page

    def stroke(self, *points, kind="mouse"):
        """Goes through points with the button or the finger down; waits for what comes of it."""
        from selenium.webdriver.common.action_chains import ActionBuilder
        from selenium.webdriver.common.actions.pointer_input import PointerInput

        element = self.page["pad"]
        builder = ActionBuilder(
            self.page.driver, mouse=PointerInput(kind, f"a {kind}"), duration=10
        )
        pointer = builder.pointer_action
        for i, (x, y) in enumerate(points):
            scale = element.rect["width"] / self.SIDE
            where = round((x - self.SIDE / 2) * scale), round((y - self.SIDE / 2) * scale)
            pointer.move_to(element, *where)
            if i == 0:
                pointer.pointer_down()
        pointer.pointer_up()
        # The state of before goes first, or it would be taken for this stroke's.
        self.page.js("document.body.dataset.state = 'stroke'")
        builder.perform()
        return self.settled()

    def press(self, *keys):
        from selenium.webdriver import ActionChains

        ActionChains(self.page.driver).send_keys(*keys).perform()

    def click(self, name):
        self.page.js("document.body.dataset.state = 'clicked'")
        self.page[name].click()
        return self.settled()

    def settled(self):
        state, text = self.page.wait("done", "wrong", "ready")
        assert state != "wrong", text
        return state

    def has_slider(self):
        """Whether the image lies under its translation; the slider itself is never seen."""
        return self.page.driver.find_element("css selector", ".divider").is_displayed()

    def seen(self):
        """What the model sees, uint8 [32, 32]."""
        assert self.page["result"].is_displayed()
        return self.page.canvas("before")[..., 0]


@pytest.fixture(scope="session")
def make_pad():
    """(Page) -> Pad."""
    return Pad
