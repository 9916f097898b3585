// Whether the GPU computes what the CPU does.

import { toTensor } from "./images.js";
import { styleOf } from "./styles.js";

/** Root mean square difference of a right GPU to the CPU, in levels of 255, at most. */
export const TOLERANCE = 2;

/** Whether this browser has WebGPU, and a model is one for it: of one size, and no integers. */
export function offersGpu(model) {
  return Boolean(navigator.gpu) && model.gpu;
}

/** Root mean square difference of two outputs in levels of 255; NaN where either holds one. */
export function difference(found, expected) {
  if (found.length !== expected.length) return NaN;
  let sum = 0;
  for (let i = 0; i < found.length; i++) sum += (found[i] - expected[i]) ** 2;
  return 255 * Math.sqrt(sum / found.length);
}

/**
 * Compares a model's second run on the GPU with the CPU's: some GPUs are right only in the first.
 * @param run (accelerator, inputs) => promise of the output's Float32Array
 * @param inputs (number) => the inputs number 0 or 1, which differ
 * @returns why the GPU is not to be used; undefined where it is right
 */
export async function whyNotGpu(run, inputs) {
  try {
    await run("webgpu", inputs(0));
    const found = await run("webgpu", inputs(1));
    const apart = difference(found, await run("wasm", inputs(1)));
    if (apart <= TOLERANCE) return undefined;
    return Number.isNaN(apart)
      ? "what it computes is not a number"
      : `it differs from the CPU by ${apart.toFixed(1)} of 255 levels, more than ${TOLERANCE}`;
  } catch (error) {
    return error.message;
  }
}

/** Two inputs to compare on: coarse and fine patterns in all channels, upright and turned over. */
export function checkInputs(model, number) {
  const { width, height } = model;
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const at = number ? i : width * height - 1 - i;
    const [x, y] = [at % width, Math.floor(at / width)];
    const block = 40 * ((x >> 3) + (y >> 3)) + 7 * x * y;
    image.data.set([(255 * x) / width, (255 * y) / height, block % 256, 255], 4 * i);
  }
  const inputs = { image: toTensor(image, model) };
  const size = model.style_size;
  if (size) inputs.style = { data: styleOf(1 + number, size), shape: [1, size] };
  return inputs;
}
