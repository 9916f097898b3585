"""What the page runs its models on: threads, and a GPU that is right, wrong or absent."""

import re
import shutil

import numpy as np
import pytest
from PIL import Image
from unit_tf.export.web.writer import write_web

SIDE, LEVELS = 32, 2
GPU = "The GPU is not used: "
# whyNotGpu on sham runs: (what each answers or throws, in order) => why, and what was run.
CHECK = """
const [answers, done] = arguments, asked = [];
const run = async (accelerator, inputs) => {
  asked.push([accelerator, inputs]);
  const answer = answers.shift();
  if (typeof answer === "string") throw new Error(answer);
  return Float32Array.from(answer, (value) => value ?? NaN);
};
import("./gpu.js")
  .then(({whyNotGpu}) => whyNotGpu(run, (number) => number))
  .then((why) => done([why ?? null, asked]));
"""
# A GPU in name: the worker is asked for the CPU instead, and what comes of it may be spoilt.
SHAM = """
window.gpu = {runs: 0, spoil: () => {}};
const post = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (message, transfer) {
  if (message.details.accelerator === "webgpu") {
    message.details.accelerator = "wasm";
    const number = ++gpu.runs, {onmessage} = this;
    this.onmessage = (event) => {
      if (event.data.call === message.call) gpu.spoil(event.data, number);
      onmessage.call(this, event);
    };
  }
  return post.call(this, message, transfer);
};
"""
WRONG_SECOND = "gpu.spoil = ({value}, n) => { if (n === 2) value.outputs.translated.fill(0.9) }"
LOST = "gpu.spoil = (data) => { data.error = 'A device was lost.' }"
# GPUs that do not answer: one that is never found, and one that never runs a model.
NEVER = "() => new Promise(() => {})"
NOT_FOUND = f"GPU.prototype.requestAdapter = {NEVER};"
NOT_RUNNING = f"""
import * as real from "./real.js";
export * from "./real.js";
export const getWebGpuDevice = () => ({{}});
export const loadAndCompile = async (model, options) =>
  options.accelerator === "wasm"
    ? real.loadAndCompile(model, options)
    : {{ options, isFullyAccelerated: true, run: {NEVER} }};
"""
CORES = "Object.defineProperty(navigator, 'hardwareConcurrency', {value: 2})"


@pytest.fixture(scope="module")
def site(litert, make_models, translator, tmp_path_factory):
    """OUTPUT with a tiny munit in ``web``, and an image."""
    folder = tmp_path_factory.mktemp("processor")
    write_web(folder, make_models(translator("munit"), (SIDE, SIDE), folder), litert, "Fast")
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "noise.png")
    return folder


@pytest.fixture(scope="module")
def page(browser, site):
    """The page, with a sham GPU."""
    assert browser.load(site / "web") == ("ready", "Ready.")
    browser.js(SHAM)
    return browser


def check_gpu(page):
    """Ticks the box; gives what the page says once the check is done."""
    page["gpu"].click()
    script = (
        "const wait = () => /Checking/.test(arguments[0].textContent)"
        " ? setTimeout(wait, 10) : arguments[1](arguments[0].textContent); wait()"
    )
    return page.driver.execute_async_script(script, page["processor"])


def first_style(page):
    """The style that the page translates in at first, [1, 3]."""
    script = "import('./styles.js').then((m) => arguments[0]([...m.styleOf(1, 3)]))"
    return np.array([page.driver.execute_async_script(script)], np.float32)


@pytest.mark.parametrize(("answers", "why"), [
    ([[9, 9], [0.5, 0.25], [0.5, 0.251]], None),  # the first is not looked at
    ([[0.5, 0.25], [0.6, 0.25], [0.5, 0.25]],
     "it differs from the CPU by 18.0 of 255 levels, more than 2"),
    ([[0.5, 0.25], [None, 0.25], [0.5, 0.25]], "what it computes is not a number"),
    ([[0.5, 0.25], [0.5], [0.5, 0.25]], "what it computes is not a number"),
    ([[0.5, 0.25], "no memory"], "no memory"),
])  # fmt: skip
def test_second_run_is_compared_with_the_cpu(page, answers, why):
    """On another input than the first: an answer that is still the first run's is wrong."""
    found, asked = page.driver.execute_async_script(CHECK, answers)
    assert found == why
    assert asked == [["webgpu", 0], ["webgpu", 1], ["wasm", 1]][: len(answers)]


def test_inputs_of_the_check_tell_runs_apart(page, site, translate_in_python):
    """They differ, and so do their translations, by far more than the tolerance."""
    script = (
        "import('./gpu.js').then(({checkInputs}) => arguments[1]([0, 1].map((number) =>"
        " [...checkInputs(arguments[0], number).image.data])))"
    )
    model = {"width": SIDE, "height": SIDE, "channels_in": 3, "style_size": 0}
    found = page.driver.execute_async_script(script, model)
    images = np.rint(np.reshape(found, (2, SIDE, SIDE, 3)) * 255).astype(np.uint8)
    np.testing.assert_array_equal(images[0], images[1, ::-1, ::-1])
    style = np.zeros((1, 3), np.float32)
    one, other = (
        translate_in_python(site / "a2b.tflite", image, style=style).astype(int) for image in images
    )
    assert np.sqrt(np.mean((one - other) ** 2)) > 4


def test_a_right_gpu_is_used_until_it_fails(page, site):
    """Then the CPU translates the same image, and the page says why."""
    assert check_gpu(page) == "Runs on the GPU, by WebGPU."
    page.js("gpu.runs = 0")
    assert page.translate(site / "noise.png")[0] == "done"
    assert page.js("return gpu.runs") == 4  # one a style
    right = page.canvas("after")
    page.js(LOST)
    assert page.translate(site / "noise.png")[0] == "done"
    assert page["processor"].text == f"Runs on the CPU, 1 thread. {GPU}A device was lost."
    assert not page["gpu"].is_selected()
    np.testing.assert_array_equal(page.canvas("after"), right)


def test_a_gpu_that_is_wrong_in_the_second_run_is_not_used(page, site):
    page.js(f"gpu.runs = 0; {WRONG_SECOND}")
    text = check_gpu(page)
    assert text.startswith(f"Runs on the CPU, 1 thread. {GPU}it differs from the CPU by ")
    assert not page["gpu"].is_selected()
    page.js("gpu.runs = 0")
    assert page.translate(site / "noise.png")[0] == "done"
    assert page.js("return gpu.runs") == 0


def test_threads_and_no_gpu(browser, site, translate_in_python):
    """Where the server isolates the page; the translation is the same."""
    send = browser.driver.execute_cdp_cmd
    added = send("Page.addScriptToEvaluateOnNewDocument", {"source": CORES})
    try:
        assert browser.load(site / "web", isolated=True) == ("ready", "Ready.")
    finally:
        send("Page.removeScriptToEvaluateOnNewDocument", added)
    assert browser.js("return crossOriginIsolated")
    assert browser["processor"].text == "Runs on the CPU, 2 threads."
    assert browser.translate(site / "noise.png")[0] == "done"
    image = np.asarray(Image.open(site / "noise.png"))
    expected = translate_in_python(site / "a2b.tflite", image, style=first_style(browser))
    assert expected.std() > 1
    np.testing.assert_allclose(browser.canvas("after").astype(int), expected, atol=LEVELS)
    refused = f"Runs on the CPU, 2 threads. {GPU}the browser gives this page none."
    assert check_gpu(browser) == refused


def never_found(web):
    (web / "worker.js").write_text(NOT_FOUND + (web / "worker.js").read_text())


def never_running(web):
    (web / "litert/core.js").rename(web / "litert/real.js")
    (web / "litert/core.js").write_text(NOT_RUNNING)


@pytest.mark.parametrize("harm", [never_found, never_running])
def test_a_gpu_that_never_answers_is_waited_for_so_long_and_no_longer(
    browser, site, tmp_path, harm
):
    """Then the CPU translates; and where it is tried again it is so again."""
    web = shutil.copytree(site / "web", tmp_path / "web")
    script = re.sub(r"(_WITHIN) = \d+;", r"\1 = 0.2;", (web / "worker.js").read_text())
    (web / "worker.js").write_text(script)
    harm(web)
    assert browser.load(web) == ("ready", "Ready.")
    for _ in range(2):
        refused = f"Runs on the CPU, 1 thread. {GPU}it did not answer within 0.2 seconds."
        assert check_gpu(browser) == refused
        assert browser.translate(site / "noise.png")[0] == "done"


@pytest.mark.slow
def test_webgpu_itself(browser_with_gpu, site, translate_in_python):
    """On a GPU that Chromium computes on the CPU."""
    page = browser_with_gpu
    assert page.load(site / "web") == ("ready", "Ready.")
    assert check_gpu(page) == "Runs on the GPU, by WebGPU."
    assert page.translate(site / "noise.png")[0] == "done"
    found = page.canvas("after").astype(int)
    assert page["processor"].text == "Runs on the GPU, by WebGPU."
    expected = translate_in_python(
        site / "a2b.tflite", np.asarray(Image.open(site / "noise.png")), style=first_style(page)
    )
    np.testing.assert_allclose(found, expected, atol=LEVELS)
