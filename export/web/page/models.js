// models.json, and the models that it lists. Everything is fetched once, before the first image.

/** What this page can do: {title, models: [{file, bytes, direction, height, width, ...}]}. */
export async function fetchSite() {
  return (await get("models.json")).json();
}

/**
 * The bytes of every model, as one Uint8Array each.
 * @param models those of models.json
 * @param onProgress called with the share fetched so far, in [0, 1]
 */
export async function fetchModels(models, onProgress) {
  const total = totalBytes(models);
  let before = 0;
  const found = [];
  for (const model of models) {
    found.push(await fetchModel(model, (count) => onProgress((before + count) / total)));
    before += model.bytes;
  }
  return found;
}

export const totalBytes = (models) => models.reduce((sum, model) => sum + model.bytes, 0);

async function fetchModel({ file, bytes }, onProgress) {
  const reader = (await get(`models/${file}`)).body.getReader();
  const data = new Uint8Array(bytes);
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (count + value.length <= bytes) data.set(value, count);
    count += value.length;
    onProgress(count);
  }
  if (count !== bytes) {
    throw new Error(`models/${file} on the server has ${count} bytes where ${bytes} are expected.`);
  }
  return data;
}

async function get(path) {
  // The browser asks the server whether its copy is still good: an export may have replaced it.
  const response = await fetch(path, { cache: "no-cache" }).catch(() => null);
  if (!response) throw new Error(`The server did not answer when asked for ${path}.`);
  if (!response.ok) throw new Error(`${path} is missing on the server (${response.status}).`);
  return response;
}
