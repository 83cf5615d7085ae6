import type { Affine } from '@deephealth/native';
import {
  DeepHealthError,
  FileRefusal,
  flipConvention,
  type NumericDataType,
  readNifti,
  toTypedArray,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import { DicomRefusal } from '../decoders/dicom-refusal.js';
import type { VolumeInput } from '../host/model-input.js';
import { affineFault } from './affine-check.js';
import { decodeSeries } from './decode-series.js';
import type { DecodedVolume } from './placed-volume.js';
import { SeriesFault } from './stack-slices.js';

/**
 * The voxels of an input and where they lie, as sent. Files are borrowed and only read.
 *
 * Throws DH_MEDIA_UNREADABLE for a file that is not what its media type says, is damaged, or holds more
 * voxels than the model allows (by the header, before anything is decoded); DH_SERIES_INVALID for files
 * that are not one volume; DH_UNIT_MISMATCH for a file that states another unit than the model's.
 */
export async function decodeVolume(spec: VolumeInputSpec, input: VolumeInput): Promise<DecodedVolume> {
  const decoded = await decodeAny(spec, input).catch((thrown: unknown) => {
    throw asRefusal(spec, thrown);
  });
  if (spec.unit !== undefined && decoded.unit !== undefined && decoded.unit !== spec.unit) {
    throw new DeepHealthError('DH_UNIT_MISMATCH', `Input "${spec.name}" must have voxels in "${spec.unit}".`, {
      details: {
        input: spec.name,
        expected: spec.unit,
        received: decoded.unit === '' ? 'no known unit' : decoded.unit,
      },
    });
  }
  return decoded;
}

async function decodeAny({ maxVoxels }: VolumeInputSpec, input: VolumeInput): Promise<DecodedVolume> {
  switch (input.form) {
    case 'voxels': {
      const stored = toTypedArray(input.dataType as NumericDataType, input.data, { mayBorrow: true });
      // A copy even where it is FP32 already: steps write into it.
      return { voxels: Float32Array.from(stored as ArrayLike<number>), place: input.place };
    }
    case 'series':
      return decodeSeries(input.files, { maxVoxels });
    case 'file': {
      const { voxels, affine, header } = await readNifti(input.data, { maxVoxels });
      const lps = flipConvention(affine) as unknown as Affine;
      const fault = affineFault(lps);
      if (fault !== undefined) throw new FileRefusal(`states an orientation that ${fault}`);
      const [width, height, depth] = header.size;
      return {
        voxels,
        place: { grid: { width, height, depth, affine: lps }, convention: 'RAS', frameOfReference: '' },
      };
    }
  }
}

function asRefusal({ name }: VolumeInputSpec, thrown: unknown): unknown {
  if (thrown instanceof SeriesFault) {
    return new DeepHealthError('DH_SERIES_INVALID', `Input "${name}": the series ${thrown.message}.`, {
      details: { input: name },
      cause: thrown,
    });
  }
  if (thrown instanceof FileRefusal || thrown instanceof DicomRefusal) {
    return new DeepHealthError('DH_MEDIA_UNREADABLE', `Input "${name}": the file ${thrown.message}.`, {
      details: { input: name },
      cause: thrown,
    });
  }
  return thrown;
}
