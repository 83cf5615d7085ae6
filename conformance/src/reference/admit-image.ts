import type { runtimeV1 } from '@deephealth/proto';
import {
  checkByteLength,
  DeepHealthError,
  type ErrorCode,
  fromContractDataType,
  type ImageInputSpec,
  parseShape,
  tensorValues,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import { decodePicture } from '../tensors/named-picture.js';

function refusal(code: ErrorCode, input: string, field?: string): DeepHealthError {
  const details = { input, ...(field !== undefined && { field }) };
  return new DeepHealthError(code, 'The image or volume is not one that the model takes.', { details });
}

/** Checks the media type, and that the file is what it says (DH-R-008). */
export function admitImage(spec: ImageInputSpec, { mediaType, data }: runtimeV1.Image__Output): void {
  if (!(spec.mediaTypes as readonly string[]).includes(mediaType)) {
    throw refusal('DH_MEDIA_TYPE_UNSUPPORTED', spec.name);
  }
  try {
    const { width, height } = decodePicture(data);
    if (width * height > spec.maxPixels) throw new RangeError('it is too large');
  } catch {
    throw refusal('DH_MEDIA_UNREADABLE', spec.name);
  }
}

/** Checks voxels, their unit, values and grid. */
export function admitVolume(spec: VolumeInputSpec, volume: runtimeV1.Volume__Output, maxElements: number): void {
  const { name } = spec;
  if (spec.unit !== undefined && volume.unit !== spec.unit) throw refusal('DH_UNIT_MISMATCH', name);
  if (volume.file || volume.series) throw refusal('DH_MEDIA_TYPE_UNSUPPORTED', name);
  const { voxels, grid } = volume;
  const dataType = fromContractDataType(voxels?.dataType);
  if (!voxels || dataType === undefined) throw refusal('DH_TENSOR_DATATYPE_MISMATCH', name);
  const shape = parseShape(name, voxels.shape, Math.min(maxElements, spec.maxVoxels));
  if (shape.length !== 3) throw refusal('DH_TENSOR_SHAPE_MISMATCH', name);
  checkByteLength(name, dataType, shape, voxels.data.byteLength);
  const fault = gridFault(grid, shape);
  if (fault !== undefined) throw refusal('DH_GRID_INVALID', name, fault);
  const [lowest, highest] = spec.validRange ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const value of tensorValues({ dataType, shape, data: voxels.data }).map(Number)) {
    if (!Number.isFinite(value)) throw refusal('DH_VALUE_NOT_FINITE', name);
    if (value < lowest || value > highest) throw refusal('DH_VALUE_OUT_OF_RANGE', name);
  }
}

/** The field of the grid that is wrong: absent, of another size, without a unit or a convention. */
function gridFault(grid: runtimeV1.Grid__Output | null, shape: readonly number[]): string | undefined {
  if (grid === null) return 'grid';
  if (grid.size.map(Number).join() !== shape.join()) return 'size';
  if (grid.unit !== 'LENGTH_UNIT_MILLIMETRE') return 'unit';
  if (!/_(?:LPS|RAS)$/.test(grid.convention)) return 'convention';
  if (grid.spacing.length !== 3 || !grid.spacing.every((spacing) => spacing > 0)) return 'spacing';
  return grid.origin.length === 3 ? undefined : 'origin';
}
