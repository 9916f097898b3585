// The drawing pad with its tools, and when a drawing is translated anew.

import { Pad } from "./pad.js";

const PAUSE = 150; // milliseconds without a move after which an unfinished stroke is translated too
const LINE = 1 / 64; // width of a line at first, in parts of the pad's; two pixels at least
const THICKEST = 1 / 6;
const ERASER = 3; // times as wide as the pen
const KEYS = { down: "The pen is down: arrow keys draw.", up: "The pen is up: arrow keys move it." };
const $ = (id) => document.getElementById(id);

export class Drawing {
  /** @param redraw called when the drawing is to be translated, with whether it is blank */
  constructor(redraw) {
    this.redraw = redraw;
    this.pad = new Pad(
      $("pad"),
      () => this.pen(),
      (ended) => this.changed(ended),
      (state) => ($("pad-state").textContent = KEYS[state]),
    );
    $("undo").addEventListener("click", () => this.pad.undo());
    $("clear").addEventListener("click", () => this.pad.clear());
    for (const id of ["pen-size", "tool-pen", "tool-eraser"]) {
      $(id).addEventListener("input", () => this.pad.showCursor());
    }
    addEventListener("keydown", (event) => {
      const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      const hidden = $("pad").offsetParent === null;
      if (hidden || !asked || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      this.pad.undo();
    });
  }

  /** Shows the pad where a model's images may be drawn, else hides it. */
  offer(model) {
    $("drawing").hidden = !model.drawing;
    $("stage").classList.toggle("with-pad", Boolean(model.drawing));
    $("invitation").textContent = model.drawing
      ? "The translation of your drawing appears here."
      : "Your image and its translation appear here.";
    if (!model.drawing) return;
    if (model.width !== this.width) {
      const [value, max] = [LINE, THICKEST].map((part) => Math.max(2, Math.round(part * model.width)));
      Object.assign($("pen-size"), { min: 1, max, value });
      this.width = model.width;
    }
    $("paper").style.setProperty("--ratio", model.width / model.height);
    this.pad.fit(model);
  }

  /** The tool that is chosen, and the width of its line in pixels of the model. */
  pen() {
    const { value: tool } = document.querySelector("input[name=tool]:checked");
    return { tool, size: Number($("pen-size").value) * (tool === "eraser" ? ERASER : 1) };
  }

  /** Waits for the end of a stroke, or for a pause in it. */
  changed(ended) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.redraw(this.pad.blank), ended ? 0 : PAUSE);
  }
}
