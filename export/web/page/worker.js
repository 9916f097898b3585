// LiteRT.js in a thread of its own. A classic worker: LiteRT.js loads its WebAssembly by
// importScripts, which module workers lack.
"use strict";

const LITERT = new URL("litert/", self.location.href).href;
const added = new Map(); // file -> bytes not compiled yet
const compiled = new Map(); // file -> promise of a compiled model
let litert;

const answers = {
  async start() {
    // The .wasm would be looked for beside this worker otherwise.
    self.Module = { locateFile: (name) => `${LITERT}wasm/${name}` };
    litert = await import(`${LITERT}core.js`);
    await litert.loadLiteRt(`${LITERT}wasm/`);
  },

  add({ model, bytes }) {
    added.set(model, bytes);
  },

  async run({ model, inputs }) {
    const ready = await compile(model);
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
  },
};

function compile(model) {
  if (!compiled.has(model)) {
    compiled.set(model, litert.loadAndCompile(added.get(model), { accelerator: "wasm" }));
    added.delete(model);
  }
  return compiled.get(model);
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

self.onmessage = async ({ data: { call, what, details } }) => {
  try {
    self.postMessage({ call, value: await answers[what](details) });
  } catch (error) {
    self.postMessage({ call, error: String(error?.message ?? error) });
  }
};
