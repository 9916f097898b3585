// The drawing pad: strokes of a pen and an eraser by pointer or keyboard. They are kept as lines, so
// that they can be undone and rendered at the pad's size and at the model's.

/** The pen's colour and the paper's. */
const COLOURS = { black_on_white: ["#000", "#fff"], white_on_black: ["#fff", "#000"] };
const SHOWN = 640; // pixels across the pad, at least: lines look smooth on any screen
const STEPS = 32; // of an arrow key across the pad
const FINE = 4; // steps with Shift are so much shorter
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  /**
   * @param canvas shows the drawing, inside an element with the cursor of the keyboard; focusable
   * @param pen () => {tool: "pen" or "eraser", size: the width of a line in pixels of the model}
   * @param changed called with whether a stroke has just ended, else one is under way
   * @param told called with "down" or "up" where the keyboard moved the pen so
   */
  constructor(canvas, pen, changed, told) {
    Object.assign(this, { canvas, pen, changed, told });
    this.strokes = []; // of {tool, size, points}, in parts of the width; tool "clear" has no points
    this.stroke = null; // the one under way
    this.pointer = null; // the pointer that makes it; null where the keyboard does
    this.point = null; // where the keyboard goes on
    this.listen();
  }

  /** For models of a size and a polarity (data.spec.POLARITIES); the drawing stays. */
  fit({ width, height, drawing }) {
    Object.assign(this, { width, height, colours: COLOURS[drawing] });
    const scale = Math.ceil(SHOWN / width);
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    this.point ??= [0.5, height / width / 2];
    this.show();
  }

  /** Whether nothing is drawn. */
  get blank() {
    return this.visible().length === 0;
  }

  /** Whether there is something to undo. */
  get undoable() {
    return this.strokes.length > 0;
  }

  /** The drawing as the model sees it: ImageData of a size. */
  image({ width, height }) {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    this.render(context);
    return context.getImageData(0, 0, width, height);
  }

  undo() {
    if (!this.undoable) return;
    this.lift();
    this.strokes.pop();
    this.show();
    this.changed(true);
  }

  /** Leaves blank paper; that can be undone too. */
  clear() {
    if (this.blank) return;
    this.lift();
    this.strokes.push({ tool: "clear" });
    this.show();
    this.changed(true);
  }

  visible() {
    return this.strokes.slice(this.strokes.findLastIndex(({ tool }) => tool === "clear") + 1);
  }

  show() {
    this.render(this.canvas.getContext("2d"));
    this.showCursor();
  }

  render(context) {
    const { width, height } = context.canvas;
    context.fillStyle = this.colours[1];
    context.fillRect(0, 0, width, height);
    for (const stroke of this.visible()) this.line(context, stroke, stroke.points);
  }

  /** A stroke's line through some of its points. */
  line(context, { tool, size }, points) {
    const scale = context.canvas.width;
    const [ink, paper] = this.colours;
    context.strokeStyle = context.fillStyle = tool === "eraser" ? paper : ink;
    Object.assign(context, { lineWidth: size * scale, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    if (points.length === 1) {
      const [x, y] = points[0];
      context.arc(x * scale, y * scale, (size * scale) / 2, 0, 2 * Math.PI);
      context.fill();
    } else {
      for (const [x, y] of points) context.lineTo(x * scale, y * scale);
      context.stroke();
    }
  }

  begin(point) {
    const { tool, size } = this.pen();
    this.stroke = { tool, size: size / this.width, points: [point] };
    this.strokes.push(this.stroke);
    this.extend();
  }

  /** Goes on to a point, if one is given; shows the newest piece. */
  extend(point) {
    if (point) this.stroke.points.push(point);
    this.line(this.canvas.getContext("2d"), this.stroke, this.stroke.points.slice(-2));
    this.point = this.stroke.points.at(-1);
    this.showCursor();
    this.changed(false);
  }

  /** Ends the stroke under way, if there is one. */
  lift() {
    if (!this.stroke) return;
    if (this.pointer === null) this.told("up");
    this.stroke = this.pointer = null;
    this.showCursor();
    this.changed(true);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      canvas.focus({ preventScroll: true });
      canvas.parentElement.classList.remove("keys"); // its cursor is for the keyboard alone
      canvas.setPointerCapture(event.pointerId);
      this.lift();
      this.pointer = event.pointerId;
      this.begin(this.place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointer) return;
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length ? all : [event]) this.extend(this.place(one));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.pointer) this.lift();
      });
    }
    canvas.addEventListener("keydown", (event) => this.press(event));
    canvas.addEventListener("focus", () => canvas.parentElement.classList.add("keys"));
    canvas.addEventListener("blur", () => {
      if (this.pointer === null) this.lift();
    });
  }

  /** Where an event is, in parts of the pad's width. */
  place({ clientX, clientY }) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / width];
  }

  press(event) {
    const move = MOVES[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || this.pointer !== null) return;
    if (!move && event.key !== " " && event.key !== "Escape") return;
    event.preventDefault(); // or the page scrolls
    this.canvas.parentElement.classList.add("keys");
    if (move) this.step(move, event.shiftKey ? STEPS * FINE : STEPS);
    else if (event.repeat) return; // a key that is held down is pressed once
    else if (this.stroke) this.lift();
    else if (event.key === " ") {
      this.begin(this.point);
      this.told("down");
    }
  }

  step([right, down], steps) {
    const inside = (value, end) => Math.min(end, Math.max(0, value));
    const [x, y] = this.point;
    this.point = [inside(x + right / steps, 1), inside(y + down / steps, this.height / this.width)];
    if (this.stroke) this.extend(this.point);
    else this.showCursor();
  }

  showCursor() {
    const [x, y] = this.point;
    const { style, classList } = this.canvas.parentElement;
    style.setProperty("--x", x);
    style.setProperty("--y", (y * this.width) / this.height);
    style.setProperty("--pen", this.pen().size / this.width);
    classList.toggle("down", Boolean(this.stroke));
  }
}
