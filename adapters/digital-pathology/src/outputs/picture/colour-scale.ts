/** Red, green, blue. */
export type Colour = readonly [number, number, number];

/**
 * Dark blue over green to yellow: nine colours of "viridis" (S. van der Walt and N. Smith, CC0), which is even
 * in lightness and can be told apart with any colour vision.
 */
const VIRIDIS: readonly Colour[] = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
];

/** Colours of 0 to 1 in 256 steps, three bytes each. */
export function colourTable(colours: readonly Colour[] = VIRIDIS): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let step = 0; step < 256; step++) {
    const place = (step / 255) * (colours.length - 1);
    const below = Math.min(Math.floor(place), colours.length - 2);
    const [from, to] = [colours[below] as Colour, colours[below + 1] as Colour];
    for (let part = 0; part < 3; part++) {
      const [a, b] = [from[part] as number, to[part] as number];
      table[3 * step + part] = Math.round(a + (b - a) * (place - below));
    }
  }
  return table;
}

/** Place of a probability in the table. Not for NaN. */
export function colourStep(probability: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, probability)));
}

/** Colours of classes, told apart by those with any colour vision (M. Okabe and K. Ito). */
const CLASS_COLOURS: readonly Colour[] = [
  [213, 94, 0],
  [0, 114, 178],
  [0, 158, 115],
  [230, 159, 0],
  [86, 180, 233],
  [204, 121, 167],
  [240, 228, 66],
];

/** Colour of a class by its place; they repeat after seven. */
export function classColour(index: number): Colour {
  return CLASS_COLOURS[index % CLASS_COLOURS.length] as Colour;
}
