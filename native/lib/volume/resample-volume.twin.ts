import type { NumberArray } from '../number-array.js';
import type { Affine, VolumeSize } from './volume-grid.js';

/** The twin of `resampleVolume`. Its caller has checked the arguments. */
export function resampleVolumeTwin(
  input: NumberArray,
  from: VolumeSize,
  transform: Affine,
  to: VolumeSize,
  isNearest: boolean,
  outside: number,
  output: NumberArray,
): void {
  const m = Float64Array.from(transform);
  const at = (index: number) => m[index] as number;
  const offset = (row: number, j: number, k: number) => at(row + 1) * j + (at(row + 2) * k + at(row + 3));
  const plane = from.width * from.height;
  let place = 0;
  for (let k = 0; k < to.depth; k++) {
    for (let j = 0; j < to.height; j++) {
      const [x0, y0, z0] = [offset(0, j, k), offset(4, j, k), offset(8, j, k)];
      for (let i = 0; i < to.width; i++, place++) {
        const x = at(0) * i + x0;
        const y = at(4) * i + y0;
        const z = at(8) * i + z0;
        if (isNearest) {
          const [a, b, c] = [Math.floor(x + 0.5), Math.floor(y + 0.5), Math.floor(z + 0.5)];
          const isInside = a >= 0 && a < from.width && b >= 0 && b < from.height && c >= 0 && c < from.depth;
          output[place] = isInside ? (input[a + b * from.width + c * plane] as number) : outside;
        } else if (isWithin(x, from.width) && isWithin(y, from.height) && isWithin(z, from.depth)) {
          output[place] = sample(input, from, plane, x, y, z);
        } else {
          output[place] = outside;
        }
      }
    }
  }
}

const isWithin = (p: number, extent: number) => p >= -0.5 && p < extent - 0.5;

const blend = (a: number, b: number, t: number) => a + (b - a) * t;

function sample(input: NumberArray, from: VolumeSize, plane: number, x: number, y: number, z: number): number {
  const bx = Math.min(Math.max(x, 0), from.width - 1);
  const by = Math.min(Math.max(y, 0), from.height - 1);
  const bz = Math.min(Math.max(z, 0), from.depth - 1);
  const [fx, fy, fz] = [Math.floor(bx), Math.floor(by), Math.floor(bz)];
  const [tx, ty, tz] = [bx - fx, by - fy, bz - fz];
  const base = fx + fy * from.width + fz * plane;
  const dx = fx + 1 < from.width ? 1 : 0;
  const dy = fy + 1 < from.height ? from.width : 0;
  const dz = fz + 1 < from.depth ? plane : 0;
  const column = (start: number) => blend(input[start] as number, input[start + dz] as number, tz);
  const near = blend(column(base), column(base + dy), ty);
  const far = blend(column(base + dx), column(base + dx + dy), ty);
  return blend(near, far, tx);
}
