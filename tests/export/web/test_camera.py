"""The camera on the page: Chromium's own sham one. The page's server has gone by then."""

import re
import time

import numpy as np
import pytest
from PIL import Image
from unit_tf.export.web.writer import write_web

pytest.importorskip("selenium")
from selenium.webdriver import ActionChains, Keys  # noqa: E402

SIDE, LEVELS = 32, 2
# What the worker is asked to run, how often at a time at most, and what is shown of it.
WATCH = """
window.runs = {open: 0, most: 0, count: 0, shown: []};
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, transfer) {
  if (message.what === "run") {
    runs.most = Math.max(runs.most, ++runs.open);
    const {image, style} = message.details.inputs;
    runs.last = {image: [...image.data], style: [...style.data]};
    this.watched ??= this.onmessage;
    this.onmessage = (event) => {
      runs.open--;
      this.watched(event);
    };
  }
  return post.call(this, message, transfer);
};
document.getElementById("live").addEventListener("translated", () => {
  const canvas = document.getElementById("translation");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  runs.shown = [...runs.shown, {...runs.last, output: [...data]}].slice(-4);
  runs.count++;
});
"""
SPEED = "document.getElementById('speed')"
TRACK = "window.track = document.getElementById('video').srcObject.getVideoTracks()[0]"
HIDE = """
Object.defineProperty(document, "hidden", {value: true, configurable: true});
document.dispatchEvent(new Event("visibilitychange"));
delete document.hidden;
"""
RESET = """
document.getElementById("stop").click();
for (const id of ["model-0", "style-0", "facing-back"]) document.getElementById(id).click();
document.getElementById("stop").click();
runs.shown = [];
delete navigator.mediaDevices.getUserMedia;
"""
FAIL = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", arguments[0]));
"""
STYLES = """
const [numbers, done] = arguments;
import("./styles.js").then(({styleOf}) => done(numbers.map((number) => [...styleOf(number, 3)])));
"""
# A camera that comes when let_it() says so.
LATE = """
navigator.mediaDevices.getUserMedia = async function (constraints) {
  await new Promise((let_it) => (window.let_it = let_it));
  return (window.late = await MediaDevices.prototype.getUserMedia.call(this, constraints));
};
"""
# Chromium's sham cameras have no sides.
TWO_SIDES = """
const {getSettings} = MediaStreamTrack.prototype;
MediaStreamTrack.prototype.getSettings = function () {
  return {...getSettings.call(this), facingMode: "environment"};
};
window.asked = [];
navigator.mediaDevices.getUserMedia = function (constraints) {
  asked.push(constraints.video.facingMode.ideal);
  return MediaDevices.prototype.getUserMedia.call(this, constraints);
};
"""


@pytest.fixture(scope="module")
def site(litert, make_models, translator, tmp_path_factory):
    """OUTPUT with a tiny munit in ``web``; its B is drawn."""
    folder = tmp_path_factory.mktemp("camera")
    models = make_models(translator("munit"), (SIDE, SIDE), folder, {"b": "black_on_white"})
    write_web(folder, models, litert, "Live")
    return folder


@pytest.fixture(scope="module")
def loaded(browser, site):
    """The page; what it asks of the worker is watched."""
    assert browser.load(site / "web") == ("ready", "Ready.")
    browser.js(WATCH)
    return browser


@pytest.fixture
def page(loaded):
    """The page with its first direction and style, and the camera off."""
    loaded.js(RESET)
    yield loaded
    loaded.js(RESET)


def press(page, *keys):
    """Presses keys; gives the id of the element with the focus."""
    ActionChains(page.driver).send_keys(*keys).perform()
    return page.js("return document.activeElement.id")


def click(page, selector):
    page.js("document.querySelector(arguments[0]).click()", selector)


def until(page, condition):
    """Waits for an expression to be true."""
    end = time.monotonic() + 30
    while not page.js(f"return Boolean({condition})"):
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def start(page, count=3):
    """Starts the camera; waits until it is on and some images were translated."""
    click(page, "#camera")
    until(page, "document.getElementById('status').textContent === 'The camera is on.'")
    until(page, f"runs.shown.length >= {count}")
    page.js(TRACK)


def said(page):
    """The page's state, and what it says of it."""
    return page.js("return document.body.dataset.state"), page["status"].text


def test_image_after_image_is_translated(page, site, translate_in_python):
    """As in Python, one at a time, and how fast that goes is said, but not aloud."""
    start(page)
    until(page, f"/fps/.test({SPEED}.textContent)")
    assert re.fullmatch(r"\d+\.\d fps · \d+ ms a frame", page["speed"].text)
    assert page.js(f"return {SPEED}.closest('[role=status], [aria-live]')") is None
    runs = page.js("return runs")
    assert runs["most"] == 1
    outputs = [np.reshape(shown["output"], (SIDE, SIDE, 4))[..., :3] for shown in runs["shown"]]
    assert all((one != other).any() for one, other in zip(outputs, outputs[1:], strict=False))
    last = runs["shown"][-1]
    image = np.rint(np.reshape(last["image"], (SIDE, SIDE, -1)) * 255).astype(np.uint8)
    # The sham camera shows something green.
    assert image.std() > 5 and image[..., 1].mean() > 2 * image[..., 0].mean()
    style = np.array([last["style"]], np.float32)
    expected = translate_in_python(site / "a2b.tflite", image, style=style)
    np.testing.assert_allclose(outputs[-1], expected, atol=LEVELS)
    assert said(page) == ("live", "The camera is on.")


def test_keys_start_and_stop_it_and_the_camera_is_let_go(page):
    page.js("document.getElementById('choose').focus()")
    assert press(page, Keys.TAB) == "camera"
    press(page, Keys.ENTER)
    until(page, "runs.shown.length >= 1")
    page.js(TRACK)
    assert page.js("return document.activeElement.id") == "stop"
    assert press(page, Keys.ENTER) == "camera"
    assert said(page) == ("ready", "The camera is off.")
    assert page.js("return track.readyState") == "ended"
    assert page.js("return document.getElementById('video').srcObject") is None
    assert not page["live"].is_displayed() and page["empty"].is_displayed()
    count = page.js("return runs.count")
    time.sleep(0.2)
    assert page.js("return runs.count") == count


def test_the_chosen_style_is_used(page):
    """The gallery fills by itself, and the speed counts the chosen style's images alone."""
    start(page)
    one, three, seven = page.driver.execute_async_script(STYLES, [1, 3, 7])
    assert all(shown["style"] == one for shown in page.js("return runs.shown"))
    until(page, "[...document.querySelectorAll('#styles canvas')].every(({width}) => width === 32)")
    for selector, style in (("label[for=style-2]", three), ("#new-styles", seven)):
        page.js("runs.shown = []")
        click(page, selector)
        until(page, "runs.shown.length >= 2")
        assert page.js("return runs.shown.at(-1).style") == style


def test_a_hidden_page_lets_the_camera_go(page):
    start(page, 1)
    page.js(HIDE)
    assert page.wait("ready") == ("ready", "The camera is off, because the page was hidden.")
    assert page.js("return track.readyState") == "ended"


def test_a_camera_that_is_unplugged_is_said(page):
    start(page, 1)
    page.js("track.dispatchEvent(new Event('ended'))")
    assert page.wait("wrong") == ("wrong", "The camera was disconnected, or taken back.")
    assert not page["live"].is_displayed()


@pytest.mark.parametrize(("name", "expected"), [
    ("NotAllowedError", "The camera was refused. Allow it in the browser's settings for this page"),
    ("NotFoundError", "This device has no camera"),
    ("NotReadableError", "The camera does not answer. Another program may be using it"),
    ("AbortError", "The camera did not start: AbortError"),
])  # fmt: skip
def test_why_there_is_no_camera(page, name, expected):
    page.js(FAIL, name)
    click(page, "#camera")
    assert page.wait("wrong") == ("wrong", f"{expected}.")
    assert not page["live"].is_displayed() and page["camera"].is_enabled()


def test_back_and_front_fit_the_screens(page, artifacts, screens):
    """The other camera follows the first; a finger hits each control; images are kept."""
    page.js(TWO_SIDES)
    start(page, 1)
    until(page, "!document.getElementById('sides').hidden")
    click(page, "label[for=facing-front]")
    until(page, "document.getElementById('status').textContent === 'The other camera is on.'")
    assert page.js("return asked") == ["environment", "user"]
    assert page.js("return track.readyState") == "ended"
    page.js("runs.shown = []")
    until(page, "runs.shown.length >= 2")
    assert page.js("return runs.most") == 1  # the first one's last image was waited for
    page.js("document.getElementById('video').pause()")  # so that nothing takes the machine's time
    for screen in screens:
        fits(page, screen, artifacts)


def fits(page, screen, artifacts):
    """Nothing sticks out sideways; both images lie in a row, or in a column on a phone."""
    with page.on_screen(screen):
        page.js("document.getElementById('live').scrollIntoView({block: 'nearest'})")
        page.driver.save_screenshot(str(artifacts / f"web_camera_{screen.name}.png"))
        assert page.js("return document.documentElement.scrollWidth") == screen.width
        selector = ".button, .segments label, .choice"
        boxes = [c.rect for c in page.driver.find_elements("css selector", selector)
                 if c.is_displayed()]  # fmt: skip
        assert all(box["height"] >= 44 and box["x"] >= 0 for box in boxes)
        assert all(box["x"] + box["width"] <= screen.width for box in boxes)
        before, after = page["video"].rect, page["translation"].rect
        assert before["width"] == before["height"] == after["width"] == after["height"]
        assert (before["y"] == after["y"]) != screen.phone


def test_a_file_goes_before_a_camera_that_is_on_its_way(page, tmp_path):
    page.js(LATE)
    click(page, "#camera")
    Image.new("RGB", (SIDE, SIDE), (0, 200, 0)).save(tmp_path / "green.png")
    assert page.translate(tmp_path / "green.png")[0] == "done"
    page.js("let_it()")
    until(page, "window.late?.getVideoTracks()[0].readyState === 'ended'")
    assert page["result"].is_displayed() and not page["live"].is_displayed()
    assert said(page)[0] == "done"


def test_another_direction_and_a_file_end_what_was(page, tmp_path):
    """A direction goes on with the camera; its pad gives way; a file stops the camera."""
    start(page)
    click(page, "label[for=model-1]")
    page.js("runs.shown = []")
    until(page, "runs.shown.length >= 2")
    assert not page["pad"].is_displayed() and page["live"].is_displayed()
    assert len(page.js("return runs.shown.at(-1).image")) == SIDE * SIDE
    Image.new("RGB", (SIDE, SIDE), (0, 200, 0)).save(tmp_path / "green.png")
    assert page.translate(tmp_path / "green.png", 1)[0] == "done"
    assert page.js("return track.readyState") == "ended"
    assert page["result"].is_displayed() and page["gallery"].is_displayed()
    assert not page["live"].is_displayed() and page["pad"].is_displayed()


def test_an_insecure_address_has_no_camera(browser, site):
    """Nor a GPU, which is not offered then."""
    assert browser.load(site / "web", host="insecure.test") == ("ready", "Ready.")
    click(browser, "#camera")
    state, text = browser.wait("wrong")
    assert text.startswith("Browsers give the camera only to pages from https:// addresses")
    assert not browser["gpu"].is_displayed()
