// The page: loads everything, takes images in, shows and saves their translations.

import { Engine } from "./engine.js";
import { fetchModels, fetchSite, totalBytes } from "./models.js";
import { asSeen, decode, fitInside, scale, toImage, toTensor } from "./images.js";

const $ = (id) => document.getElementById(id);
const NO_WEBASSEMBLY =
  "This browser has no WebAssembly, or it is switched off, and the translation cannot run " +
  "without. Please use a current Chrome, Edge, Firefox or Safari.";
const NO_ENGINE =
  "The translator did not start: its WebAssembly files in litert/wasm are missing on the server, " +
  "or this browser is too old for them.";

let engine;
let models = [];
let image; // {bitmap, name}
let turn = 0; // counts what was asked for: only the last answer is shown

/** Sets the line of text, and the state that style.css goes by. */
function say(state, text) {
  document.body.dataset.state = state;
  if (state === "translating") $("progress").removeAttribute("value"); // busy, no telling how long
  $("status").textContent = text;
}

async function load() {
  if (typeof WebAssembly === "undefined") throw new Error(NO_WEBASSEMBLY);
  const site = await fetchSite();
  models = site.models;
  document.title = $("title").textContent = site.title;
  showDirections();
  say("loading", `Loading the translator (${(totalBytes(models) / 1e6).toFixed(1)} MB)…`);
  engine = new Engine();
  const started = engine.start().catch((error) => {
    throw new Error(`${NO_ENGINE} (${error.message})`);
  });
  const fetched = fetchModels(models, (share) => ($("progress").value = share));
  const [bytes] = await Promise.all([fetched, started]);
  await Promise.all(models.map((model, i) => engine.add(model.file, bytes[i])));
  $("controls").disabled = false;
  say("ready", "Ready.");
}

/** A radio button for each model; what tells two of one direction apart stands beside the arrow. */
function showDirections() {
  models.forEach((model, i) => {
    const [from, , to] = model.direction.toUpperCase();
    const twins = models.filter((other) => other.direction === model.direction);
    const size = twins.some((other) => other.width !== model.width || other.height !== model.height);
    const kind = twins.some((other) => other.quantization !== model.quantization);
    const input = Object.assign(document.createElement("input"), {
      type: "radio", name: "model", value: i, checked: i === 0, id: `model-${i}`,
    });
    const label = Object.assign(document.createElement("label"), { htmlFor: input.id });
    label.textContent = [
      `${from} → ${to}`,
      size && `${model.width} × ${model.height}`,
      kind && model.quantization,
    ].filter(Boolean).join(" · ");
    input.addEventListener("change", translate);
    $("directions").append(input, label);
  });
}

async function open(file) {
  if ($("controls").disabled) return;
  const mine = ++turn;
  const name = file.name || "image";
  say("translating", `Opening ${name}…`);
  try {
    const bitmap = await decode(file);
    if (mine !== turn) return;
    image?.bitmap.close();
    image = { bitmap, name };
  } catch {
    if (mine === turn) say("wrong", `${name} is not an image that this browser can read.`);
    return;
  }
  await translate();
}

async function translate() {
  if (!image) return;
  const mine = ++turn;
  const model = models[document.querySelector("input[name=model]:checked").value];
  const { name, bitmap } = image;
  say("translating", `Translating ${name}…`);
  try {
    const before = scale(bitmap, fitInside(bitmap, model));
    const { outputs, seconds } = await engine.run(model.file, { image: toTensor(before, model) });
    if (mine !== turn) return;
    show(asSeen(before, model), toImage(outputs.translated, model, before));
    $("facts").textContent = `${before.width} × ${before.height} pixels · ${seconds.toFixed(2)} s`;
    $("save").dataset.name = `${name.replace(/\.[^.]*$/, "")}_${model.direction}.png`;
    say("done", `Translated ${name} in ${seconds.toFixed(2)} seconds.`);
  } catch (error) {
    if (mine === turn) say("wrong", `The translation failed: ${error.message}`);
  }
}

function show(before, after) {
  for (const [id, image] of [["before", before], ["after", after]]) {
    Object.assign($(id), { width: image.width, height: image.height });
    $(id).getContext("2d").putImageData(image, 0, 0);
  }
  $("compare").style.setProperty("--ratio", before.width / before.height);
  $("empty").hidden = true;
  $("result").hidden = false;
  $("compare").scrollIntoView({ block: "nearest" });
}

function save() {
  $("after").toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = $("save").dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }, "image/png");
}

/** Opens what was dropped or pasted, if it is a file. */
function take(event, transfer) {
  const [file] = transfer?.files ?? [];
  if (!file) return;
  event.preventDefault();
  open(file);
}

for (const id of ["choose", "photograph"]) {
  $(id).addEventListener("change", ({ target }) => {
    if (target.files.length) open(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
}
$("save").addEventListener("click", save);
$("split").addEventListener("input", ({ target }) => {
  $("compare").style.setProperty("--split", `${target.value}%`);
});
addEventListener("paste", (event) => take(event, event.clipboardData));
addEventListener("drop", (event) => {
  document.body.classList.remove("over");
  event.preventDefault(); // or the browser leaves for what was dropped
  take(event, event.dataTransfer);
});
addEventListener("dragover", (event) => {
  document.body.classList.add("over");
  event.preventDefault();
});
addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("over"); // out of the window
});

load().catch((error) => say("failed", error.message));
