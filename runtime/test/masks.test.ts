import type { runtimeV1 } from '@deephealth/proto';
import { tensorFromValues, toContractTensor } from '@deephealth/sdk';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foreground, maskPackages, ras, shape } from './mask-packages.js';
import { startTestServer, type TestServer } from './test-server.js';
import { BOX, niftiFile, ORIENTATIONS, type Phantom, type PhantomValue, phantom } from './volume-phantoms.js';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer(maskPackages());
});
afterAll(() => test.stop());

const volumeOf = ({ values }: Phantom) => values.filter((v) => v > 0).length * 3;
const voxels = (source: Phantom): runtimeV1.NamedInput => ({
  name: 'scan',
  volume: { voxels: toContractTensor(tensorFromValues('INT16', source.shape, source.values)), grid: source.grid },
});
const predict = (modelName: string, input: runtimeV1.NamedInput) => test.client.predict({ modelName, inputs: [input] });
const maskOf = (response: runtimeV1.PredictResponse__Output, name = 'lesion') => {
  const mask = response.findings.find((finding) => finding.name === name)?.mask;
  if (!mask?.labels || !mask.grid) throw new Error('the response holds no mask');
  const { dataType, data } = mask.labels;
  const values = dataType === 'DATA_TYPE_UINT8' ? [...data] : [...new Uint16Array(Uint8Array.from(data).buffer)];
  return {
    values,
    shape: mask.labels.shape.map(Number),
    grid: mask.grid,
    classes: mask.classes,
    isMultilabel: mask.isMultilabel,
  };
};
const warned = (response: runtimeV1.PredictResponse__Output) =>
  response.warnings.filter(({ kind }) => kind === 'WARNING_KIND_PARTLY_EXAMINED').map(({ field }) => field);

describe('a mask', () => {
  it('[DH-R-039] lies on the grid and in the orientation of the input as sent, for each of 48, through every step', async () => {
    for (const axes of ORIENTATIONS) {
      const source = phantom(axes, foreground);
      for (const model of ['turned', 'finer', 'sliced', 'last', 'sliding']) {
        const response = await predict(model, voxels(source));
        const { values, shape: extents, grid } = maskOf(response);
        expect(values, `${model} ${axes}`).toEqual(source.values);
        expect(extents).toEqual(source.shape);
        expect(warned(response)).toEqual([]);
        expect(grid).toMatchObject({
          size: source.shape.map(String),
          unit: 'LENGTH_UNIT_MILLIMETRE',
          convention: 'COORDINATE_CONVENTION_RAS',
        });
        for (const field of ['origin', 'spacing', 'direction'] as const) {
          for (const [i, wanted] of (source.grid[field] as number[]).entries()) {
            expect(grid[field][i], `${field} ${axes}`).toBeCloseTo(wanted, 9);
          }
        }
      }
    }
  });

  it('states the extent of each class in mm3 of the input', async () => {
    const { classes } = maskOf(await predict('turned', voxels(phantom('LPI', foreground))));
    expect(BOX.spacing.reduce((a, b) => a * b)).toBe(3);
    expect(classes).toMatchObject([
      { value: 1, label: 'lesion', codes: [{ code: '52988006' }], extent: { value: volumeOf(ras), unit: 'mm3' } },
    ]);
  });

  it('is background outside of what the model saw, and says so', async () => {
    for (const axes of ['RAS', 'SPL', 'IAR']) {
      const response = await predict('cropped', voxels(phantom(axes, foreground)));
      const expected = phantom(axes, (r, a, s) => (r >= 1 && r <= 3 ? foreground(r, a, s) : 0)).values;
      expect(maskOf(response).values).toEqual(expected);
      expect(warned(response)).toEqual(['lesion']);
    }
  });

  it('holds the class of the largest channel under its own value, or a bit for each class that is met', async () => {
    const source = phantom('PSL', foreground);
    const response = await predict('classes', voxels(source));
    const lesion = maskOf(response);
    expect(lesion.values).toEqual(source.values.map((v) => 300 * v));
    expect(lesion.classes.map(({ label, value }) => [label, value])).toEqual([['lesion', 300]]);
    const overlapping = maskOf(response, 'overlapping');
    expect(overlapping.isMultilabel).toBe(true);
    expect(overlapping.values).toEqual(source.values.map((v) => 1 + 2 * v));
    expect(overlapping.classes.map(({ value, extent }) => [value, extent?.value])).toEqual([
      [1, 180],
      [2, volumeOf(source)],
    ]);
  });

  it('takes label values as the tensor holds them', async () => {
    const source = phantom('ALS', shape);
    expect(maskOf(await predict('labels', voxels(source))).values).toEqual(source.values);
  });

  it('of a label that is not declared is a fault of the model', async () => {
    const call = predict('labels', voxels(phantom('RAS', () => 3)));
    await expect(call).rejects.toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID' });
  });

  it('of a value that is no probability is a fault of the model', async () => {
    const call = predict('turned', voxels(phantom('RAS', () => 3)));
    await expect(call).rejects.toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID' });
  });

  it('covers all of the input although the voxels of the model do not fit into it', async () => {
    // No voxel of the input lies outside of what the model saw, so none is background for that reason.
    const response = await predict('coarser', voxels(phantom('LPS', () => 1)));
    expect(warned(response)).toEqual([]);
    expect(maskOf(response).values).toEqual(Array(60).fill(1));
  });

  it('comes from a NIfTI file too', async () => {
    const source = phantom('SLA', foreground);
    const input = { name: 'scan', volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } } };
    expect(maskOf(await predict('turned', input)).values).toEqual(source.values);
  });

  it('of a photograph lies on its own pixels, upright', async () => {
    // White but for the lower right quarter, 6 x 4; stored a quarter turn away, as a camera does.
    const pixels = Buffer.from(Array.from({ length: 24 }, (_, i) => (Math.floor(i / 6) >= 2 && i % 6 >= 2 ? 0 : 255)));
    const upright = sharp(pixels, { raw: { width: 6, height: 4, channels: 1 } });
    const turned = await upright.rotate(-90).png().withMetadata({ orientation: 6 }).toBuffer();
    const {
      values,
      shape: extents,
      grid,
      classes,
    } = maskOf(await predict('photo', { name: 'photo', image: { data: turned, mediaType: 'image/png' } }));
    expect(extents).toEqual([4, 6]);
    expect(values).toEqual([...pixels].map((v) => Math.min(v, 1)));
    expect(grid).toMatchObject({
      size: ['4', '6'],
      unit: 'LENGTH_UNIT_PIXEL',
      convention: 'COORDINATE_CONVENTION_IMAGE',
    });
    expect(classes[0]?.extent).toBeNull();
  });
});

describe('a mask of an image whose steps turn it and keep its middle', () => {
  it('lies where the pixels were, is background elsewhere, and says so', async () => {
    // Transposed it is 4 wide and 6 high; of that turned upside down, rows 2 and 3 and columns 0 to 2 are kept:
    // columns 2 and 3 and rows 0 to 2 of the image as sent.
    const white = ['. . . . . #', '. # # . . .', '# . . # . .', '# # # # # #'];
    const expected = ['. . . . . .', '. . # . . .', '. . . # . .', '. . . . . .'];
    const cells = (rows: readonly string[], value: number) =>
      rows.flatMap((row) => row.split(' ').map((cell) => (cell === '#' ? value : 0)));
    const data = await sharp(Buffer.from(cells(white, 255)), { raw: { width: 6, height: 4, channels: 1 } })
      .png()
      .toBuffer();
    const response = await predict('turned-photo', { name: 'photo', image: { data, mediaType: 'image/png' } });
    const { values, shape: extents } = maskOf(response);
    expect(extents).toEqual([4, 6]);
    expect(values).toEqual(cells(expected, 1));
    expect(warned(response)).toEqual(['lesion']);
  });
});

describe('a sliding window', () => {
  it('is a step of the provenance, with the digest of its graph', async () => {
    const { provenance } = await predict('sliding', voxels(phantom('RAS', foreground)));
    expect(provenance?.steps.map(({ name, operation, onnxSha256 }) => [name, operation, onnxSha256.length])).toEqual([
      ['slide', 'sliding_window', 64],
    ]);
  });
});

describe('a map', () => {
  const valuesOf = (response: runtimeV1.PredictResponse__Output, name: string) => {
    const map = response.findings.find((finding) => finding.name === name)?.map;
    return { ...map, numbers: [...new Float32Array(Uint8Array.from(map?.values?.data ?? []).buffer)] };
  };

  it('lies on the grid of the input, with quantity, unit and range', async () => {
    const source = phantom('PSL', foreground);
    const { numbers, quantity, unit, minimum, maximum } = valuesOf(await predict('classes', voxels(source)), 'p');
    expect(numbers).toEqual(source.values);
    expect({ quantity, unit, minimum, maximum }).toEqual({
      quantity: 'probability',
      unit: '1',
      minimum: 0,
      maximum: 1,
    });
  });

  it('is NaN where the model did not look, and says so', async () => {
    const dose: PhantomValue = (r, a, s) => 100 * r + 10 * a + s;
    const response = await predict('mapped', voxels(phantom('LIP', dose)));
    expect(valuesOf(response, 'dose').numbers).toEqual(
      phantom('LIP', (r, a, s) => (s === 2 ? Number.NaN : dose(r, a, s))).values,
    );
    expect(warned(response)).toEqual(['dose']);
  });
});
