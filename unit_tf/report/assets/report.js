"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const at = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

// Every name reaches the page as text, never as HTML.
function element(kind, text, parent) {
  const made = document.createElement(kind);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function row(table, cells, kind = "td") {
  const line = element("tr", undefined, table);
  for (const cell of cells) {
    const made = element(kind, cell, line);
    if (typeof cell === "number" || /^-?[\d.,]+$/.test(cell)) made.className = "number";
  }
}

function number(value) {
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toPrecision(4);
}

function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

function showHead() {
  document.title = `${facts.name}: training report`;
  at("name").textContent = facts.name;
  const preset = facts.preset ? `preset ${facts.preset}, ` : "";
  at("task").textContent = `${facts.task ? facts.task + "; " : ""}${preset}method ${facts.method}`;
  const share = Math.min(1, facts.step / facts.steps);
  at("done").style.width = `${100 * share}%`;
  at("progress").setAttribute("aria-label", `step ${facts.step} of ${facts.steps}`);
  const left = facts.left && share < 1 ? `, about ${duration(facts.left)} left` : "";
  at("time").textContent = `step ${number(facts.step)} of ${number(facts.steps)}, trained for ` +
    `${duration(facts.seconds)}${left}`;
}

function showHealth() {
  const alarms = facts.health.filter((entry) => entry.alarm);
  const latest = new Map(facts.health.map((entry) => [entry.symptom, entry]));
  at("alarms").hidden = !facts.health.length;
  const told = new Map();
  for (const entry of alarms) if (!told.has(entry.symptom)) told.set(entry.symptom, entry);
  at("health-summary").textContent = told.size
    ? "Something went wrong:" : `No alarm in ${number(latest.size)} kinds of checks.`;
  for (const entry of told.values()) element("li", entry.line, at("alarm-list"));
  row(at("health-table"), ["check", "step", "value", "threshold"], "th");
  for (const entry of latest.values()) {
    const limit = entry.threshold === null ? "" : number(entry.threshold);
    row(at("health-table"), [entry.symptom, number(entry.step), number(entry.value), limit]);
  }
}

function showSamples() {
  const last = facts.samples.length - 1;
  at("samples").hidden = at("compare").hidden = last < 0;
  if (last < 0) return;
  for (const line of document.querySelectorAll(".titles")) {
    for (const title of facts.columns) element("span", title, line);
  }
  const slider = at("step");
  slider.max = last;
  slider.value = last;
  const show = () => {
    const sample = facts.samples[slider.value];
    at("sample").src = sample.url;
    at("sample").alt = `samples after step ${sample.step}: ${facts.columns.join(", ")}`;
    at("step-shown").textContent = number(sample.step);
    slider.setAttribute("aria-valuetext", `step ${sample.step}`);
  };
  slider.addEventListener("input", show);
  show();
  at("compare").hidden = last < 1;
  at("first").src = facts.samples[0].url;
  at("last").src = facts.samples[last].url;
  const split = () => {
    at("first").style.clipPath = `inset(0 ${100 - at("split").value}% 0 0)`;
  };
  at("split").addEventListener("input", split);
  split();
}

function polyline(points) {
  const steps = points.map((p) => p[0]), values = points.map((p) => p[1]);
  const low = Math.min(...values), high = Math.max(...values);
  const width = 300, height = 120, first = steps[0], reach = steps.at(-1) - first || 1;
  const spread = high - low || 1;
  return points.map(([step, value]) =>
    `${(4 + (width - 8) * (step - first) / reach).toFixed(1)},` +
    `${(height - 4 - (height - 8) * (value - low) / spread).toFixed(1)}`).join(" ");
}

function plot(tag, points) {
  const figure = element("figure", undefined, at("plots"));
  const values = points.map((p) => p[1]);
  const range = `${number(Math.min(...values))} to ${number(Math.max(...values))}`;
  element("figcaption", `${tag}: ${number(values.at(-1))} (${range})`, figure);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 300 120");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${tag}, from step ${points[0][0]} to ${points.at(-1)[0]}: ${range}`);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", polyline(points));
  svg.append(line);
  figure.append(svg);
}

function showCurves() {
  const tags = Object.keys(facts.curves);
  at("curves").hidden = !tags.length;
  const families = [...new Set(tags.map((tag) => tag.split("/")[0]))];
  if (families.includes("total")) families.unshift(...families.splice(families.indexOf("total"), 1));
  const choose = at("family");
  for (const family of families) {
    const option = element("option", family, choose);
    option.value = family;
  }
  const show = () => {
    at("plots").replaceChildren();
    for (const tag of tags) {
      if (tag.split("/")[0] === choose.value) plot(tag, facts.curves[tag]);
    }
  };
  choose.addEventListener("input", show);
  if (families.length) show();
}

/** [[name, value]] of all in it, a name with its parents'; lists, such as colours, are no scores. */
function flat(value, name = "") {
  if (Array.isArray(value)) return [];
  if (value === null || typeof value !== "object") return [[name, value]];
  return Object.entries(value).flatMap(([key, more]) => flat(more, name ? `${name}/${key}` : key));
}

function rank(step) {
  const best = facts.best && facts.best.step === step ? "the best" : "";
  const newest = facts.newest === step ? "the newest" : "";
  return [best, newest].filter(Boolean).join(" and ");
}

function showBest() {
  const { best, newest } = facts;
  at("best-note").hidden = newest === null;
  if (newest === null) return;
  const score = best ? `, ${best.name} ${number(best.value)}` : "";
  at("best-note").textContent = `Newest checkpoint: step ${number(newest)}. ` + (best
    ? `Best checkpoint: step ${number(best.step)}${score}; its curves are under "score".`
    : "Which one is the best is not known: --run.score_every=N finds it.");
}

function showScores() {
  const scores = facts.scores;
  at("scores-note").textContent = scores
    ? `By unit-evaluate${scores.step ? ` at step ${number(scores.step)}` : ""}` +
      `${rank(scores.step) ? ` (${rank(scores.step)})` : ""}.`
    : `None yet: unit-evaluate --workdir=${facts.folder}`;
  if (!scores) return;
  const names = Object.keys(scores.directions);
  const columns = names.map((name) => new Map(flat(scores.directions[name])));
  row(at("scores-table"), ["score", ...names], "th");
  for (const score of new Set(columns.flatMap((column) => [...column.keys()]))) {
    row(at("scores-table"), [score, ...columns.map((c) => c.has(score) ? number(c.get(score)) : "")]);
  }
}

function showTeacher() {
  const [titles, ...rows] = facts.beside_teacher;
  at("teacher").hidden = !rows.length;
  if (rows.length) row(at("teacher-table"), titles, "th");
  for (const line of rows) row(at("teacher-table"), line);
}

function showTables() {
  for (const line of facts.data) row(at("data-table"), line);
  if (!facts.settings.length) row(at("settings-table"), ["none"]);
  else row(at("settings-table"), ["setting", "here", facts.preset || "default"], "th");
  for (const line of facts.settings) row(at("settings-table"), line);
}

function quoted(text) {
  return /^[\w@%+=:,.\/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function showCommands() {
  const chosen = facts.best && facts.best.step !== facts.newest ? " --checkpoint=best" : "";
  const workdir = `--workdir=${quoted(facts.folder)}${chosen}`;
  const lines = [`unit-evaluate ${workdir}`];
  for (const direction of facts.directions) {
    lines.push(`unit-translate ${workdir} --direction=${direction} --input=IMAGES --output=OUT`);
  }
  lines.push(`unit-export ${workdir} --output=EXPORT`);
  at("commands").textContent = lines.join("\n");
}

for (const show of [showHead, showHealth, showSamples, showCurves, showBest, showScores, showTeacher,
  showTables, showCommands]) show();
document.body.dataset.state = "ready";
