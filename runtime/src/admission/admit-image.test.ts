import type { runtimeV1 } from '@deephealth/proto';
import type { DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { admitImage } from './admit-image.js';

const spec = {
  name: 'slice',
  mediaTypes: ['image/png', 'image/tiff', 'application/dicom'],
} as unknown as ImageInputSpec;
const data = Buffer.of(1, 2, 3);

const grid: runtimeV1.Grid__Output = {
  size: ['2', '3'],
  origin: [],
  spacing: [0.5, 0.25],
  direction: [],
  unit: 'LENGTH_UNIT_MILLIMETRE',
  frameOfReference: '',
  convention: 'COORDINATE_CONVENTION_UNSPECIFIED',
  level: 0,
};
const placed: Partial<runtimeV1.Grid__Output> = {
  origin: [-10, -20, 30],
  direction: [0, 1, 0, 1, 0, 0],
  convention: 'COORDINATE_CONVENTION_LPS',
  frameOfReference: '1.2.3',
};

const admit = (change: Partial<runtimeV1.Image__Output>) =>
  admitImage(spec, { data, mediaType: 'application/dicom', frame: 0, grid: null, ...change });

function refusal(change: Partial<runtimeV1.Image__Output>): DeepHealthError {
  try {
    admit(change);
  } catch (error) {
    return error as DeepHealthError;
  }
  throw new Error('nothing was refused');
}

describe('admitImage', () => {
  it('keeps what was sent, and nothing that was not', () => {
    expect(admit({})).toEqual({ kind: 'image', mediaType: 'application/dicom', data });
    expect(admit({ frame: 7, mediaType: 'image/tiff' })).toEqual({
      kind: 'image',
      mediaType: 'image/tiff',
      data,
      frame: 7,
    });
  });

  it('refuses another media type, and a frame of a file that has but one', () => {
    expect(refusal({ mediaType: 'image/bmp' }).code).toBe('DH_MEDIA_TYPE_UNSUPPORTED');
    expect(refusal({ mediaType: 'image/png', frame: 1 }).code).toBe('DH_FEATURE_UNSUPPORTED');
  });

  it('takes a grid in mm, wherever it lies', () => {
    expect(admit({ grid }).grid).toEqual({ size: [2, 3], spacing: [0.5, 0.25] });
    const micrometres = { ...grid, spacing: [500, 250], unit: 'LENGTH_UNIT_MICROMETRE' as const };
    expect(admit({ grid: micrometres }).grid).toEqual({ size: [2, 3], spacing: [0.5, 0.25] });
    const patient = { origin: [-10, -20, 30], rows: [0, 1, 0], columns: [1, 0, 0] };
    const whole = { size: [2, 3], spacing: [0.5, 0.25], patient, frameOfReference: '1.2.3' };
    expect(admit({ grid: { ...grid, ...placed } }).grid).toEqual(whole);
    // NIfTI's axes: x and y point the other way.
    const ras = {
      ...grid,
      ...placed,
      origin: [10, 20, 30],
      direction: [0, -1, 0, -1, 0, 0],
      convention: 'COORDINATE_CONVENTION_RAS' as const,
    };
    const turned = admit({ grid: ras }).grid;
    expect(turned?.patient?.origin).toEqual([-10, -20, 30]);
    expect(turned?.patient?.rows.map((x) => x + 0)).toEqual([0, 1, 0]);
    expect(turned?.patient?.columns.map((x) => x + 0)).toEqual([1, 0, 0]);
  });

  it.each<[string, Partial<runtimeV1.Grid__Output>]>([
    ['size', { size: ['2'] }],
    ['size', { size: ['2', '0'] }],
    ['size', { size: ['2', '3', '4'] }],
    ['size', { size: ['2', '18446744073709551615'] }],
    ['unit', { unit: 'LENGTH_UNIT_PIXEL' }],
    ['unit', { unit: 'LENGTH_UNIT_UNSPECIFIED' }],
    ['spacing', { spacing: [] }],
    ['spacing', { spacing: [1, 0] }],
    ['spacing', { spacing: [1, Number.NaN] }],
    ['spacing', { spacing: [1, Number.POSITIVE_INFINITY] }],
    ['origin', { ...placed, origin: [1, 2] }],
    ['origin', { ...placed, origin: [1, 2, Number.NaN] }],
    ['origin', { origin: [1, 2, 3] }],
    ['direction', { ...placed, direction: [] }],
    ['direction', { ...placed, direction: [1, 0, 0, 1, 0, 0] }],
    ['direction', { ...placed, direction: [2, 0, 0, 0, 1, 0] }],
    ['direction', { direction: [0, 1, 1, 0] }],
    ['frame of reference', { frameOfReference: 'a patient name' }],
    ['level', { level: 1 }],
  ])('refuses a grid that is incomplete or impossible in its %s', (field, change) => {
    const error = refusal({ grid: { ...grid, ...change } });
    expect(error).toMatchObject({ code: 'DH_GRID_INVALID', details: { input: 'slice', field } });
    expect(error.message).not.toContain('patient name');
  });
});
