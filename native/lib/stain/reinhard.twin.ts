const LANES = 8;

/** The three compressed tristimulus values f(X / Xn), f(Y / Yn), f(Z / Zn) of a pixel. */
function compressed(pixels: Uint8Array, at: number, rows: Float64Array, root: Float64Array): [number, number, number] {
  const red = (pixels[at] as number) * 4;
  const green = 1024 + (pixels[at + 1] as number) * 4;
  const blue = 2048 + (pixels[at + 2] as number) * 4;
  const value = (j: number): number => {
    const t = (rows[red + j] as number) + (rows[green + j] as number) + (rows[blue + j] as number);
    const piece = toPiece(t, 4097);
    return (root[2 * piece] as number) + (root[2 * piece + 1] as number) * t;
  };
  return [value(0), value(1), value(2)];
}

/** Number of the piece of width 1 / 4096 in which a value lies, 0 for NaN. */
function toPiece(t: number, last: number): number {
  const scaled = t * 4096;
  if (!(scaled > 0)) return 0;
  return scaled < last ? Math.trunc(scaled) : last;
}

/** Sums of L, a, b and their squares. The k-th pixel under the mask adds to partial sum k mod 8. */
export function stainLabMomentsTwin(
  pixels: Uint8Array,
  mask: Uint8Array,
  rows: Float64Array,
  root: Float64Array,
  sums: Float64Array,
): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const [x, y, z] = compressed(pixels, 3 * i, rows, root);
    const lightness = 116 * y - 16;
    const a = 500 * (x - y);
    const b = 200 * (y - z);
    const terms = [lightness, a, b, lightness * lightness, a * a, b * b];
    const lane = count % LANES;
    for (let k = 0; k < 6; k++) sums[k * LANES + lane] = (sums[k * LANES + lane] as number) + (terms[k] as number);
    count++;
  }
  return count;
}

/** `coefficients`: the factors of L, a and b, then their offsets. */
export function stainLabTransferTwin(
  pixels: Uint8Array,
  mask: Uint8Array,
  rows: Float64Array,
  root: Float64Array,
  matrix: Float64Array,
  base: Uint8Array,
  threshold: Float64Array,
  coefficients: Float64Array,
  output: Uint8Array,
): void {
  const [factorL, factorA, factorB, offsetL, offsetA, offsetB] = coefficients as unknown as number[] as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let i = 0; i < mask.length; i++) {
    const at = 3 * i;
    if (mask[i] === 0) {
      for (let c = 0; c < 3; c++) output[at + c] = pixels[at + c] as number;
      continue;
    }
    const [x, y, z] = compressed(pixels, at, rows, root);
    const lightness = (116 * y - 16) * factorL + offsetL;
    const a = 500 * (x - y) * factorA + offsetA;
    const b = 200 * (y - z) * factorB + offsetB;
    const newY = (lightness + 16) * (1 / 116);
    const newX = newY + a * (1 / 500);
    const newZ = newY - b * (1 / 200);
    const tristimulus = [expanded(newX), expanded(newY), expanded(Math.max(newZ, 0))] as const;
    for (let c = 0; c < 3; c++) {
      const light =
        (matrix[3 * c] as number) * tristimulus[0] +
        (matrix[3 * c + 1] as number) * tristimulus[1] +
        (matrix[3 * c + 2] as number) * tristimulus[2];
      const piece = toPiece(light, 4096);
      output[at + c] = (base[piece] as number) + (light >= (threshold[piece] as number) ? 1 : 0);
    }
  }
}

/** The inverse of the compression: a cube, and a straight line near black. */
function expanded(f: number): number {
  return f > 0.2068966 ? f * f * f : (f - 16 / 116) * (1 / 7.787);
}
