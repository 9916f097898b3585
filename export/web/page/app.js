// The page: loads everything, takes images in, shows and saves their translations.

import { Drawing } from "./drawing.js";
import { Engine } from "./engine.js";
import { fetchModels, fetchSite, totalBytes } from "./models.js";
import { asSeen, decode, fitInside, scale, toImage, toTensor } from "./images.js";
import { Live } from "./live.js";
import { Processor } from "./processor.js";
import { Gallery, styleOf } from "./styles.js";

const $ = (id) => document.getElementById(id);
const NO_WEBASSEMBLY =
  "This browser has no WebAssembly, or it is switched off, and the translation cannot run " +
  "without. Please use a current Chrome, Edge, Firefox or Safari.";
const NO_ENGINE =
  "The translator did not start: its WebAssembly files in litert/wasm are missing on the server, " +
  "or this browser is too old for them.";

let processor;
let models = [];
let image; // {name, at: model => ImageData, drawn: whether on the pad, close}
let turn = 0; // counts what was asked for: only the last answer is shown
let running = false; // one translation at a time, so that none waits behind one nobody wants
let again = false; // whether another was asked for meanwhile
// The last translation: {name, model, first: the gallery's, before, drawn, after: ImageData of each
// style}.
let shown;
const drawing = new Drawing(redraw);
const gallery = new Gallery($("styles"), () => live.on || showChosen());
const live = new Live(gallery, translated, chosenModel, cameraChanged);

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
  const engine = new Engine();
  processor = new Processor(engine, chosenModel, () => live.on || translate());
  const started = processor.start().catch((error) => {
    throw new Error(`${NO_ENGINE} (${error.message})`);
  });
  const fetched = fetchModels(models, (share) => ($("progress").value = share));
  const [bytes] = await Promise.all([fetched, started]);
  await Promise.all(models.map((model, i) => engine.add(model.file, bytes[i])));
  $("controls").disabled = false;
  offer();
  say("ready", "Ready.");
  if (chosenModel().drawing) warmUp(chosenModel());
}

function chosenModel() {
  return models[document.querySelector("input[name=model]:checked").value];
}

/** Shows what a direction offers: a pad, styles. */
function offer() {
  const model = chosenModel();
  drawing.offer(model);
  $("gallery").hidden = !model.style_size;
  gallery.build();
  processor.offer();
}

/** Compiles a model while nobody waits for it; what is wrong with it is said when it is asked. */
function warmUp(model) {
  const blank = new ImageData(model.width, model.height);
  translated(model, blank, 0).catch(() => {});
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
    input.addEventListener("change", () => {
      offer();
      renew();
    });
    $("directions").append(input, label);
  });
}

/** Translates anew, with another model or other styles. */
function renew() {
  if (live.on) live.renew();
  else translate();
}

/** Says what the camera does; once it is off, the image of before comes back. */
async function cameraChanged(state, text) {
  say(state, text);
  if (state === "live" || !shown) return;
  // The gallery held the camera's images, and perhaps another direction was chosen meanwhile.
  if (shown.model === chosenModel() && !shown.model.style_size) return;
  const done = translate();
  const mine = turn;
  await done;
  if (mine === turn) say(state, text);
}

async function open(file) {
  if ($("controls").disabled) return;
  live.stop();
  const mine = ++turn;
  const name = file.name || "image";
  say("translating", `Opening ${name}…`);
  try {
    const bitmap = await decode(file);
    if (mine !== turn) return;
    image?.close();
    image = {
      name,
      at: (model) => scale(bitmap, fitInside(bitmap, model)),
      drawn: false,
      close: () => bitmap.close(),
    };
  } catch {
    if (mine === turn) say("wrong", `${name} is not an image that this browser can read.`);
    return;
  }
  await translate();
}

/** Takes the drawing for the image; with blank paper there is none, or a file's image stays. */
function redraw(blank) {
  if (blank && image && !image.drawn) return;
  image?.close();
  image = blank
    ? undefined
    : { name: "drawing", at: (model) => drawing.pad.image(model), drawn: true, close() {} };
  if (image) return translate();
  turn++;
  $("result").hidden = true;
  $("empty").hidden = false;
  say("ready", "Ready.");
}

/** Translates the image. If that is asked for meanwhile it starts over, once, with the newest. */
async function translate() {
  if (!image) return;
  turn++;
  again = running;
  if (running) return;
  running = true;
  do {
    again = false;
    await translateNow(turn);
  } while (again && image);
  running = false;
}

async function translateNow(mine) {
  const model = chosenModel();
  const { name, drawn } = image;
  say("translating", `Translating ${name}…`);
  try {
    const before = image.at(model);
    const { first } = gallery;
    const now = {
      name, model, first, before, drawn: drawn && model.drawing, after: [], seconds: 0,
    };
    for (const index of model.style_size ? gallery.order : [0]) {
      const { output, seconds } = await translated(model, before, index);
      if (mine !== turn) return;
      now.after[index] = toImage(output, model, before);
      now.seconds += seconds;
      shown = now;
      if (model.style_size) gallery.show(index, now.after[index]);
      if (!model.style_size || index === gallery.index) showChosen();
    }
    $("facts").textContent = `${before.width} × ${before.height} pixels · ${now.seconds.toFixed(2)} s`;
    say("done", `Translated ${name} in ${now.seconds.toFixed(2)} seconds.`);
  } catch (error) {
    if (mine === turn) say("wrong", `The translation failed: ${error.message}`);
  }
}

/** An image's translation, in the style at a place of the gallery: {output, seconds}. */
async function translated(model, image, index) {
  const { outputs, seconds } = await processor.run(model, () => inputsOf(model, image, index));
  return { output: outputs.translated, seconds };
}

/** What a model takes: the image, and where it has styles that of a place in the gallery. */
function inputsOf(model, before, index) {
  const inputs = { image: toTensor(before, model) };
  const size = model.style_size;
  if (size) inputs.style = { data: styleOf(gallery.first + index, size), shape: [1, size] };
  return inputs;
}

/** Shows the last translation, in the style that is chosen. */
function showChosen() {
  const { name, model, first, before, drawn, after } = shown;
  const chosen = after[model.style_size ? gallery.index : 0];
  if (!chosen || first !== gallery.first) return; // it is on its way
  show(asSeen(before, model), chosen, drawn);
  const style = model.style_size ? `_style${gallery.number}` : "";
  $("save").dataset.name = `${name.replace(/\.[^.]*$/, "")}_${model.direction}${style}.png`;
}

/** Shows an image and its translation; a drawing is on the pad already. */
function show(before, after, drawn) {
  for (const [id, image] of [["before", before], ["after", after]]) {
    Object.assign($(id), { width: image.width, height: image.height });
    $(id).getContext("2d").putImageData(image, 0, 0);
  }
  $("compare").style.setProperty("--ratio", before.width / before.height);
  $("result").classList.toggle("drawn", Boolean(drawn));
  $("empty").hidden = true;
  $("result").hidden = false;
  if (!drawn) $("compare").scrollIntoView({ block: "nearest" });
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
$("new-styles").addEventListener("click", () => {
  gallery.next();
  renew();
});
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
