"""What the page does once it is loaded. Its server has gone by then: nothing can be fetched."""

import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from unit_tf.export.web.writer import write_web

from unit_tf.data.datasets import open_data
from unit_tf.data.images import decode

SIZE = (96, 128)
# The page and Python round to the same 256 levels from float32s that differ in the last bits.
LEVELS = 2
PASTE = """
const data = new DataTransfer();
data.items.add(new File([Uint8Array.from(arguments[1])], arguments[2], {type: "image/png"}));
dispatchEvent(arguments[0] === "paste"
  ? new ClipboardEvent("paste", {clipboardData: data, cancelable: true})
  : new DragEvent("drop", {dataTransfer: data, cancelable: true}));
"""
DECODE_ALSO = "createImageBitmap(new Blob([Uint8Array.from(arguments[0])])).then(arguments[1])"
SLIDE = """
const split = document.getElementById("split");
split.value = arguments[0];
split.dispatchEvent(new Event("input"));
"""


@pytest.fixture(scope="module")
def site(litert, make_models, tmp_path_factory):
    """OUTPUT with the shipped translator in ``web``, its models, and an image of each domain."""
    from unit_tf.inference import load as load_lib
    from unit_tf.training import workdir

    folder = tmp_path_factory.mktemp("site")
    loaded = load_lib.load(workdir.resolve_workdir("blue_marble"))
    data = open_data(loaded.config.data)
    for domain, images in (("a", data.test_a), ("b", data.test_b)):
        image = Image.fromarray(images[0].load())
        image.resize(SIZE[::-1]).save(folder / f"{domain}.png")
    write_web(folder, make_models(loaded.method, SIZE, folder), litert, "Blue Marble")
    return folder


@pytest.fixture(scope="module")
def page(browser, site):
    assert browser.load(site / "web") == ("ready", "Ready.")
    return browser


@pytest.mark.parametrize("model, direction", [(0, "a2b"), (1, "b2a")])
def test_saved_image_equals_python(page, site, translate_in_python, model, direction):
    path = site / f"{direction[0]}.png"
    state, text = page.translate(path, model)
    assert state == "done" and text.startswith(f"Translated {path.name} in ")
    page["save"].click()
    found = page.saved(f"{path.stem}_{direction}.png")
    image = decode(path, 3)
    np.testing.assert_array_equal(page.canvas("before"), image)
    expected = translate_in_python(site / f"{direction}.tflite", image)
    assert expected.std() > 10
    np.testing.assert_allclose(found.astype(int), expected, atol=LEVELS)


@pytest.mark.parametrize("size, fitted", [((300, 800), (48, 128)), ((40, 20), (96, 48))])
def test_another_size_is_fitted_and_mirrored(
    page, site, translate_in_python, tmp_path, size, fitted
):
    """(height, width), larger and smaller; the model sees the whole image."""
    path = tmp_path / "photo.final.png"
    image = Image.open(site / "a.png").resize(size[::-1])
    image.save(path)
    assert page.translate(path)[0] == "done"
    before, after = page.canvas("before"), page.canvas("after")
    assert before.shape == after.shape == (*fitted, 3)
    assert page["save"].get_attribute("data-name") == "photo.final_a2b.png"
    # Browsers scale as they like, but it must be the image, and smooth.
    scaled = np.asarray(image.resize(fitted[::-1], Image.Resampling.BILINEAR), int)
    assert np.abs(before - scaled).mean() < 3
    border = [(0, SIZE[0] - fitted[0]), (0, SIZE[1] - fitted[1]), (0, 0)]
    mirrored = np.pad(before, border, mode="symmetric")
    expected = translate_in_python(site / "a2b.tflite", mirrored)[: fitted[0], : fitted[1]]
    np.testing.assert_allclose(after.astype(int), expected, atol=LEVELS)


def turned(image, path):
    exif = Image.Exif()
    exif[0x0112] = 6
    image.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=100, subsampling=0)


def with_holes(image, path):
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(path)


def with_a_profile(image, path):
    """One that says the levels are linear in light: heeded, the image would be far brighter."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"gAMA", struct.pack(">I", 100_000))
    image.save(path, pnginfo=chunks)


@pytest.mark.parametrize("write, name, levels", [
    (turned, "turned.jpg", 4), (with_holes, "holes.png", 1), (with_a_profile, "profile.png", 0),
])  # fmt: skip
def test_image_is_read_as_in_training(page, site, tmp_path, write, name, levels):
    write(Image.open(site / "a.png"), tmp_path / name)
    assert page.translate(tmp_path / name)[0] == "done"
    expected = decode(tmp_path / name, 3)
    np.testing.assert_allclose(page.canvas("before").astype(int), expected, atol=levels)


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_dropped_and_pasted(page, site, how):
    name = f"{how}.png"
    page.js(PASTE, how, list((site / "b.png").read_bytes()), name)
    state, text = page.wait("done", "wrong")
    assert state == "done" and name in text
    np.testing.assert_array_equal(page.canvas("before"), decode(site / "b.png", 3))


def test_nothing_is_asked_for_after_loading(page, site):
    """Nor tried: the server has gone, but a request that failed would be counted as well."""
    count = "return performance.getEntriesByType('resource').length"
    before = page.js(count)
    for model in (0, 1):
        page.translate(site / "a.png", model)
    assert page.js(count) == before > 5


def test_the_last_of_two_images_is_shown(page, site, tmp_path):
    """Although the first is so large that it is decoded after the second."""
    Image.new("RGB", (5000, 5000)).save(tmp_path / "large.png")
    for path in (tmp_path / "large.png", site / "b.png"):
        page.js(PASTE, "drop", list(path.read_bytes()), path.name)
    page.driver.execute_async_script(DECODE_ALSO, list((tmp_path / "large.png").read_bytes()))
    state, text = page.wait("done", "wrong")
    assert state == "done" and "b.png" in text
    np.testing.assert_array_equal(page.canvas("before"), decode(site / "b.png", 3))


def test_what_is_no_image_is_said_and_the_page_goes_on(page, site, tmp_path):
    (tmp_path / "notes.png").write_text("not an image")
    said = "notes.png is not an image that this browser can read."
    assert page.translate(tmp_path / "notes.png") == ("wrong", said)
    assert page.translate(site / "a.png")[0] == "done"


def test_keyboard_alone(page, site):
    """Tab reaches everything; arrows turn the direction and move the slider; Enter saves."""
    from selenium.webdriver import ActionChains, Keys

    def press(*keys):
        ActionChains(page.driver).send_keys(*keys).perform()
        return page.js("return document.activeElement.id")

    page.translate(site / "a.png")
    page.js("const title = document.getElementById('title'); title.tabIndex = -1; title.focus()")
    assert press(Keys.TAB) == "model-0"
    assert press(Keys.ARROW_RIGHT) == "model-1"
    assert page.wait("done")[0] == "done"
    assert press(Keys.TAB) == "choose"
    assert press(Keys.TAB) == "camera"
    assert press(Keys.TAB) == "gpu"
    assert press(Keys.TAB) == "split"
    press(Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page.js("return document.getElementById('compare').style.cssText").count("--split: 2%")
    press(Keys.END, Keys.TAB, Keys.ENTER)
    assert page.saved("a_b2a.png").shape == (*SIZE, 3)
    assert page.js("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_slider_uncovers_the_translation(page, site):
    page.translate(site / "a.png")
    for share in (25, 50):
        page.js(SLIDE, share)
        cut = page.js("return getComputedStyle(document.getElementById('after')).clipPath")
        assert cut == f"inset(0px 0px 0px {share}%)"
        divider, compare = page.js(
            "return ['.divider', '#compare'].map("
            "(name) => document.querySelector(name).getBoundingClientRect().toJSON())"
        )
        middle = divider["x"] + divider["width"] / 2 - compare["x"]
        assert middle == pytest.approx(compare["width"] * share / 100, abs=1)


def test_fits_the_screen(page, site, artifacts, screen):
    """Nothing sticks out sideways and a finger hits each control; an image of it is kept."""
    with page.on_screen(screen):
        page.translate(site / "b.png", 1)
        page.js(SLIDE, 50)
        page.driver.save_screenshot(str(artifacts / f"web_{screen.name}.png"))
        assert page.js("return document.documentElement.scrollWidth") == screen.width
        controls = page.driver.find_elements("css selector", ".button, .segments label")
        boxes = {control.text: control.rect for control in controls if control.is_displayed()}
        assert ("Take a photograph" in boxes) == screen.phone and len(boxes) == 5 + screen.phone
        assert all(box["height"] >= 44 and box["x"] >= 0 for box in boxes.values())
        assert all(box["x"] + box["width"] <= screen.width for box in boxes.values())
