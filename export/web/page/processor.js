// Which processor runs the models: the CPU by WebAssembly or, where that is chosen and was found
// right, the GPU by WebGPU.

import { checkInputs, offersGpu, whyNotGpu } from "./gpu.js";

const $ = (id) => document.getElementById(id);

export class Processor {
  /**
   * @param engine an Engine
   * @param model () => the chosen model
   * @param changed called when the GPU begins to run it
   */
  constructor(engine, model, changed) {
    Object.assign(this, { engine, model, changed });
    this.right = new Set(); // files of the models that the GPU was found right with
    $("gpu").addEventListener("change", () => this.offer());
  }

  async start() {
    this.threads = await this.engine.start();
  }

  /** Shows what runs the chosen model; where that is to be the GPU it is checked first. */
  async offer() {
    const model = this.model();
    $("gpu-choice").hidden = !offersGpu(model);
    if ($("gpu").checked && offersGpu(model) && !this.right.has(model.file)) {
      this.say("Checking the GPU…");
      const why = await this.check(model);
      if (why !== undefined) return this.refuse(model, why);
      this.right.add(model.file);
      if ($("gpu").checked && model === this.model()) this.changed();
    }
    this.say();
  }

  check(model) {
    const run = async (accelerator, inputs) =>
      (await this.engine.run(model.file, inputs, accelerator)).outputs.translated;
    return whyNotGpu(run, (number) => checkInputs(model, number));
  }

  refuse(model, why) {
    this.right.delete(model.file);
    $("gpu").checked = false;
    this.say(`The GPU is not used: ${why.replace(/\.$/, "")}.`);
  }

  say(more = "") {
    const cpu = `Runs on the CPU, ${this.threads} thread${this.threads === 1 ? "" : "s"}.`;
    const runs = this.of(this.model()) === "webgpu" ? "Runs on the GPU, by WebGPU." : cpu;
    $("processor").textContent = `${runs} ${more}`.trim();
  }

  /** The LiteRT accelerator that runs a model. */
  of(model) {
    return $("gpu").checked && this.right.has(model.file) ? "webgpu" : "wasm";
  }

  /**
   * Runs a model; on the CPU after all where the GPU fails.
   * @param inputs () => its inputs, made anew at each call as a run takes them away
   */
  async run(model, inputs) {
    if (this.of(model) === "webgpu") {
      try {
        return await this.engine.run(model.file, inputs(), "webgpu");
      } catch (error) {
        this.refuse(model, error.message);
      }
    }
    return this.engine.run(model.file, inputs());
  }
}
