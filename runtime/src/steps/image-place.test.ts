import type { DeepHealthError, ImageInputSpec } from '@deephealth/sdk';
import { type DicomElements, dicomImage, pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { ImageGrid, ImageInput } from '../host/model-input.js';
import { imageToPrepared } from './image-steps.js';

const pixels = new Uint8Array(12);
const AXIAL: DicomElements = {
  '00200032': ['DS', '-10\\-20\\30'],
  '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
  '00200052': ['UI', '1.2.3'],
  '00280030': ['DS', '0.5\\0.25'],
};
const png = pngFile({ width: 3, height: 2, depth: 8, colour: 'gray', bytes: [1, 2, 3, 4, 5, 6] });

function specOf(changes: Partial<ImageInputSpec>): ImageInputSpec {
  return {
    name: 'slice',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['application/dicom', 'image/png'],
    maxPixels: 100,
    steps: [
      { op: 'decode_image', colour: 'gray', values: 'fraction' },
      {
        op: 'decode_dicom',
        channels: 1,
        rescale: 'none',
        padding: 'keep',
        window: { center: 1, width: 2 },
        monochrome1: 'keep',
      },
      { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
    ],
    ...changes,
  };
}

const ofDicom = (elements: DicomElements, grid?: ImageGrid): ImageInput => ({
  kind: 'image',
  mediaType: 'application/dicom',
  data: dicomImage({ pixels, elements }),
  ...(grid && { grid }),
});
const ofPng = (grid?: ImageGrid): ImageInput => ({
  kind: 'image',
  mediaType: 'image/png',
  data: png,
  ...(grid && { grid }),
});

async function refusal(changes: Partial<ImageInputSpec>, input: ImageInput): Promise<DeepHealthError> {
  return imageToPrepared(specOf(changes), input).then(
    () => {
      throw new Error('nothing was refused');
    },
    (error: DeepHealthError) => error,
  );
}

describe('the modality that a manifest asks for', () => {
  it('is held against the file', async () => {
    const modalities = ['CT', 'PT'];
    await imageToPrepared(specOf({ modalities }), ofDicom({ '00080060': ['CS', 'PT'] }));
    for (const elements of [{ '00080060': ['CS', 'MR'] }, {}] as DicomElements[]) {
      const error = await refusal({ modalities }, ofDicom(elements));
      expect(error).toMatchObject({ code: 'DH_MODALITY_MISMATCH', details: { input: 'slice', expected: 'CT, PT' } });
    }
    // Other files state none.
    await imageToPrepared(specOf({ modalities }), ofPng());
  });
});

describe('the orientation that a manifest asks for', () => {
  const orientation = { row: 'L', column: 'P' } as const;

  it('is that of the cosines, within the tilt', async () => {
    await imageToPrepared(specOf({ orientation }), ofDicom(AXIAL));
    const cosine = Math.cos(Math.PI / 18).toFixed(8);
    const sine = Math.sin(Math.PI / 18).toFixed(8);
    const tilted: DicomElements = { ...AXIAL, '00200037': ['DS', `1\\0\\0\\0\\${cosine}\\${sine}`] };
    await imageToPrepared(specOf({ orientation: { ...orientation, maxTiltDegrees: 10.1 } }), ofDicom(tilted));
    const steep = await refusal({ orientation: { ...orientation, maxTiltDegrees: 9.9 } }, ofDicom(tilted));
    expect(steep.code).toBe('DH_ORIENTATION_MISMATCH');
    for (const turned of ['-1\\0\\0\\0\\1\\0', '0\\1\\0\\1\\0\\0', '1\\0\\0\\0\\0\\-1']) {
      const error = await refusal({ orientation }, ofDicom({ ...AXIAL, '00200037': ['DS', turned] }));
      expect(error).toMatchObject({
        code: 'DH_ORIENTATION_MISMATCH',
        details: { expected: 'rows to L, columns to P' },
      });
    }
  });

  it('is that of the letters where there are no cosines', async () => {
    const letters = (text: string): DicomElements => ({ '00200020': ['CS', text] });
    const chest = { row: 'L', column: 'F' } as const;
    await imageToPrepared(specOf({ orientation: chest }), ofDicom(letters('L\\F')));
    await imageToPrepared(specOf({ orientation: chest }), ofDicom(letters('LP\\FR')));
    for (const elements of [letters('R\\F'), letters('L'), {}]) {
      expect((await refusal({ orientation: chest }, ofDicom(elements))).code).toBe('DH_ORIENTATION_MISMATCH');
    }
  });

  it('is not read from directions that are none', async () => {
    for (const cosines of ['1\\0\\0\\1\\0\\0', '2\\0\\0\\0\\1\\0', '1\\0\\0\\0\\1']) {
      const error = await refusal({ orientation }, ofDicom({ ...AXIAL, '00200037': ['DS', cosines] }));
      expect(error.code).toBe('DH_MEDIA_UNREADABLE');
    }
  });
});

describe('the spacing that a manifest asks for', () => {
  const spacingMm = { validRange: [0.2, 0.6], trainingRange: [0.3, 0.6] } as const;

  it('is that of the file, refused outside one range and reported outside the other', async () => {
    expect(await imageToPrepared(specOf({ spacingMm }), ofDicom(AXIAL))).toMatchObject({
      warnings: [{ kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE', field: 'slice' }],
    });
    const inner: DicomElements = { ...AXIAL, '00280030': ['DS', '0.5\\0.5'] };
    expect(await imageToPrepared(specOf({ spacingMm }), ofDicom(inner))).not.toHaveProperty('warnings');
    const error = await refusal({ spacingMm }, ofDicom({ ...AXIAL, '00280030': ['DS', '0.5\\0.7'] }));
    expect(error).toMatchObject({ code: 'DH_SPACING_OUT_OF_RANGE', details: { expected: '0.2 to 0.6 mm' } });
    expect(error.message).not.toContain('0.7');
    expect((await refusal({ spacingMm }, ofDicom({ '00280030': ['DS', '0.5\\0'] }))).code).toBe('DH_MEDIA_UNREADABLE');
  });

  it('must be known: from the file, or from the grid that was sent', async () => {
    const grid = { size: [2, 3], spacing: [0.4, 0.4] } as const;
    for (const input of [ofDicom({}), ofPng()]) {
      const error = await refusal({ spacingMm }, input);
      expect(error.code).toBe('DH_SPACING_OUT_OF_RANGE');
      expect(error.message).toContain('is not known');
      await imageToPrepared(specOf({ spacingMm }), { ...input, grid });
    }
  });

  it('is that of the detector only where the manifest says so', async () => {
    const detector: DicomElements = { '00181164': ['DS', '0.5\\0.5'] };
    expect((await refusal({ spacingMm }, ofDicom(detector))).message).toContain('is not known');
    await imageToPrepared(specOf({ spacingMm: { ...spacingMm, plane: 'detector' } }), ofDicom(detector));
  });

  it('comes from the functional groups of an enhanced image', async () => {
    const measures: DicomElements = {
      '52009229': ['SQ', [{ '00289110': ['SQ', [{ '00280030': ['DS', '0.5\\0.5'] }]] }]],
    };
    expect(await imageToPrepared(specOf({ spacingMm }), ofDicom(measures))).not.toHaveProperty('warnings');
  });
});

describe('a grid that is sent with an image', () => {
  const grid: ImageGrid = {
    size: [2, 3],
    spacing: [0.5, 0.25],
    patient: { origin: [-10, -20, 30], rows: [0, 1, 0], columns: [1, 0, 0] },
    frameOfReference: '1.2.3',
  };

  it('is accepted where it agrees with the file, as far as both speak', async () => {
    await imageToPrepared(specOf({}), ofDicom(AXIAL, grid));
    await imageToPrepared(specOf({}), ofDicom({}, grid));
    await imageToPrepared(specOf({}), ofPng(grid));
    await imageToPrepared(specOf({}), ofDicom(AXIAL, { size: [2, 3], spacing: [0.50001, 0.25] }));
  });

  it.each<[string, Partial<ImageGrid>]>([
    ['size', { size: [3, 2] }],
    ['spacing', { spacing: [0.25, 0.5] }],
    ['direction', { patient: { origin: [-10, -20, 30], rows: [0, -1, 0], columns: [1, 0, 0] } }],
    ['origin', { patient: { origin: [-10, -20, 30.1], rows: [0, 1, 0], columns: [1, 0, 0] } }],
    ['frame of reference', { frameOfReference: '1.2.4' }],
  ])('is refused where it disagrees in its %s', async (field, change) => {
    const error = await refusal({}, ofDicom(AXIAL, { ...grid, ...change }));
    expect(error.code).toBe('DH_GRID_MISMATCH');
    expect(error.message).toBe(`Input "slice": the grid that was sent disagrees with the file in its ${field}.`);
  });

  it('is refused with a PNG of another size', async () => {
    expect((await refusal({}, ofPng({ ...grid, size: [3, 2] }))).code).toBe('DH_GRID_MISMATCH');
  });
});
