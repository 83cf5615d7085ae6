import { loadAddon } from '../load-addon.js';
import { requireLength } from '../row-check.js';
import type { StainAddon } from './addon.js';
import type { MacenkoFit } from './fit-macenko.js';
import { BACKGROUND, OPTICAL_DENSITY } from './optical-density.js';
import { countPixels } from './rgb-tile.js';
import { stainTwin } from './stain.twin.js';
import { mixingMatrix, unmixingMatrix } from './stain-matrix.js';

/** No optical density is scaled by more than this: beyond, a fit is nonsense, and sums could overflow. */
const LARGEST_FACTOR = 40;

/**
 * Gives RGB pixels the stains of another slide.
 *
 * Optical densities are unmixed by the source's stains, each concentration is scaled by
 * `target / source` of the maximum concentrations, and the target's stains mix them again. What the two
 * stains leave over is scaled by the ratio of the residuals, as in histolab, but within 1/4..4, and by
 * nothing where one of them is not above 0. That is one 3 x 3 matrix M on optical densities, and
 *
 *     out[c] = trunc(min(255, 240 exp(-M[c][0] od[r]) * exp(-M[c][1] od[g]) * exp(-M[c][2] od[b])))
 *
 * in FP64, multiplied from left to right, each factor from a table of 256. A byte that is not above 255 is
 * truncated, not rounded, as histolab does.
 *
 * White stays white: in a pixel in which nothing absorbs (all bytes 239 or more) no channel becomes more
 * than 10 levels darker. histolab has no such limit; between H&E slides it rarely passes it.
 *
 * @param pixels interleaved RGB, of any shape
 * @param source what `fitMacenko` found on the slide that the pixels are of
 * @param target what it found on the slide to look like
 * @param output of the length of `pixels`; may be `pixels` itself
 * Throws RangeError for lengths that do not fit, and for fits that are not of `fitMacenko`: numbers that
 * are not finite, concentrations not above 0, stains that coincide, or factors in M beyond 40.
 */
export function macenkoNormalise(pixels: Uint8Array, source: MacenkoFit, target: MacenkoFit, output: Uint8Array): void {
  macenkoNormaliseWith(loadAddon<StainAddon>() ?? stainTwin, pixels, source, target, output);
}

/** `macenkoNormalise` by the TypeScript twin. */
export function macenkoNormaliseTwin(
  pixels: Uint8Array,
  source: MacenkoFit,
  target: MacenkoFit,
  output: Uint8Array,
): void {
  macenkoNormaliseWith(stainTwin, pixels, source, target, output);
}

function macenkoNormaliseWith(
  kernels: StainAddon,
  pixels: Uint8Array,
  source: MacenkoFit,
  target: MacenkoFit,
  output: Uint8Array,
): void {
  countPixels('macenkoNormalise', pixels);
  requireLength('macenkoNormalise', 'the output', output.length, pixels.length);
  kernels.stainRowProducts(pixels, transmissionRows(densityTransfer(source, target)), output);
}

/** The matrix M on optical densities, 3 x 3 row by row. */
function densityTransfer(source: MacenkoFit, target: MacenkoFit): number[] {
  for (const fit of [source, target]) {
    requireLength('macenkoNormalise', 'a stain matrix', fit.stainMatrix.length, 6);
    requireLength('macenkoNormalise', 'maximum concentrations', fit.maximumConcentrations.length, 2);
    if (!fit.maximumConcentrations.every((value) => value > 0)) {
      throw new RangeError('macenkoNormalise: maximum concentrations are above 0');
    }
  }
  const factors = [
    target.maximumConcentrations[0] / source.maximumConcentrations[0],
    target.maximumConcentrations[1] / source.maximumConcentrations[1],
    residualFactor(source.maximumResidual, target.maximumResidual),
  ];
  const unmixing = unmixingMatrix(source.stainMatrix);
  const mixing = mixingMatrix(target.stainMatrix);
  const transfer = Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.trunc(at / 3), at % 3];
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      sum += (mixing[3 * row + k] as number) * (factors[k] as number) * (unmixing[3 * k + column] as number);
    }
    return sum;
  });
  if (!transfer.every((factor) => Math.abs(factor) <= LARGEST_FACTOR)) {
    throw new RangeError('macenkoNormalise: these are no fits of slides, their stains cannot be told apart');
  }
  return transfer;
}

function residualFactor(source: number, target: number): number {
  if (!(source > 0 && target > 0)) return 1;
  return Math.min(Math.max(target / source, 0.25), 4);
}

/** Row table whose products are levels of light. */
function transmissionRows(transfer: readonly number[]): Float64Array {
  const rows = new Float64Array(3 * 256 * 4);
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < 256; v++) {
      const row = (c * 256 + v) * 4;
      for (let j = 0; j < 3; j++) {
        const light = Math.exp(-(transfer[3 * j + c] as number) * (OPTICAL_DENSITY[v] as number));
        rows[row + j] = c === 0 ? BACKGROUND * light : light;
      }
    }
  }
  return rows;
}
