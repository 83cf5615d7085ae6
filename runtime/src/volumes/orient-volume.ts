import type { Affine, VolumeGrid } from '@deephealth/native';
import type { Side } from '@deephealth/sdk';
import type { PlacedVolume } from './placed-volume.js';

/**
 * The same voxels in the same places with the index axes exchanged and turned, so that width, height and
 * depth grow towards the given sides. No value changes, and none is computed.
 *
 * @param from sides of the volume's own width, height and depth
 * @param to sides wanted of width, height and depth
 */
export function orientVolume(volume: PlacedVolume, from: readonly Side[], to: readonly Side[]): PlacedVolume {
  const { grid, voxels } = volume;
  const extents = [grid.width, grid.height, grid.depth];
  const strides = [1, grid.width, grid.width * grid.height];
  // For each new axis: which old one it is, and whether it runs backwards.
  const sources = to.map((side) => {
    const axis = from.findIndex((other) => other.axis === side.axis);
    return { axis, isReversed: from[axis]?.sign !== side.sign };
  });
  const affine = turnedAffine(grid.affine, extents, sources);
  const [width, height, depth] = sources.map(({ axis }) => extents[axis] as number) as [number, number, number];
  const oriented: VolumeGrid = { width, height, depth, affine };
  if (sources.every(({ axis, isReversed }, index) => axis === index && !isReversed)) return { voxels, grid: oriented };
  const [x, y, z] = sources.map(({ axis, isReversed }) => {
    const stride = strides[axis] as number;
    return { first: isReversed ? stride * ((extents[axis] as number) - 1) : 0, step: isReversed ? -stride : stride };
  }) as [Walk, Walk, Walk];
  const turned = new Float32Array(voxels.length);
  let at = 0;
  for (let k = 0; k < depth; k++) {
    for (let j = 0; j < height; j++) {
      let source = x.first + y.first + z.first + k * z.step + j * y.step;
      for (let i = 0; i < width; i++, source += x.step) turned[at++] = voxels[source] as number;
    }
  }
  return { voxels: turned, grid: oriented };
}

interface Walk {
  readonly first: number;
  readonly step: number;
}

function turnedAffine(
  affine: Affine,
  extents: readonly number[],
  sources: readonly { readonly axis: number; readonly isReversed: boolean }[],
): Affine {
  const rows = [0, 1, 2].flatMap((row) => {
    const at = (column: number) => affine[row * 4 + column] as number;
    const columns = sources.map(({ axis, isReversed }) => (isReversed ? -at(axis) : at(axis)));
    // A reversed axis begins where it ended.
    const origin = sources.reduce(
      (sum, { axis, isReversed }) => (isReversed ? sum + at(axis) * ((extents[axis] as number) - 1) : sum),
      at(3),
    );
    return [...columns, origin];
  });
  return rows as unknown as Affine;
}
