// Styles of a translator that has many answers for one image, by number: the same number is the same
// style in every browser and on every day.

export const SHOWN = 4; // side by side

/** Style `number`, from N(0, I): a Float32Array of `size`. */
export function styleOf(number, size) {
  const uniform = numbers(number);
  // Box and Muller's way from two uniform numbers to a normal one.
  return Float32Array.from({ length: size }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
}

/** Uniform numbers in [0, 1), by mulberry32. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The choice of a style, a radio button with a small translation in each. */
export class Gallery {
  /**
   * @param element where the buttons go
   * @param chosen called when another is chosen
   */
  constructor(element, chosen) {
    Object.assign(this, { element, chosen });
    this.first = 1; // number of the first style that is shown
    this.index = 0; // of the chosen one
  }

  /** The chosen style's number. */
  get number() {
    return this.first + this.index;
  }

  /** Places of the styles, the chosen one first: it is what is looked at. */
  get order() {
    const others = [...Array(SHOWN).keys()].filter((index) => index !== this.index);
    return [this.index, ...others];
  }

  next() {
    this.first += SHOWN;
    this.build();
  }

  build() {
    const before = this.canvases;
    this.canvases = [];
    const parts = Array.from({ length: SHOWN }, (_, index) => {
      const input = Object.assign(document.createElement("input"), {
        type: "radio", name: "style", id: `style-${index}`, checked: index === this.index,
      });
      input.addEventListener("change", () => {
        this.index = index;
        this.chosen();
      });
      const label = Object.assign(document.createElement("label"), { htmlFor: input.id });
      const canvas = document.createElement("canvas");
      const { width = 1, height = 1 } = before?.[index] ?? {}; // so that nothing moves
      Object.assign(canvas, { width, height });
      this.canvases.push(canvas);
      label.append(canvas, `Style ${this.first + index}`);
      return [input, label];
    });
    this.element.replaceChildren(...parts.flat());
  }

  /** Shows an ImageData as the translation in the style at a place. */
  show(index, image) {
    const canvas = this.canvases[index];
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
}
