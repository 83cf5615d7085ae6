import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, fromContractDataType, type VolumeInputSpec } from '@deephealth/sdk';
import type { VolumeInput } from '../host/model-input.js';
import { placeOf } from '../volumes/contract-grid.js';
import { admitTensor } from './admit-tensor.js';

const VOXEL_TYPES = ['FP32', 'FP64', 'INT8', 'UINT8', 'INT16', 'UINT16', 'INT32', 'UINT32'] as const;

/** Instances of one series; a whole-body CT of 0.5 mm has fewer. */
const MOST_FILES = 8192;

/** Checks what can be seen of a volume without decoding it: form, media type, grid, unit, and sizes. */
export function admitVolume(spec: VolumeInputSpec, volume: runtimeV1.Volume__Output, maxElements: number): VolumeInput {
  const refuse = (code: ErrorCode, what: string, expected: string): never => {
    throw new DeepHealthError(code, `Input "${spec.name}" ${what}.`, { details: { input: spec.name, expected } });
  };
  const mediaTypes = spec.mediaTypes.join(', ');
  const requireMediaType = (mediaType: string) => {
    if ((spec.mediaTypes as readonly string[]).includes(mediaType)) return;
    refuse('DH_MEDIA_TYPE_UNSUPPORTED', `must be one of ${mediaTypes}`, mediaTypes);
  };
  const { unit } = volume;
  const isOtherUnit = spec.unit !== undefined && unit !== spec.unit;
  // A file may state its unit itself, or, as NIfTI, have no place for it.
  if (isOtherUnit && (unit !== '' || volume.content === 'voxels')) {
    refuse('DH_UNIT_MISMATCH', `must have voxels in "${spec.unit}"`, spec.unit as string);
  }
  if (volume.grid !== null && volume.content !== 'voxels') {
    refuse('DH_GRID_INVALID', 'is a file, which states its grid itself; send no other one', 'no grid');
  }
  switch (volume.content) {
    case 'file': {
      const { mediaType, data } = volume.file as runtimeV1.EncodedFile__Output;
      requireMediaType(mediaType);
      // An enhanced object: its frames are a series.
      if (mediaType === 'application/dicom') return { kind: 'volume', form: 'series', unit, files: [data] };
      return { kind: 'volume', form: 'file', unit, mediaType, data };
    }
    case 'series': {
      const { files } = volume.series as runtimeV1.EncodedSeries__Output;
      requireMediaType('application/dicom');
      for (const { mediaType } of files) {
        if (mediaType === 'application/dicom') continue;
        refuse('DH_MEDIA_TYPE_UNSUPPORTED', 'is a series: each file must be application/dicom', 'application/dicom');
      }
      if (files.length < 2 || files.length > MOST_FILES) {
        refuse('DH_SERIES_INVALID', `must be a series of 2 to ${MOST_FILES} files`, `2 to ${MOST_FILES} files`);
      }
      return { kind: 'volume', form: 'series', unit, files: files.map(({ data }) => data) };
    }
    case 'voxels': {
      const tensor = volume.voxels as runtimeV1.Tensor__Output;
      const dataType = VOXEL_TYPES.find((type) => type === fromContractDataType(tensor.dataType));
      if (dataType === undefined) {
        return refuse(
          'DH_TENSOR_DATATYPE_MISMATCH',
          `must have voxels of one of ${VOXEL_TYPES.join(', ')}`,
          VOXEL_TYPES.join(', '),
        );
      }
      const most = Math.min(maxElements, spec.maxVoxels);
      const tensorSpec = { name: spec.name, dataType, shape: [-1, -1, -1], maxExtent: most };
      const { shape, data } = admitTensor(spec.name, dataType, tensor.shape, tensor.data, tensorSpec, most);
      const place = placeOf(spec.name, volume.grid, shape as unknown as [number, number, number]);
      return { kind: 'volume', form: 'voxels', unit, dataType, place, data };
    }
    default:
      return refuse('DH_INPUT_KIND_MISMATCH', 'is a volume without voxels, file or series', 'voxels, file or series');
  }
}
