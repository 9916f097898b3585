// The page's end of worker.js, where the models run: the page stays responsive meanwhile.

const MOST_THREADS = 8;
const NO_WORKER = globalThis.crossOriginIsolated
  ? "worker.js is missing on the server, or comes without the header Cross-Origin-Embedder-Policy."
  : "worker.js is missing on the server.";

export class Engine {
  constructor() {
    this.waiting = new Map();
    this.calls = 0;
    this.worker = new Worker(new URL("worker.js", import.meta.url));
    this.worker.onmessage = ({ data: { call, value, error } }) => {
      const { resolve, reject } = this.waiting.get(call);
      this.waiting.delete(call);
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    };
    // The script itself did not load, or does not run in this browser.
    this.worker.onerror = ({ message }) => {
      for (const { reject } of this.waiting.values()) {
        reject(new Error(message || NO_WORKER));
      }
    };
  }

  /** Starts LiteRT.js, which fetches its WebAssembly: how many threads it uses. */
  start() {
    // Browsers let threads share memory only where the server isolates the page from other sites.
    const threads = crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1;
    return this.ask("start", { threads });
  }

  /** Hands over a model's bytes (a Uint8Array, which is empty afterwards). */
  add(model, bytes) {
    return this.ask("add", { model, bytes }, [bytes.buffer]);
  }

  /**
   * Runs a model, which is made ready when it is first needed.
   * @param model its file
   * @param inputs {name: {data: Float32Array, shape}}; the arrays are empty afterwards
   * @param accelerator "wasm" or "webgpu"
   * @returns {outputs: {name: Float32Array}, seconds: of the run alone}
   */
  run(model, inputs, accelerator = "wasm") {
    const buffers = Object.values(inputs).map((input) => input.data.buffer);
    return this.ask("run", { model, inputs, accelerator }, buffers);
  }

  ask(what, details = {}, transfer = []) {
    const call = this.calls++;
    return new Promise((resolve, reject) => {
      this.waiting.set(call, { resolve, reject });
      this.worker.postMessage({ call, what, details }, transfer);
    });
  }
}
