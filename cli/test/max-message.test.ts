import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bmpFile, buildOnnxModel, buildTestPackage, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const SIDE = 4;
/** 3 bytes a pixel: 3 MB, and 69 MB, which is more than 64 MiB. */
const [LARGE, HUGE] = [1000, 4800];

/** Files of 69 MB are written, sent and decoded. */
const HUGE_TEST = { timeout: 120_000 };

/** P(bright) is the mean brightness of an image of any size. */
const BRIGHT: TestPackageOptions = {
  name: 'bright',
  version: '1.0.0',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 1] }],
    nodes: [
      {
        op: 'ReduceMean',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
      },
    ],
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1], range: [0, 1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'photo',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png', 'image/bmp'],
        maxPixels: HUGE * HUGE,
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
          { op: 'resize_image', width: SIDE, height: SIDE, interpolation: 'nearest' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'brightness',
        kind: 'classification',
        from: 'y',
        mode: 'binary',
        classes: [{ label: 'dark' }, { label: 'bright', threshold: 0.5 }],
      },
    ],
  },
  golden: [
    {
      id: 'black',
      inputs: { photo: { image: { mediaType: 'image/png', base64: png(0).toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0], scale: 1 } },
    },
  ],
};

function png(level: number): Buffer {
  return pngFile({
    width: SIDE,
    height: SIDE,
    depth: 8,
    colour: 'gray',
    bytes: Array<number>(SIDE * SIDE).fill(level),
  });
}

/** An image of one grey level, uncompressed. */
function bmp(side: number, level: number): Buffer {
  const small = bmpFile({ width: 1, height: 1, bits: 24, rows: [[level, level, level]] });
  const header = Buffer.from(small.subarray(0, 54));
  const pixels = Buffer.alloc(side * side * 3, level);
  header.writeUInt32LE(54 + pixels.length, 2);
  header.writeInt32LE(side, 18);
  header.writeInt32LE(side, 22);
  return Buffer.concat([header, pixels]);
}

function brightPackage() {
  const store = temporaryFolder();
  return { store, folder: buildTestPackage(store, BRIGHT).folder };
}

/** A bright image of each size, and a small dark one. */
function dataset(sides: readonly number[]): { readonly file: string; readonly path: (side: number) => string } {
  const folder = temporaryFolder();
  const path = (side: number) => join(folder, `${side}.bmp`);
  for (const side of sides) writeFileSync(path(side), bmp(side, 250));
  writeFileSync(join(folder, 'dark.png'), png(10));
  const images = [...sides.map((side) => [`${side}.bmp`, 'bright']), ['dark.png', 'dark']];
  const file = join(folder, 'dataset.yml');
  const lines = images.map(([location, label]) => `  - location: ${location}\n    label: ${label}`);
  writeFileSync(file, `classes: [dark, bright]\nimages:\n${lines.join('\n')}\n`);
  return { file, path };
}

async function serve(store: string, ...args: string[]): Promise<string> {
  const server = startDeephealth(['serve', '--models', store, '--port', '0', '--http-port', 'off', ...args]);
  return (await server.printed(/Ready on (\S+)/))[1] as string;
}

describe('--max-message of a server', () => {
  it('bounds what predict sends to it, and the refusal names the flag', async () => {
    const { store } = brightPackage();
    const { path } = dataset([LARGE]);
    const address = await serve(store, '--max-message', '1');
    const { exitCode, stderr } = await deephealth('predict', '--address', address, 'bright', path(LARGE));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/DH_MESSAGE_TOO_LARGE: .*--max-message/);
    const small = await deephealth('predict', '--address', address, 'bright', join(path(LARGE), '..', 'dark.png'));
    expect(small.exitCode, small.stderr).toBe(0);
  });

  it('lets predict send more than the default of 64 MiB, which its own side does not bound', HUGE_TEST, async () => {
    const { store } = brightPackage();
    const { path } = dataset([HUGE]);
    const predict = (address: string) => deephealth('predict', '--address', address, 'bright', path(HUGE), '--json');
    const refused = await predict(await serve(store));
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout).error.code).toBe('DH_MESSAGE_TOO_LARGE');
    await endProcesses();
    const { exitCode, stdout } = await predict(await serve(store, '--max-message', '128'));
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout).findings[0].classification.decision).toEqual(['bright']);
  });
});

describe('--max-message of deephealth evaluate, for a package folder', () => {
  it('bounds what is sent: a larger sample is a failure that names the flag, and the others are measured', async () => {
    const { folder } = brightPackage();
    const { file } = dataset([LARGE]);
    const bounded = await deephealth('evaluate', folder, file, '--json', '--max-message', '1');
    expect(bounded.exitCode).toBe(1);
    const { failures, report } = JSON.parse(bounded.stdout);
    expect(failures).toMatchObject([
      { index: 0, code: 'DH_MESSAGE_TOO_LARGE', message: expect.stringContaining('--max-message') },
    ]);
    expect(report.sampleCount).toBe(1);
  });

  it('takes samples beyond the default of 64 MiB', HUGE_TEST, async () => {
    const { folder } = brightPackage();
    const { file } = dataset([LARGE, HUGE]);
    const byDefault = JSON.parse((await deephealth('evaluate', folder, file, '--json')).stdout);
    expect(byDefault.failures).toMatchObject([{ index: 1, code: 'DH_MESSAGE_TOO_LARGE' }]);
    const raised = await deephealth('evaluate', folder, file, '--json', '--max-message', '128');
    expect(raised.exitCode, raised.stdout).toBe(0);
    const { report } = JSON.parse(raised.stdout);
    expect([report.sampleCount, report.overall.accuracy.value]).toEqual([3, 1]);
  });

  it('is refused for a server that runs already, whose bound it cannot set', async () => {
    const { file } = dataset([]);
    const { exitCode, stderr } = await deephealth('evaluate', 'bright', file, '--max-message', '128');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: --max-message is of the server that is started for a package folder/);
  });

  it.each(['serve', 'evaluate'])('is a whole number from 1 to 2047: %s', async (command) => {
    for (const value of ['0', '2048', '1.5', 'much']) {
      const line = command === 'serve' ? ['--models', '.'] : ['bright', 'x.yml'];
      const { exitCode, stderr } = await deephealthHere(command, ...line, '--max-message', value);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/--max-message <MiB>/);
    }
  });
});
