// What the camera shows, beside its translation, image after image, and how fast that goes.

import { Camera } from "./camera.js";
import { cropped, toImage } from "./images.js";

const WINDOW = 2000; // milliseconds that the shown speed is taken over, at least two images
const REFRESH = 500; // milliseconds between changes of the shown speed
const $ = (id) => document.getElementById(id);

/** The speed of the last translations. */
export class Speed {
  constructor() {
    this.times = []; // [when it was done, milliseconds that it took]
  }

  add(now, took) {
    this.times.push([now, took]);
    while (this.times.length > 2 && now - this.times[0][0] > WINDOW) this.times.shift();
  }

  /** Images a second; NaN of fewer than two. */
  get perSecond() {
    const [first, last] = [this.times[0], this.times.at(-1)];
    return this.times.length < 2 ? NaN : (1000 * (this.times.length - 1)) / (last[0] - first[0]);
  }

  /** Median milliseconds an image. */
  get milliseconds() {
    const sorted = this.times.map(([, took]) => took).sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
  }

  toString() {
    const took = `${Math.round(this.milliseconds)} ms a frame`;
    return this.times.length < 2 ? took : `${this.perSecond.toFixed(1)} fps · ${took}`;
  }
}

export class Live {
  /**
   * @param gallery the styles
   * @param run called with (model, image, place of a style): promise of {output}
   * @param model () => the chosen one
   * @param changed called with (state, text) when the camera starts, stops or fails
   */
  constructor(gallery, run, model, changed) {
    Object.assign(this, { gallery, run, model, changed });
    this.camera = new Camera(
      $("video"),
      (video) => this.translate(video),
      (why, wrong) => this.off(why, wrong),
    );
    $("camera").addEventListener("click", () => this.start());
    $("stop").addEventListener("click", () => this.stop());
    for (const input of document.querySelectorAll("input[name=facing]")) {
      input.addEventListener("change", () => {
        this.camera.facing = input.value;
        this.start();
      });
    }
  }

  get on() {
    return this.camera.on;
  }

  async start() {
    const another = this.on;
    this.changed("live", "Starting the camera…");
    this.renew();
    const { width, height } = this.model();
    try {
      if (!(await this.camera.start(Math.max(width, height)))) return;
    } catch (error) {
      this.off(error.message, true);
      return;
    }
    this.show(true);
    if (!another) $("stop").focus({ preventScroll: true });
    this.changed("live", another ? "The other camera is on." : "The camera is on.");
    $("sides").hidden = !(await this.camera.hasTwoSides());
    $("live").scrollIntoView({ block: "nearest" });
  }

  /** Stops the camera, or its start while the browser still asks whether it may. */
  stop() {
    const { on } = this;
    this.camera.stop();
    if (on) this.off("The camera is off.");
  }

  off(why, wrong = false) {
    const focused = $("live").contains(document.activeElement);
    this.show(false);
    if (focused) $("camera").focus();
    this.changed(wrong ? "wrong" : "ready", why);
  }

  show(on) {
    document.body.classList.toggle("camera", on);
    $("live").hidden = !on;
    if (on) $("live").append($("gallery")); // below the button that stops
    else $("result").querySelector("figcaption").before($("gallery"));
  }

  /** Begins anew, with another model or other styles. */
  renew() {
    const model = this.model();
    this.speed = new Speed();
    this.shown = -Infinity;
    this.waiting = model.style_size ? [...this.gallery.order] : []; // styles not in the gallery yet
    $("speed").textContent = "…";
    $("pair").style.setProperty("--ratio", model.width / model.height);
    $("pair").classList.toggle("grey", model.channels_in === 1);
  }

  /** Translates an image in the chosen style; each of the first is for another in the gallery. */
  async translate(video) {
    const { gallery, speed } = this;
    const [start, model] = [performance.now(), this.model()];
    const index = model.style_size ? (this.waiting.shift() ?? gallery.index) : 0;
    const before = await cropped(video, model);
    const { output } = await this.run(model, before, index);
    if (!this.on || speed !== this.speed) return; // nobody waits for it any more
    const after = toImage(output, model, before);
    if (model.style_size) gallery.show(index, after);
    if (model.style_size && index !== gallery.index) return;
    Object.assign($("translation"), { width: after.width, height: after.height });
    $("translation").getContext("2d").putImageData(after, 0, 0);
    this.count(performance.now(), start);
  }

  count(now, start) {
    this.speed.add(now, now - start);
    $("live").dispatchEvent(new CustomEvent("translated", { detail: { now, took: now - start } }));
    if (now - this.shown < REFRESH) return;
    this.shown = now;
    $("speed").textContent = String(this.speed);
  }
}
