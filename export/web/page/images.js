// Images on their way to a model and back, pixel for pixel as unit_tf.data.images has them.

/** A file or blob as an upright ImageBitmap; colour profiles are ignored, as in training. */
export function decode(file) {
  return createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" });
}

/** The largest size of an image's proportions within the model's. */
export function fitInside(image, model) {
  const scale = Math.min(model.width / image.width, model.height / image.height);
  const side = (length) => Math.max(1, Math.round(length * scale));
  return { width: side(image.width), height: side(image.height) };
}

/** The middle of a video's image, of the model's proportions and size, as ImageData. */
export async function cropped(video, model) {
  const { videoWidth, videoHeight } = video;
  const share = Math.min(videoWidth / model.width, videoHeight / model.height);
  const [width, height] = [model.width, model.height].map((side) => Math.round(side * share));
  const [x, y] = [(videoWidth - width) / 2, (videoHeight - height) / 2].map(Math.floor);
  const bitmap = await createImageBitmap(video, x, y, width, height);
  try {
    return scale(bitmap, model);
  } finally {
    bitmap.close();
  }
}

/** An ImageBitmap as ImageData of a size, on white. At its own size no pixel changes. */
export function scale(bitmap, { width, height }) {
  let source = bitmap;
  // By halves, because browsers look at only a few pixels around each when they scale.
  while (source.width >= 2 * width && source.height >= 2 * height && source.width > 2) {
    source = draw(source, Math.ceil(source.width / 2), Math.ceil(source.height / 2)).canvas;
  }
  return draw(source, width, height).getImageData(0, 0, width, height);
}

function draw(source, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // what unit_tf.data.images.decode shows through transparent parts
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context;
}

/**
 * A model's input: float32 [1, height, width, channels_in] in [0, 1].
 *
 * Where the image is smaller than the model it goes on mirrored, at the right and below, the edge
 * pixel included, as in unit_tf.inference.any_size.
 */
export function toTensor(image, { height, width, channels_in: channels }) {
  const pixels = image.data;
  const data = new Float32Array(height * width * channels);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = mirror(y, image.height) * image.width;
    for (let x = 0; x < width; x++) {
      const i = 4 * (row + mirror(x, image.width));
      if (channels === 1) data[at++] = luma(pixels[i], pixels[i + 1], pixels[i + 2]) / 255;
      else for (let c = 0; c < 3; c++) data[at++] = pixels[i + c] / 255;
    }
  }
  return { data, shape: [1, height, width, channels] };
}

/** 0 1 2 2 1 0 0 1 ... for a size of 3. */
export function mirror(index, size) {
  const turn = index % (2 * size);
  return Math.min(turn, 2 * size - 1 - turn);
}

/** ITU-R 601 in 16 bits, rounded as Pillow does. */
export function luma(red, green, blue) {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** A model's output [1, H, W, channels_out] in [0, 1] as ImageData: the part at the top left. */
export function toImage(values, model, { width, height }) {
  const image = new ImageData(width, height);
  const channels = model.channels_out;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * model.width + x) * channels;
      const to = 4 * (y * width + x);
      // Assigning rounds, and clips to [0, 255].
      for (let c = 0; c < 3; c++) image.data[to + c] = values[from + (c % channels)] * 255;
      image.data[to + 3] = 255;
    }
  }
  return image;
}

/** The same image in grey, if that is all the model sees of it. */
export function asSeen(image, model) {
  if (model.channels_in === 3) return image;
  const grey = new ImageData(image.width, image.height);
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) {
    grey.data.fill(luma(data[i], data[i + 1], data[i + 2]), i, i + 3);
    grey.data[i + 3] = 255;
  }
  return grey;
}
