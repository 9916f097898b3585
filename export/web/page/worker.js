// LiteRT.js in a thread of its own. A classic worker: LiteRT.js loads its WebAssembly by
// importScripts, which module workers lack.
"use strict";

const LITERT = new URL("litert/", self.location.href).href;
const THREADED = `${LITERT}wasm/litert_wasm_threaded_internal.js`;
// Seconds that a GPU may take to be found, and to make a model ready and run it.
const FOUND_WITHIN = 10;
const RUN_WITHIN = 30;
const added = new Map(); // file -> its bytes, as long as it may be compiled (once more)
const compiled = new Map(); // accelerator/file -> promise of a compiled model
let litert;
let numThreads;
let whyNoGpu = "the browser gives this page none";
let last = Promise.resolve(); // the answer before: one at a time, also where one waits for the GPU

const answers = {
  /** Starts with that many threads, or with one where the browser cannot; answers how many. */
  async start({ threads }) {
    litert = await import(`${LITERT}core.js`);
    limitGpu();
    const several = threads > 1 && (await loadLiteRt(threads).catch(() => false));
    if (!several) await loadLiteRt(1);
    numThreads = several ? threads : 1;
    return numThreads;
  },

  add({ model, bytes }) {
    added.set(model, bytes);
  },

  run(details) {
    const done = run(details);
    return details.accelerator === "webgpu" ? within(RUN_WITHIN, done) : done;
  },
};

async function run({ model, inputs, accelerator }) {
  const ready = await compile(model, accelerator);
  const tensors = mapValues(inputs, ({ data, shape }) => new litert.Tensor(data, shape));
  const made = Object.values(tensors);
  try {
    const start = performance.now();
    const results = await ready.run(tensors);
    made.push(...Object.values(results));
    const outputs = {};
    for (const [name, result] of Object.entries(results)) outputs[name] = await result.data();
    return { outputs, seconds: (performance.now() - start) / 1000 };
  } finally {
    // They lie in WebAssembly's memory, where nothing is collected.
    for (const tensor of made) tensor.delete();
  }
}

/** What a promise gives; an error where that takes longer, for some GPUs never answer. */
function within(seconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Error(`it did not answer within ${seconds} seconds`);
    timer = setTimeout(() => reject(error), 1000 * seconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Limits how long LiteRT.js waits for the GPU as it starts; it goes on without one then. */
function limitGpu() {
  const questions = [[self.GPU, "requestAdapter"], [self.GPUAdapter, "requestDevice"]];
  for (const [kind, name] of questions) {
    const ask = kind?.prototype[name];
    if (!ask) continue;
    kind.prototype[name] = function (...details) {
      const answer = within(FOUND_WITHIN, ask.apply(this, details));
      answer.catch((error) => (whyNoGpu = error.message));
      return answer;
    };
  }
}

async function loadLiteRt(threads) {
  // The .wasm and the threads' script would be looked for beside this worker otherwise.
  self.Module = { locateFile: (name) => `${LITERT}wasm/${name}`, mainScriptUrlOrBlob: THREADED };
  // LiteRT.js starts as many threads as this says before it is asked for any number.
  Object.defineProperty(navigator, "hardwareConcurrency", { value: threads, configurable: true });
  await litert.loadLiteRt(`${LITERT}wasm/`, { threads: threads > 1 });
  return true;
}

function compile(model, accelerator) {
  if (accelerator === "webgpu" && !litert.getWebGpuDevice()) {
    throw new Error(whyNoGpu);
  }
  const key = `${accelerator}/${model}`;
  if (!compiled.has(key)) {
    const options = { accelerator, cpuOptions: { numThreads } };
    // In float32, as on the CPU: sums over whole maps can be too large for float16.
    if (accelerator === "webgpu") options.gpuOptions = { precision: "fp32" };
    const made = litert.loadAndCompile(added.get(model), options).then(wholly(accelerator));
    compiled.set(key, made);
    made.catch(() => compiled.delete(key)); // so that it can be tried again
    if (!navigator.gpu) added.delete(model);
  }
  return compiled.get(key);
}

/** Refuses a compiled model that LiteRT.js gave to another accelerator, even in part. */
function wholly(accelerator) {
  return (model) => {
    const { options, isFullyAccelerated } = model;
    if (accelerator === "wasm") return model;
    if (options.accelerator === accelerator && isFullyAccelerated) return model;
    model.delete();
    throw new Error("some of the model's operations do not run there");
  };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

async function answer({ call, what, details }) {
  try {
    const value = await answers[what](details);
    const buffers = Object.values(value?.outputs ?? {}).map((output) => output.buffer);
    self.postMessage({ call, value }, buffers);
  } catch (error) {
    self.postMessage({ call, error: String(error?.message ?? error) });
  }
}

self.onmessage = ({ data }) => {
  last = last.then(() => answer(data));
};
