import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeSeries, HOUNSFIELD } from './decode-series.js';
import { dicomSliceFile, type SliceFile } from './testing/dicom-slice-file.js';

const limits = { maxVoxels: 1_000_000 };

/** Slices of 2 x 3 pixels, 4 mm apart from z = 10 on; pixel i of slice k is 10 k + i. */
function series(count = 4, change: (k: number) => Partial<SliceFile> = () => ({})): Buffer[] {
  return Array.from({ length: count }, (_, k) =>
    dicomSliceFile({
      pixels: Array.from({ length: 6 }, (_, i) => 10 * k + i),
      position: [-5, 7, 10 + 4 * k],
      ...change(k),
    }),
  );
}

const refusal = async (files: Buffer[], max = limits): Promise<string> => {
  const thrown = await decodeSeries(files, max).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(Error);
  expect((thrown as Error).name).toMatch(/^(SeriesFault|DicomRefusal)$/);
  return (thrown as Error).message;
};

describe('decodeSeries', () => {
  it('orders by position, in whatever order the files come, and gives Hounsfield units', async () => {
    const files = series();
    const expected = [0, 1, 2, 3].flatMap((k) => Array.from({ length: 6 }, (_, i) => (10 * k + i) * 2 - 1024));
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ]) {
      const { voxels, place, unit } = await decodeSeries(
        order.map((k) => files[k] as Buffer),
        limits,
      );
      expect([...voxels]).toEqual(expected);
      expect(unit).toBe(HOUNSFIELD);
      expect(place).toEqual({
        convention: 'LPS',
        frameOfReference: '1.2.3.5',
        // Columns are 0.5 mm apart, rows 2 mm, slices 4 mm: by their positions, not by the thickness of 99.
        grid: { width: 3, height: 2, depth: 4, affine: [0.5, 0, 0, -5, 0, 2, 0, 7, 0, 0, 4, 10] },
      });
    }
  });

  it('stacks sagittal slices along their normal', async () => {
    // Rows run along +y, columns down along -z: the normal is -x.
    const files = series(3, (k) => ({ orientation: [0, 1, 0, 0, 0, -1], position: [20 - 3 * k, 1, 2] }));
    const { place, voxels } = await decodeSeries([files[1], files[2], files[0]] as Buffer[], limits);
    expect(place.grid.affine.map((v) => v + 0)).toEqual([0, 0, -3, 20, 0.5, 0, 0, 1, 0, -2, 0, 2]);
    expect(voxels[6]).toBe(10 * 2 - 1024);
  });

  it('scales each slice with its own slope, as PET has them', async () => {
    const files = series(2, (k) => ({ slope: k === 0 ? '1' : '0.5', intercept: '0', modality: 'PT' }));
    const { voxels, unit } = await decodeSeries(files, limits);
    expect([...voxels]).toEqual([0, 1, 2, 3, 4, 5, 5, 5.5, 6, 6.5, 7, 7.5]);
    expect(unit).toBe('');
  });

  it.each([
    [
      'a missing slice',
      series(5).filter((_, k) => k !== 2),
      'has a gap between slices 2 and 3 of 4 along the normal: about 1',
    ],
    ['an uneven distance', series(4, (k) => ({ position: [-5, 7, k === 3 ? 23.5 : 10 + 4 * k] })), 'not evenly spaced'],
    [
      'two slices at one place',
      series(4, (k) => ({ position: [-5, 7, k === 3 ? 18 : 10 + 4 * k], instance: `1.${k}` })),
      'lie on each other',
    ],
    ['all slices at one place', series(3, (k) => ({ position: [-5, 7, 10], instance: `1.${k}` })), 'lie on each other'],
    ['the same file twice', [...series(), series()[1] as Buffer], 'an instance twice'],
    ['two series', series(4, (k) => ({ series: k === 2 ? '9.9' : '1.2' })), 'several series'],
    ['two frames of reference', series(4, (k) => ({ frame: k === 2 ? '9.9' : '1.2' })), 'frames of reference'],
    ['two orientations', series(4, (k) => (k === 2 ? { orientation: [0, 1, 0, -1, 0, 0] } : {})), 'orientations'],
    ['two sizes', series(4, (k) => (k === 2 ? { rows: 3, columns: 2 } : {})), 'sizes of slices'],
    ['two pixel spacings', series(4, (k) => (k === 2 ? { spacing: [2, 0.6] } : {})), 'pixel spacings'],
    ['two modalities', series(4, (k) => (k === 2 ? { modality: 'MR' } : {})), 'modalities'],
    ['a tilted gantry', series(4, (k) => ({ position: [-5, 7 + k, 10 + 4 * k] })), 'not perpendicular'],
    ['one slice shifted aside', series(4, (k) => ({ position: [k === 1 ? -6 : -5, 7, 10 + 4 * k] })), 'straight line'],
    [
      'a slice without position',
      series(4, (k) => (k === 1 ? { position: undefined } : {})),
      '(number 2 of the series) has no Image Position',
    ],
    ['no orientation of length 1', series(2, () => ({ orientation: [1, 0, 0, 0, 2, 0] })), 'perpendicular directions'],
    ['a localizer', series(4, (k) => (k === 1 ? { imageType: 'ORIGINAL\\PRIMARY\\LOCALIZER' } : {})), 'localizer'],
    ['inverted grey', series(2, () => ({ photometric: 'MONOCHROME1' })), 'MONOCHROME2'],
    ['several frames in a file', series(2, () => ({ frames: '3' })), 'several frames'],
    ['a slope that is no number', series(2, () => ({ slope: 'x' })), 'Rescale Slope'],
    [
      'a file that is cut off',
      series().map((file, k) => (k === 3 ? file.subarray(0, -5) : file)),
      '(number 4 of the series)',
    ],
    ['something that is no DICOM', [...series(3), Buffer.from('hello')], 'no DICOM file'],
  ])('refuses %s', async (_, files, reason) => {
    expect(await refusal(files as Buffer[])).toContain(reason);
  });

  it('refuses more voxels than allowed by the headers, before it decodes', async () => {
    const files = series(2, () => ({ rows: 60_000, columns: 60_000 }));
    expect(await refusal(files)).toContain('more than the 1000000');
  });

  const real = fileURLToPath(new URL('../../../../shared/data/dicom/vs-seg-001', import.meta.url));
  it.skipIf(!existsSync(real))('reads a real MR series (needs ../shared/data)', async () => {
    const names = readdirSync(real).sort();
    const files = names.map((name) => readFileSync(join(real, name)));
    const { voxels, place } = await decodeSeries([...files].reverse(), { maxVoxels: 2 ** 24 });
    expect(place.grid).toMatchObject({ width: 512, height: 512, depth: 3 });
    // As pydicom prints them.
    const { affine } = place.grid;
    expect([affine[0], affine[5], affine[10]].map((v) => Number(v?.toFixed(6)))).toEqual([0.410156, 0.410156, 1.5]);
    expect([affine[3], affine[7], affine[11]]).toEqual([-106.32680907019, -123.07443807356, -92.000669002533]);
    // The pixels are the last element of these uncompressed files.
    const stored = (file: Buffer) => new Uint16Array(Uint8Array.from(file.subarray(-512 * 512 * 2)).buffer);
    files.forEach((file, k) => {
      const slice = voxels.subarray(k * 512 * 512, (k + 1) * 512 * 512);
      expect(Buffer.from(Uint16Array.from(slice).buffer).equals(Buffer.from(stored(file).buffer))).toBe(true);
    });
  });
});
