"""How the page starts, and what it says where it cannot."""

import shutil

import numpy as np
import pytest
from PIL import Image
from unit_tf.export.web.writer import WebModel, write_web

from unit_tf.data.images import decode

DIRECTIONS = ("a2b", "b2a")


@pytest.fixture
def web(litert, tmp_path):
    """OUTPUT/web with models that load, but are none: nobody translates with them."""
    model = tmp_path / "model.tflite"
    model.write_bytes(bytes(2000))
    models = [WebModel(direction, model, (32, 32), 3, 3, "float32") for direction in DIRECTIONS]
    return write_web(tmp_path, models, litert, "Sham")


def test_a_page_of_one_direction(browser, litert, tmp_path):
    model = tmp_path / "model.tflite"
    model.write_bytes(bytes(2000))
    models = [WebModel("b2a", model, (32, 32), 3, 3, "int8", gpu=False)]
    assert browser.load(write_web(tmp_path, models, litert, "One way")) == ("ready", "Ready.")
    assert not browser["gpu"].is_displayed()
    choices = browser.driver.find_elements("css selector", "#directions label")
    assert [choice.text for choice in choices] == ["B → A"]
    assert browser.js("return document.getElementById('model-0').checked")


def test_grey_is_luma_and_shown_as_grey(
    browser, litert, make_models, translate_in_python, tiny, images, tmp_path
):
    """Between three channels and one, in both directions; the title is text, not markup."""
    web = write_web(tmp_path, make_models(tiny, (32, 32), tmp_path), litert, "<Tiny>")
    assert browser.load(web) == ("ready", "Ready.")
    assert browser["title"].text == browser.driver.title == "<Tiny>"
    path = web.parent / "photo.png"
    Image.fromarray(images[0][:32, :32]).save(path)
    for model, direction, channels in ((0, "a2b", 3), (1, "b2a", 1)):
        assert browser.translate(path, model)[0] == "done"
        seen = decode(path, channels)
        np.testing.assert_array_equal(browser.canvas("before"), np.broadcast_to(seen, (32, 32, 3)))
        expected = translate_in_python(web.parent / f"{direction}.tflite", seen)
        assert expected.std() > 1
        np.testing.assert_allclose(browser.canvas("after").astype(int), expected, atol=2)


def without_a_model(web):
    (web / "models/b2a_32x32_float32.tflite").unlink()


def with_half_a_model(web):
    path = web / "models/a2b_32x32_float32.tflite"
    path.write_bytes(path.read_bytes()[:1000])


def without_wasm(web):
    shutil.rmtree(web / "litert/wasm")


def without_wasm_binaries(web):
    for path in (web / "litert/wasm").glob("*.wasm"):
        path.unlink()


def without_the_list(web):
    (web / "models.json").unlink()


def without_a_module(web):
    (web / "models.js").unlink()


def without_the_worker(web):
    (web / "worker.js").unlink()


@pytest.mark.parametrize("harm, said", [
    (without_a_model, "models/b2a_32x32_float32.tflite is missing on the server (404)."),
    (with_half_a_model, "a2b_32x32_float32.tflite on the server has 1000 bytes where "),
    (without_wasm, "WebAssembly files in litert/wasm are missing on the server"),
    (without_wasm_binaries, "WebAssembly files in litert/wasm are missing on the server"),
    (without_the_list, "models.json is missing on the server (404)."),
    (without_a_module, "A part of this page is missing on the server."),
    (without_the_worker, "worker.js is missing on the server."),
])  # fmt: skip
def test_a_missing_part_is_named(browser, web, harm, said):
    harm(web)
    state, text = browser.load(web)
    assert state == "failed" and said in text, text
    assert not browser["choose"].is_enabled()


def test_a_model_that_does_not_run_is_said(browser, web):
    Image.new("RGB", (32, 32)).save(web.parent / "photo.png")
    assert browser.load(web) == ("ready", "Ready.")
    state, text = browser.translate(web.parent / "photo.png")
    assert state == "wrong" and text.startswith("The translation failed: ")


def test_no_webassembly(browser, web):
    send = browser.driver.execute_cdp_cmd
    script = {"source": "delete globalThis.WebAssembly"}
    added = send("Page.addScriptToEvaluateOnNewDocument", script)
    try:
        state, text = browser.load(web)
    finally:
        send("Page.removeScriptToEvaluateOnNewDocument", added)
    assert state == "failed" and "no WebAssembly" in text


def test_opened_as_a_file(browser, web):
    browser.driver.get(f"file://{web}/index.html")
    state, text = browser.wait("ready", "failed")
    assert state == "failed" and "python3 -m http.server" in text
