"""The page's drawing pad and styles, by pointer, finger and keys; its server has gone by then."""

import numpy as np
import pytest
from unit_tf.export.web.writer import write_web

pytest.importorskip("selenium")
from selenium.webdriver import ActionChains, Keys  # noqa: E402

SIDE, LEVELS = 32, 2
WHITE, BLACK = 192, 64  # what lies between is the edge of a line
STYLE = (
    "import('./styles.js').then((m) => arguments[2]([...m.styleOf(arguments[0], arguments[1])]))"
)
# How many runs the worker is asked for, and how many of them it has at a time at most.
COUNT_RUNS = """
window.runs = {asked: 0, most: 0};
const post = Worker.prototype.postMessage, open = new Set();
Worker.prototype.postMessage = function (message, transfer) {
  if (!this.counted) {
    const answer = this.onmessage;
    // A run that takes 50 ms, however fast the machine and the network.
    this.onmessage = (event) => setTimeout(() => {
      open.delete(event.data.call);
      answer(event);
    }, 50);
    this.counted = true;
  }
  if (message.what === "run") {
    runs.most = Math.max(runs.most, open.add(message.call).size);
    runs.asked++;
  }
  return post.call(this, message, transfer);
};
"""
SCRIBBLE = """
const [strokes, done] = arguments, pad = document.getElementById("pad");
const press = (key) => pad.dispatchEvent(new KeyboardEvent("keydown", {key, cancelable: true}));
(async () => {
  for (let i = 0; i < strokes; i++) {
    for (const key of [" ", "ArrowRight", "ArrowDown", " "]) press(key);
    await new Promise((next) => setTimeout(next, 3));
  }
  done();
})();
"""
# Milliseconds from a pointer's release to the end of the last translation.
TIME_REDRAWS = """
window.redraw = null;
let start;
addEventListener("pointerup", () => (start = performance.now()), true);
new MutationObserver(() => {
  if (document.body.dataset.state === "done") window.redraw = performance.now() - start;
}).observe(document.body, {attributeFilter: ["data-state"]});
"""

NEW_STYLES_AND_ANOTHER = """
document.getElementById("new-styles").click();
document.querySelector("label[for=style-1]").click();
return document.getElementById("save").dataset.name;
"""


@pytest.fixture(scope="module")
def site(litert, make_models, translator, tmp_path_factory):
    """OUTPUT with a tiny munit in ``web``, whose B is drawn."""
    folder = tmp_path_factory.mktemp("styled")
    models = make_models(translator("munit"), (SIDE, SIDE), folder, {"b": "black_on_white"})
    write_web(folder, models, litert, "Sketches")
    return folder


@pytest.fixture(scope="module")
def page(browser, site):
    """The page of the tiny munit; no test of it may leave an error in the browser's log."""
    assert browser.load(site / "web") == ("ready", "Ready.")
    browser.driver.get_log("browser")
    yield browser
    errors = [e for e in browser.driver.get_log("browser") if e["level"] == "SEVERE"]
    # What LiteRT says of itself goes the same way.
    assert [e for e in errors if "/litert/wasm/" not in e["message"]] == []


@pytest.fixture
def pad(page, make_pad):
    """Blank paper in the direction that has a pad."""
    page.js("document.querySelector('label[for=model-1]').click()")
    page.js("document.querySelector('label[for=tool-pen]').click()")
    page.js("document.getElementById('clear').click()")
    page.wait("ready")
    return make_pad(page)


def style_of(page, number):
    found = page.driver.execute_async_script(STYLE, number, 3)
    return np.array([found], np.float32)


def test_a_stroke_is_translated_in_four_styles(pad, page, site, translate_in_python):
    """As LiteRT for Python translates what the model is said to see."""
    assert not page["result"].is_displayed() and page["empty"].is_displayed()
    assert "of your drawing" in page["invitation"].text
    assert pad.stroke((8, 16), (24, 16)) == "done"
    seen = pad.seen()
    assert seen.shape == (SIDE, SIDE) and (seen[15:17, 8:24] < BLACK).all()
    assert (np.delete(seen, slice(13, 19), 0) > WHITE).all() and (seen[:, :6] > WHITE).all()
    shown = page.canvas("pad")
    assert shown.shape == (640, 640, 3) and (shown[310:330, 170:470] < BLACK).all()
    translations = [page.canvas(f"label[for=style-{i}] canvas").astype(int) for i in range(4)]
    for i, found in enumerate(translations):
        style = style_of(page, i + 1)
        expected = translate_in_python(site / "b2a.tflite", seen[..., None], style=style)
        np.testing.assert_allclose(found, expected, atol=LEVELS)
        assert all(np.abs(found - other).mean() > 1 for other in translations[:i])
    np.testing.assert_array_equal(page.canvas("after"), translations[0])
    assert page["facts"].text.startswith("32 × 32 pixels")


def test_undo_eraser_and_clear(pad, page):
    pad.stroke((8, 8), (24, 8))
    one = pad.seen()
    pad.stroke((8, 24), (24, 24))
    two = pad.seen()
    assert (two[23:25, 8:24] < BLACK).all() and (two[:16] == one[:16]).all()
    page.js("document.querySelector('label[for=tool-eraser]').click()")
    pad.stroke((16, 4), (16, 28))
    erased = pad.seen()
    assert (erased[:, 14:18] > WHITE).all() and (erased[7:9, 8:11] < BLACK).all()
    assert pad.click("clear") == "ready"
    assert not page["result"].is_displayed() and (page.canvas("pad") > WHITE).all()
    for expected in (erased, two, one):
        assert pad.click("undo") == "done"
        np.testing.assert_array_equal(pad.seen(), expected)
    assert pad.click("undo") == "ready" and not page["result"].is_displayed()


def test_a_finger_draws_and_the_page_stays(pad, page):
    page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        before = page.js("return scrollY")
        pad.stroke((16, 4), (16, 28), kind="touch")
        assert (pad.seen()[4:28, 15:17] < BLACK).all() and page.js("return scrollY") == before
    finally:
        page.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_a_dot(pad):
    pad.stroke((16, 16))
    dark = np.argwhere(pad.seen() < 128)
    assert 1 <= len(dark) <= 9 and np.abs(dark - 15.5).max() <= 1.5


def test_keys_alone(pad, page):
    """Tab gets to the pad; Space, arrows and Ctrl+Z do the rest, and what they do is said."""
    page.js("document.getElementById('gpu').focus()")
    pad.press(Keys.TAB)
    assert page.js("return document.activeElement.id") == "pad"
    assert page.js("return document.activeElement.getAttribute('aria-describedby')") == "pad-help"
    cursor = page.driver.find_element("css selector", ".cursor")
    assert cursor.is_displayed()
    scrolled, start = page.js("return scrollY"), page.js("return document.body.dataset.state")
    pad.press(*[Keys.ARROW_UP] * 8, *[Keys.ARROW_LEFT] * 8)
    assert page.js("return document.body.dataset.state") == start  # nothing is drawn yet
    pad.press(" ", *[Keys.ARROW_RIGHT] * 10)
    assert page["pad-state"].get_attribute("textContent").startswith("The pen is down")
    pad.press(" ", *[Keys.ARROW_DOWN] * 5)
    assert page["pad-state"].get_attribute("textContent").startswith("The pen is up")
    assert page.wait("done")[0] == "done"
    line = np.argwhere(pad.seen() < 128)
    assert line[:, 0].min() >= 6 and line[:, 0].max() <= 9  # a row, as the pen was lifted
    assert line[:, 1].min() <= 8 and line[:, 1].max() in (16, 17, 18, 19)
    assert page.js("return scrollY") == scrolled
    middle = cursor.rect["y"] + cursor.rect["height"] / 2 - page["pad"].rect["y"]
    assert middle == pytest.approx(page["pad"].rect["height"] * 13 / 32, abs=2)
    pad.press(" ", Keys.ARROW_LEFT, Keys.ESCAPE)
    assert page["pad-state"].get_attribute("textContent").startswith("The pen is up")
    for state in ("done", "ready"):
        ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("z").key_up(
            Keys.CONTROL
        ).perform()
        page.wait(state)
    assert not page["result"].is_displayed()


def test_every_control_has_a_name(pad, page):
    """As assistive technology computes it."""
    pad.stroke((8, 16), (24, 16))
    names = {
        name: page[name].accessible_name
        for name in ("pad", "pen-size", "undo", "clear", "tool-pen", "tool-eraser", "new-styles",
                     "style-0", "style-3")
    }  # fmt: skip
    assert names == {
        "pad": "Drawing pad", "pen-size": "Size", "undo": "Undo", "clear": "Clear",
        "tool-pen": "Pen", "tool-eraser": "Eraser", "new-styles": "New styles",
        "style-0": "Style 1", "style-3": "Style 4",
    }  # fmt: skip


def test_styles_are_chosen_saved_and_renewed(pad, page):
    """By number, so that the fifth is the same one tomorrow."""
    pad.stroke((8, 16), (24, 16))
    page.js("document.querySelector('label[for=style-2]').click()")
    third = page.canvas("label[for=style-2] canvas")
    np.testing.assert_array_equal(page.canvas("after"), third)
    page["save"].click()
    np.testing.assert_array_equal(page.saved("drawing_b2a_style3.png"), third)
    assert pad.click("new-styles") == "done"
    labels = page.driver.find_elements("css selector", "#styles label")
    assert [label.text for label in labels] == [f"Style {n}" for n in range(5, 9)]
    assert page["save"].get_attribute("data-name") == "drawing_b2a_style7.png"
    assert np.abs(page.canvas("after").astype(int) - third).mean() > 1
    styles = np.concatenate([style_of(page, n) for n in range(1, 400)])
    assert np.abs(styles.mean(0)).max() < 0.2 and np.abs(styles.std(0) - 1).max() < 0.15


def test_a_style_that_is_on_its_way_has_neither_image_nor_name(pad, page):
    """Chosen at once behind "New styles": what is saved is still the image that is shown."""
    pad.stroke((8, 16), (24, 16))
    name = page["save"].get_attribute("data-name")
    page.js("document.body.dataset.state = 'clicked'")
    assert page.js(NEW_STYLES_AND_ANOTHER) == name
    assert pad.settled() == "done"
    label = page.driver.find_elements("css selector", "#styles label")[1].text
    expected = f"drawing_b2a_{label.lower().replace(' ', '')}.png"
    assert page["save"].get_attribute("data-name") == expected != name


def test_strokes_that_nobody_waits_for_are_not_translated(pad, page):
    """One run at a time, and of forty strokes in a row a few; the last drawing is shown."""
    page.js(COUNT_RUNS)
    page.driver.execute_async_script(SCRIBBLE, 40)
    page.wait("done")
    runs = page.js("return runs")
    assert runs["most"] == 1 and 4 <= runs["asked"] <= 80
    ink = (page.canvas("pad")[..., 0] < 128).mean()
    assert (pad.seen() < 128).mean() == pytest.approx(ink, abs=0.02)


def test_a_redraw_is_soon_there(pad, page):
    """Loosely, as other tests run beside this one."""
    page.js(TIME_REDRAWS)
    pad.stroke((8, 16), (24, 16))
    assert 0 < page.js("return window.redraw") < 3000


def test_an_image_instead_of_a_drawing_and_back(pad, page, tmp_path):
    """The direction without a pad shows what is drawn as an image, with the slider."""
    from PIL import Image

    pad.stroke((8, 16), (24, 16))
    drawing = pad.seen()
    assert not pad.has_slider()
    Image.new("RGB", (SIDE, SIDE), (0, 200, 0)).save(tmp_path / "green.png")
    assert page.translate(tmp_path / "green.png", 1)[0] == "done"
    assert pad.has_slider() and (pad.seen() == 117).all()
    pad.stroke((16, 8), (16, 24))
    assert not pad.has_slider() and (pad.seen()[8:24, 15:17] < BLACK).all()
    pad.click("undo")
    np.testing.assert_array_equal(pad.seen(), drawing)
    page.js("document.body.dataset.state = 'clicked'")
    page.js("document.querySelector('label[for=model-0]').click()")
    assert page.wait("done", "wrong")[0] == "done"
    assert not page["drawing"].is_displayed() and pad.has_slider()
    np.testing.assert_array_equal(pad.seen(), drawing)


def test_clearing_the_pad_leaves_the_image_of_a_file(pad, page, tmp_path):
    from PIL import Image

    pad.stroke((8, 16), (24, 16))
    Image.new("RGB", (SIDE, SIDE), (0, 200, 0)).save(tmp_path / "green.png")
    assert page.translate(tmp_path / "green.png", 1)[0] == "done"
    page.js("document.getElementById('clear').click()")
    page.driver.execute_async_script("setTimeout(arguments[0], 50)")  # the pad waits for 0 ms
    assert (page.canvas("pad") > WHITE).all()
    assert pad.has_slider() and (pad.seen() == 117).all()
    pad.stroke((16, 8), (16, 24))
    assert not pad.has_slider() and (pad.seen()[8:24, 15:17] < BLACK).all()


def test_fits_the_screen(pad, page, artifacts, screen):
    """Nothing sticks out sideways and a finger hits each control; an image of it is kept."""
    with page.on_screen(screen):
        page.js("document.getElementById('pad').scrollIntoView()")
        pad.stroke((8, 8), (24, 8), (16, 24), (8, 8))
        page.driver.save_screenshot(str(artifacts / f"web_drawing_{screen.name}.png"))
        assert page.js("return document.documentElement.scrollWidth") == screen.width
        selector = ".button, .segments label, #pen-size, #pad"
        boxes = [c.rect for c in page.driver.find_elements("css selector", selector)
                 if c.is_displayed()]  # fmt: skip
        assert len(boxes) == 16 + screen.phone
        assert all(box["height"] >= 44 and box["x"] >= 0 for box in boxes)
        assert all(box["x"] + box["width"] <= screen.width for box in boxes)
        sides = page["pad"].rect, page["compare"].rect
        assert all(box["width"] == pytest.approx(box["height"], abs=1) for box in sides)


def test_white_on_black_without_styles(
    browser, litert, make_models, make_pad, translator, translate_in_python, tmp_path
):
    """A page whose first direction has the pad; the pen and the paper are the other way round."""
    models = make_models(translator("table3"), (SIDE, SIDE), tmp_path, {"b": "white_on_black"})
    assert browser.load(write_web(tmp_path, models[1:], litert, "Digits")) == ("ready", "Ready.")
    assert (browser.canvas("pad") == 0).all() and not browser["gallery"].is_displayed()
    pad = make_pad(browser)
    pad.stroke((8, 16), (24, 16))
    seen = pad.seen()
    assert (seen[15:17, 8:24] > WHITE).all() and (seen[:12] < BLACK).all()
    expected = translate_in_python(tmp_path / "b2a.tflite", seen[..., None])
    np.testing.assert_allclose(browser.canvas("after").astype(int), expected, atol=LEVELS)
    assert browser["save"].get_attribute("data-name") == "drawing_b2a.png"
