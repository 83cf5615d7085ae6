import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dicomImage, identityModel, type TestPackageOptions, tiffFile } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

/** Marks what is bright, from stored 200 on in DICOM and from 200 of 255 on in a TIFF. */
const bright: TestPackageOptions = {
  name: 'bright',
  version: '1.0.0',
  model: identityModel({ dataType: 'FP32', shape: ['n', 1, 'h', 'w'] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'scan',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/tiff', 'application/dicom'],
        maxPixels: 100,
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
          {
            op: 'decode_dicom',
            channels: 1,
            rescale: 'none',
            padding: 'keep',
            window: { center: 127.5, width: 255, function: 'LINEAR_EXACT' },
            monochrome1: 'keep',
          },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'bright',
        kind: 'mask',
        from: 'y',
        input: 'scan',
        mode: 'binary',
        classes: [{ label: 'bright', threshold: 200 / 255 - 1e-6 }],
      },
    ],
  },
  golden: [
    {
      id: 'two',
      inputs: {
        scan: {
          image: {
            mediaType: 'image/tiff',
            base64: tiffFile([{ width: 2, height: 1, pixels: [0, 255] }]).toString('base64'),
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 1] } },
    },
  ],
};

let served: ServedPackages;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  served = await servePackages([bright]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

/** RGB in the middle of each pixel of the overlay over a file of 4 x 1 pixels. */
async function overlay(name: string, file: Uint8Array, ...args: string[]): Promise<number[][]> {
  writeFileSync(join(folder, name), file);
  const out = join(folder, `${name}.png`);
  const { address } = served.server;
  const ended = await deephealth('predict', '--address', address, 'bright', join(folder, name), '--out', out, ...args);
  expect(ended).toMatchObject({ exitCode: 0, complaints: '' });
  const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 400, height: 100, channels: 3 });
  return [50, 150, 250, 350].map((x) => [...data.subarray((50 * 400 + x) * 3, (50 * 400 + x) * 3 + 3)]);
}

const grey = (level: number) => [level, level, level];
/** Half of the first class's red (228, 26, 28) over a grey. */
const red = (level: number) => [228, 26, 28].map((colour) => Math.round((colour + level) / 2));

describe('the overlay of deephealth predict', () => {
  const elements = {
    '00281050': ['DS', '150'],
    '00281051': ['DS', '200'],
    '00281056': ['CS', 'LINEAR_EXACT'],
  } as const;
  const pixels = new Uint8Array(Uint16Array.of(0, 100, 150, 220).buffer);

  it('lies over a DICOM image in the window of the file', async () => {
    const file = dicomImage({ rows: 1, columns: 4, pixels, elements });
    expect(await overlay('scan.dcm', file)).toEqual([grey(0), grey(64), grey(128), red(217)]);
  });

  it('lies over MONOCHROME1 turned around', async () => {
    const file = dicomImage({ rows: 1, columns: 4, pixels, elements, photometric: 'MONOCHROME1' });
    expect(await overlay('inverted', file)).toEqual([grey(255), grey(191), grey(127), red(38)]);
  });

  it('lies over the frame that was sent', async () => {
    const two = new Uint8Array(Uint16Array.of(220, 220, 220, 220, 0, 100, 150, 220).buffer);
    const file = dicomImage({ rows: 1, columns: 4, pixels: two, frames: '2', elements });
    expect(await overlay('frames', file, '--frame', '1')).toEqual([grey(0), grey(64), grey(128), red(217)]);
  });

  it('lies over the page of a TIFF', async () => {
    const file = tiffFile([
      { width: 1, height: 1, pixels: [1] },
      { width: 4, height: 1, pixels: [10, 60, 199, 240] },
    ]);
    expect(await overlay('pages.tiff', file, '--frame', '1')).toEqual([grey(10), grey(60), grey(199), red(240)]);
  });

  it('marks a coloured picture in a colour that it does not have, and a grey one of three channels in red', async () => {
    const tissue = [200, 90, 40];
    const picture = (dark: number[]) =>
      sharp(Buffer.from([...dark, ...dark, ...dark, 255, 255, 255]), { raw: { width: 4, height: 1, channels: 3 } })
        .tiff({ compression: 'none' })
        .toBuffer();
    const coloured = await overlay('tissue.tiff', await picture(tissue));
    expect(coloured).toEqual([tissue, tissue, tissue, [128, 242, 255]]);
    expect(await overlay('grey.tiff', await picture([60, 60, 60]))).toEqual([grey(60), grey(60), grey(60), red(255)]);
  });
});
