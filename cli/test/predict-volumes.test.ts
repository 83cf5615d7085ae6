import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

/** Labels by the brightness of a volume whose voxels are 1 x 2 x 4 mm along R, A and S. */
const bright: TestPackageOptions = {
  name: 'bright',
  version: '1.0.0',
  model: identityModel({ dataType: 'FP32', shape: ['n', 1, 'd', 'h', 'w'] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'scan',
        kind: 'volume',
        feeds: 'x',
        mediaTypes: ['application/x-nifti', 'application/dicom'],
        maxVoxels: 10_000,
        spacingMm: { minimum: [4, 2, 1], maximum: [4, 2, 1] },
        steps: [
          { op: 'orient_volume', axes: 'SAR' },
          { op: 'window_level', center: 50, width: 100 },
          { op: 'volume_to_tensor', layout: 'NCDHW' },
        ],
      },
    ],
    outputs: [
      { name: 'bright', kind: 'mask', from: 'y', input: 'scan', mode: 'binary', classes: [{ label: 'bright' }] },
      { name: 'p', kind: 'map', from: 'y', input: 'scan', quantity: 'probability', unit: '1' },
    ],
  },
  golden: [
    {
      id: 'two',
      inputs: {
        scan: {
          volume: {
            voxels: { dataType: 'INT16', shape: [1, 1, 2], values: [0, 100] },
            grid: {
              spacingMm: [4, 2, 1],
              origin: [0, 0, 0],
              convention: 'RAS',
              direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
            },
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 1, 2], values: [0, 1] } },
    },
  ],
};

const SIZE = [5, 4, 3] as const;
/** Bright where i < 2 and j = 0, in every k. */
const labels = Array.from({ length: 60 }, (_, n) => (n % 5 < 2 && Math.floor(n / 5) % 4 === 0 ? 1 : 0));

/** 5 x 4 x 3 voxels of LAS orientation, UINT8, with an sform and another qform code, as scanners write them. */
function scan(): Buffer {
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  for (const [i, extent] of [3, ...SIZE, 1, 1, 1, 1].entries()) header.writeInt16LE(extent, 40 + i * 2);
  header.writeInt16LE(2, 70);
  header.writeInt16LE(8, 72);
  for (const [i, size] of [-1, 1, 2, 4].entries()) header.writeFloatLE(size, 76 + i * 4);
  header.writeFloatLE(352, 108);
  header.writeUInt8(2 + 8, 123);
  header.writeInt16LE(1, 252);
  header.writeInt16LE(4, 254);
  // A half turn about y, mirrored by the qfac of -1: x and z turn round, z turns back.
  for (const [i, value] of [0, 1, 0, 91.1, -72.2, 13.3].entries()) header.writeFloatLE(value, 256 + i * 4);
  for (const [i, value] of [-1, 0, 0, 91.1, 0, 2, 0, -72.2, 0, 0, 4, 13.3].entries())
    header.writeFloatLE(value, 280 + i * 4);
  header.write('n+1\0', 344, 'latin1');
  return Buffer.concat([header, Buffer.from(labels.map((label) => (label === 1 ? 90 : 10)))]);
}

let served: ServedPackages;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'scan.nii.gz'), gzipSync(scan()));
  served = await servePackages([bright]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});
const predict = (...args: string[]) => deephealth('predict', '--address', served.server.address, 'bright', ...args);
const at = (name: string) => join(folder, name);

describe('deephealth predict on a NIfTI file', () => {
  it('says how large each class is, and writes a mask with the place of the input, bit for bit', async () => {
    const { exitCode, stdout, complaints } = await predict(
      at('scan.nii.gz'),
      '--output',
      'bright',
      '--out',
      at('mask.nii.gz'),
      '--out',
      at('mask.nii'),
      '--out',
      at('mask.csv'),
      '--out',
      at('mask.json'),
    );
    expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
    // 6 voxels of 8 mm3.
    expect(stdout).toMatch(/^bright +bright 0\.048 mL +-$/m);
    const mask = readFileSync(at('mask.nii'));
    expect(gunzipSync(readFileSync(at('mask.nii.gz'))).equals(mask)).toBe(true);
    const original = scan();
    // pixdim to the third axis, qform and sform codes, quaternion, offsets, sform.
    for (const [from, to] of [
      [40, 48],
      [76, 92],
      [252, 328],
    ] as const) {
      expect(mask.subarray(from, to).equals(original.subarray(from, to)), `bytes ${from} to ${to}`).toBe(true);
    }
    expect(mask.readInt16LE(70)).toBe(2);
    expect([...mask.subarray(352)]).toEqual(labels);
    expect(readFileSync(at('mask.csv'), 'utf8').split('\r\n')).toEqual([
      'finding,kind,label,value,unit,threshold,decided,startS,durationS',
      'bright,mask,bright,48,mm3,,,,',
      '',
    ]);
    expect(JSON.parse(readFileSync(at('mask.json'), 'utf8'))).toMatchObject({
      findings: [{ finding: 'bright', value: 48, unit: 'mm3' }],
      provenance: { modelName: 'bright' },
    });
  });

  it('writes a map as FP32', async () => {
    expect((await predict(at('scan.nii.gz'), '--output', 'p', '--out', at('p.nii'))).exitCode).toBe(0);
    const map = readFileSync(at('p.nii'));
    expect(map.readInt16LE(70)).toBe(16);
    const values = Array.from({ length: 60 }, (_, i) => Number(map.readFloatLE(352 + i * 4).toFixed(6)));
    expect(values).toEqual(labels.map((label) => (label === 1 ? 0.9 : 0.1)));
  });

  it("draws the mask over three slices, the patient's left at the right", async () => {
    expect((await predict(at('scan.nii.gz'), '--output', 'bright', '--out', at('mask.png'))).exitCode).toBe(0);
    const { data, info } = await sharp(at('mask.png')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    // Axial 5 x 8 mm, coronal 5 x 12 mm, sagittal 8 x 12 mm, each with 400 pixels along its longer side.
    expect(info).toMatchObject({ width: 250 + 8 + 167 + 8 + 267, height: 400 });
    const red = (x: number, y: number) =>
      (data[(y * info.width + x) * 3] as number) > (data[(y * info.width + x) * 3 + 1] as number) + 50;
    // i grows to the left and j to the front: right on the screen is i = 4, the lower end j = 0.
    expect([red(20, 390), red(70, 390), red(120, 390), red(230, 390)]).toEqual([true, true, false, false]);
    expect([red(20, 10), red(20, 280)]).toEqual([false, false]);
  });

  it.each([
    [
      'an extension that is not written',
      ['--out', 'result.tiff'],
      'DH_MEDIA_TYPE_UNSUPPORTED: "result.tiff" has an extension',
    ],
    ['a file for two findings', ['--out', 'both.nii'], 'Choose one with --output'],
    [
      'a folder that is not there',
      ['--output', 'p', '--out', 'nowhere/p.nii'],
      '"p.nii" cannot be written. Check the folder.',
    ],
  ])('refuses %s', async (_, args, reason) => {
    const paths = args.map((arg, i) => (args[i - 1] === '--out' ? at(arg) : arg));
    const { exitCode, stderr } = await predict(at('scan.nii.gz'), ...paths);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain(folder);
  });

  it('refuses a folder without DICOM, and a file that is no volume', async () => {
    mkdirSync(at('empty'));
    writeFileSync(join(at('empty'), 'README'), 'nothing');
    expect((await predict(at('empty'))).stderr).toContain('The folder "empty" holds no DICOM file.');
    writeFileSync(at('text.nii'), 'not a volume');
    expect((await predict(at('text.nii'))).stderr).toMatch(/^DH_MEDIA_UNREADABLE: Input "scan"/);
  });
});
