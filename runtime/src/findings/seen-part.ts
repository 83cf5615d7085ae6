import { indexTransform } from '@deephealth/native';
import type { InputGeometry } from '../volumes/input-geometry.js';
import type { WarningResult } from './finding-result.js';

/** What rounding may do to an index. */
const TOLERANCE = 1e-6;

/**
 * The warning of a finding on the grid of an input that the model saw only a part of; undefined if it saw
 * everything.
 *
 * @param rest what the finding holds for the rest, as a clause
 */
export function partlyExamined(
  output: string,
  input: string,
  geometry: InputGeometry,
  rest: string,
): WarningResult | undefined {
  if (sawEverything(geometry)) return undefined;
  return {
    kind: 'WARNING_KIND_PARTLY_EXAMINED',
    field: output,
    message: `The model saw only a part of "${input}"; ${rest}.`,
  };
}

/** True if the model saw every sample of the input: none lies outside of the grid that it was given. */
function sawEverything({ source, tensor }: InputGeometry): boolean {
  const { grid } = source;
  const transform = indexTransform(tensor.affine, grid.affine);
  const extents = [tensor.width, tensor.height, tensor.depth];
  // A box is inside of another one if its corners are.
  return Array.from({ length: 8 }, (_, bits) => [
    bits & 1 ? grid.width - 1 : 0,
    bits & 2 ? grid.height - 1 : 0,
    bits & 4 ? grid.depth - 1 : 0,
  ]).every(([i, j, k]) =>
    extents.every((extent, row) => {
      const at = (column: number) => transform[row * 4 + column] as number;
      const index = at(0) * (i as number) + at(1) * (j as number) + at(2) * (k as number) + at(3);
      return index >= -0.5 - TOLERANCE && index <= extent - 0.5 + TOLERANCE;
    }),
  );
}
