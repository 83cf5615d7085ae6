import type { VolumeInputSpec } from '@deephealth/sdk';
import { identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import { phantom } from './volume-phantoms.js';

export const SPACING_RAS = { minimum: [0.5, 2, 3], maximum: [0.5, 2, 3] } as const;

/** A volume input named "scan" with the steps; the rest as given. */
export function volumeInput(
  steps: VolumeInputSpec['steps'],
  more: Partial<VolumeInputSpec> = { spacingMm: SPACING_RAS },
): VolumeInputSpec {
  return {
    name: 'scan',
    kind: 'volume',
    feeds: 'x',
    mediaTypes: ['application/x-nifti', 'application/dicom'],
    maxVoxels: 100_000,
    ...more,
    steps,
  };
}

/** y = the tensor that the steps make of a volume: five axes, or four for slices. */
export function volumePackage(
  name: string,
  input: VolumeInputSpec,
  golden: { readonly values: readonly number[]; readonly shape: readonly number[] },
): TestPackageOptions {
  const shape = golden.shape.map(() => -1);
  const source = phantom('RAS');
  return {
    name,
    model: identityModel({ dataType: 'FP32', shape: golden.shape.map((_, i) => `e${i}`) }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape }],
      outputs: [{ name: 'y', dataType: 'FP32', shape }],
    },
    manifest: { inputs: [input], outputs: [{ name: 'y', kind: 'tensor', from: 'y' }] },
    golden: [
      {
        id: 'phantom',
        inputs: {
          scan: {
            volume: {
              voxels: { dataType: 'INT16', shape: source.shape, values: source.values },
              grid: { spacingMm: source.grid.spacing, origin: source.grid.origin, convention: 'RAS' },
              ...(input.unit === undefined ? {} : { unit: input.unit }),
            },
          },
        },
        expected: { y: { dataType: 'FP32', shape: golden.shape, values: golden.values } },
      },
    ],
  };
}
