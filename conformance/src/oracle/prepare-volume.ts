import type { runtimeV1 } from '@deephealth/proto';
import {
  type RawTensor,
  type Side,
  sidesOf,
  tensorFromValues,
  tensorValues,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import type { Place } from './prepare-inputs.js';
import { rawTensor } from './raw-tensor.js';
import { stridesOf } from './value.js';

/** `orient_volume` and `volume_to_tensor` of voxels in straight axes: FP32 [1, 1, d, h, w], and the way back. */
export function prepareVolume(
  spec: VolumeInputSpec,
  volume: runtimeV1.Volume__Output,
): { tensor: RawTensor; place: Place } {
  if (!volume.voxels || volume.grid === null) throw new RangeError('the oracle knows volumes of voxels with a grid');
  const voxels = rawTensor(volume.voxels);
  const values = tensorValues(voxels).map(Number);
  const [orient, last, ...more] = spec.steps;
  if (last?.op !== 'volume_to_tensor' || more.length > 0)
    throw new RangeError('the oracle knows no such steps of volumes');
  const wanted = sidesOf(orient.axes);
  if (wanted === undefined) throw new RangeError(`"${orient.axes}" is no orientation`);
  const has = sidesOfGrid(volume.grid);
  // Axis of the voxels that becomes each axis of the tensor, and whether it runs the other way.
  const axes = wanted.map(({ axis, sign }) => {
    const from = has.findIndex((side) => side.axis === axis);
    return { from, isTurned: has[from]?.sign !== sign };
  });
  const shape = axes.map(({ from }) => voxels.shape[from] as number);
  const [strides, voxelStrides] = [stridesOf(shape), stridesOf(voxels.shape)];
  const from = values.map((_, index) =>
    axes.reduce((sum, axis, at) => {
      const extent = shape[at] as number;
      const place = Math.floor(index / (strides[at] as number)) % extent;
      return sum + (axis.isTurned ? extent - 1 - place : place) * (voxelStrides[axis.from] as number);
    }, 0),
  );
  const source = new Array<number>(values.length);
  for (const [index, voxel] of from.entries()) source[voxel] = index;
  return {
    tensor: tensorFromValues(
      'FP32',
      [1, 1, ...shape],
      from.map((voxel) => Math.fround(values[voxel] as number)),
    ),
    place: { size: voxels.shape, source, grid: volume.grid },
  };
}

/** The side that each axis of the grid grows towards; its axes must be those of the body. */
function sidesOfGrid({ direction, convention }: runtimeV1.Grid__Output): Side[] {
  const cosines = direction.length === 0 ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : direction;
  return [0, 1, 2].map((axis) => {
    const column = cosines.slice(axis * 3, axis * 3 + 3);
    const along = column.findIndex((cosine) => Math.abs(cosine) === 1);
    if (along < 0) throw new RangeError('the axes are not straight');
    // x and y of RAS run against those of LPS.
    const isMirrored = convention === 'COORDINATE_CONVENTION_RAS' && along < 2;
    const sign = (column[along] as number) > 0 !== isMirrored ? 1 : -1;
    return { axis: along as Side['axis'], sign };
  });
}
