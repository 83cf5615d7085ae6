// Resampling of volumes, against the TypeScript twin.
import { resampleVolume } from '../dist/index.js';
import { resampleVolumeTwin } from '../dist/twins.js';

const from = { width: 192, height: 192, depth: 48 };

function resampling(id, title, transform, to, interpolation, Type) {
  return {
    id: `volume.${id}`,
    title,
    bound: { min: 4 },
    baseline: 'twin',
    prepare() {
      const input = Type.from({ length: from.width * from.height * from.depth }, (_, i) => (i * 7919) % 1000);
      const isNearest = interpolation === 'nearest';
      const output = new (isNearest ? Type : Float32Array)(to.width * to.height * to.depth);
      return {
        kernel: () => resampleVolume(input, from, transform, to, { interpolation }, output),
        baseline: () => resampleVolumeTwin(input, from, transform, to, isNearest, 0, output),
      };
    },
  };
}

const finer = [0.75, 0, 0, 0.1, 0, 0.75, 0, -0.2, 0, 0, 0.5, 0];
const turned = [0.74, -0.1, 0.02, 12, 0.1, 0.74, 0.05, -5, -0.02, -0.05, 0.5, 4];
const to = { width: 200, height: 200, depth: 64 };

export const cases = [
  resampling('parallel', 'parallel grids, INT16, linear', finer, to, 'linear', Int16Array),
  resampling('oblique', 'oblique grids, INT16, linear', turned, to, 'linear', Int16Array),
  resampling('labels', 'oblique grids, UINT8, nearest', turned, to, 'nearest', Uint8Array),
];
