// The served models on the data that their training scripts measured: what a platform gets must be what the
// cards say. The data sets are not part of this repository; the whole inputs are.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, type RuntimeClient, readInputFile } from '@deephealth/sdk';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpz } from './npz.js';
import { samples } from './sample-files.js';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const has = (path: string) => existsSync(join(data, path));
const resultOf = (model: string) =>
  JSON.parse(readFileSync(join(samples, 'models', model, 'training', 'result', 'metrics.json'), 'utf8'));

let server: RuntimeServer;
let client: RuntimeClient;
beforeAll(async () => {
  server = await startRuntimeServer({ models: [join(samples, 'models')], port: 0 });
  await server.verified;
  client = createRuntimeClient({ address: server.address });
  await client.connect();
}, 60_000);
afterAll(async () => {
  client?.close();
  await server?.stop();
});

/** Labels of the one mask that a model gives for a file. */
async function maskOf(model: string, path: string, frame = 0): Promise<Uint8Array> {
  const inputs = await readInputFile(path, await client.getModel(model, '1.0.0'), { frame });
  const { findings } = await client.predict({ modelName: model, modelVersion: '1.0.0', requestId: '', inputs });
  const labels = findings[0]?.mask?.labels;
  if (!labels) throw new Error(`${model} gave no mask`);
  expect(labels.dataType).toBe('DATA_TYPE_UINT8');
  return labels.data;
}

const countOf = (values: Uint8Array, wanted: number) =>
  values.reduce((sum, value) => sum + Number(value === wanted), 0);

function dice(found: Uint8Array, truth: Uint8Array, label: number): number {
  expect(found).toHaveLength(truth.length);
  let both = 0;
  for (let i = 0; i < truth.length; i++) if (found[i] === label && truth[i] === label) both++;
  return (2 * both) / (countOf(found, label) + countOf(truth, label));
}

describe('the whole sample inputs', () => {
  // Counts by hippocampus-volume/reference.py, in float64, from the same files.
  it.each([
    ['hippocampus-left.nii.gz', 1785, 1962],
    ['hippocampus-right.nii.gz', 2036, 1917],
  ])('%s: both parts of the hippocampus, as large as the float64 reference finds them', async (file, ...counts) => {
    const found = await maskOf('hippocampus-volume', join(samples, 'inputs', 'whole', file));
    counts.forEach((count, k) => {
      expect(Math.abs(countOf(found, k + 1) - count)).toBeLessThanOrEqual(2);
    });
  });

  it('the photograph of a retina: a mask on all of its pixels, vessels on a plausible share of them', async () => {
    const found = await maskOf('retina-vessels', join(samples, 'inputs', 'whole', 'retina-left-eye.jpg'));
    expect(found).toHaveLength(1411 * 1411);
    // In CHASE_DB1, 5 to 10 percent of a photograph are drawn as vessels.
    expect(countOf(found, 1) / found.length).toBeGreaterThan(0.05);
    expect(countOf(found, 1) / found.length).toBeLessThan(0.1);
  });
});

const SEGMENTED_CROPS = ['089', '097'];
describe.skipIf(!has('hippocampus'))('hippocampus-volume on test crops (skipped without ../shared/data)', () => {
  it.each(SEGMENTED_CROPS)('crop %s: the Dice that training measured', async (crop) => {
    const file = `hippocampus_${crop}.nii.gz`;
    const found = await maskOf('hippocampus-volume', join(data, 'hippocampus', 'imagesTr', file));
    const label = gunzipSync(readFileSync(join(data, 'hippocampus', 'labelsTr', file)));
    // NIfTI-1: UINT8 from vox_offset on, the first axis fastest, as in the mask on the grid of the file.
    expect(label.readInt16LE(70)).toBe(2);
    const truth = label.subarray(label.readFloatLE(108));
    const measured = resultOf('hippocampus-volume').test.by_crop[crop];
    expect(Math.abs(dice(found, truth, 1) - measured.dice_anterior)).toBeLessThan(0.001);
    expect(Math.abs(dice(found, truth, 2) - measured.dice_posterior)).toBeLessThan(0.001);
    expect(measured.dice_anterior).toBeGreaterThan(0.8);
  });
});

describe.skipIf(!has('retina/CHASEDB1'))('retina-vessels on test photographs (skipped without ../shared/data)', () => {
  it.each(['11L', '13R'])('%s: the Dice that training measured', async (name) => {
    const folder = join(data, 'retina', 'CHASEDB1');
    const found = await maskOf('retina-vessels', join(folder, `Image_${name}.jpg`));
    const drawn = await sharp(join(folder, `Image_${name}_1stHO.png`))
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    const truth = drawn.map((value) => Number(value > 127));
    const measured = resultOf('retina-vessels').test.by_photograph[name].dice;
    // Two decoders of JPEG differ by a grey level here and there.
    expect(Math.abs(dice(found, truth, 1) - measured)).toBeLessThan(0.003);
    expect(measured).toBeGreaterThan(0.7);
  });
});

describe.skipIf(!has('chest-xray'))(
  'chest-xray-pneumonia on all test pictures (skipped without ../shared/data)',
  () => {
    it('has the sensitivity and the specificity that training measured', async () => {
      const arrays = readNpz(join(data, 'chest-xray', 'pneumoniamnist_merged.npz'));
      const [pictures, labels] = ['test_images', 'test_labels'].map((name) => arrays.get(name) as Uint8Array);
      const called = { ill: [] as boolean[], healthy: [] as boolean[] };
      const model = await client.getModel('chest-xray-pneumonia', '1.0.0');
      expect(model.inputs.map(({ name }) => name)).toEqual(['xray']);
      for (const [k, label] of (labels as Uint8Array).entries()) {
        const raw = { width: 28, height: 28, channels: 1 as const };
        const grey = (pictures as Uint8Array).subarray(784 * k, 784 * (k + 1));
        const png = await sharp(grey, { raw }).toColourspace('b-w').png().toBuffer();
        const { findings } = await client.predict({
          modelName: 'chest-xray-pneumonia',
          modelVersion: '1.0.0',
          requestId: '',
          inputs: [{ name: 'xray', image: { data: png, mediaType: 'image/png' } }],
        });
        const isCalled = findings[0]?.classification?.decision.includes('pneumonia') ?? false;
        (label === 1 ? called.ill : called.healthy).push(isCalled);
      }
      const share = (flags: boolean[]) => flags.filter(Boolean).length / flags.length;
      expect([called.ill.length, called.healthy.length]).toEqual([390, 234]);
      const { sensitivity, specificity } = resultOf('chest-xray-pneumonia').test;
      // One picture at the threshold may fall on the other side.
      expect(Math.abs(share(called.ill) - sensitivity.value)).toBeLessThan(1.5 / 390);
      expect(Math.abs(1 - share(called.healthy) - specificity.value)).toBeLessThan(1.5 / 234);
    }, 60_000);
  },
);

describe.skipIf(!has('pathology'))('tissue-pixels on the test slide (skipped without ../shared/data)', () => {
  it.each([1, 6, 8])('tile %d of the DICOM file: as many pixels of tissue as training counted', async (frame) => {
    const found = await maskOf('tissue-pixels', join(data, 'pathology', 'camelyon.dcm'), frame);
    const counted = resultOf('tissue-pixels').test_slide_pixels_called_tissue_by_tile[frame];
    expect(counted).toBeGreaterThan(1000);
    // Two decoders of JPEG differ by a grey level here and there.
    expect(Math.abs(countOf(found, 1) - counted) / counted).toBeLessThan(0.01);
  });
});
