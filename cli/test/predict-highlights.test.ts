import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnnxModel, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { decode } from 'fast-png';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { type ServedPackages, servePackages, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const SIDE = 8;
const png = (levels: number[]) => pngFile({ width: SIDE, height: SIDE, depth: 8, colour: 'gray', bytes: levels });

/** P(bright) hangs on the pixels of the upper left quarter alone. */
const corner: TestPackageOptions = {
  name: 'corner',
  version: '1.0.0',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 1] }],
    nodes: [
      { op: 'Flatten', inputs: ['x'], outputs: ['flat'], attributes: { axis: { int: 1 } } },
      { op: 'Gemm', inputs: ['flat', 'w', 'b'], outputs: ['y'] },
    ],
    initializers: [
      {
        name: 'w',
        dataType: 'FP32',
        shape: [SIDE * SIDE, 1],
        values: Array.from({ length: SIDE * SIDE }, (_, i) => (i < 4 * SIDE && i % SIDE < 4 ? 0.5 : 0)),
      },
      { name: 'b', dataType: 'FP32', shape: [1], values: [-4] },
    ],
  }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'photo',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 1000,
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
        activation: 'sigmoid',
        mode: 'binary',
        classes: [{ label: 'dark' }, { label: 'bright' }],
        calibration: {
          method: 'temperature',
          temperature: 1.25,
          data: 'Made up for this test',
          samples: 10,
          eceBefore: 0.2,
          eceAfter: 0.1,
        },
        explanation: { method: 'occlusion', input: 'photo', patch: [2, 2], stride: [2, 2], baseline: 0 },
      },
    ],
  },
  golden: [
    {
      id: 'black',
      inputs: { photo: { image: { mediaType: 'image/png', base64: png(Array(64).fill(0)).toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [-4] } },
    },
  ],
};

let served: ServedPackages;
beforeAll(async () => {
  served = await servePackages([corner, vectorPackage]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

const predict = (...args: string[]) => deephealth('predict', ...args, '--address', served.server.address);
function whiteImage(): string {
  const path = join(temporaryFolder(), 'white.png');
  writeFileSync(path, png(Array(64).fill(250)));
  return path;
}

describe('deephealth predict --highlight', () => {
  it('says how the region was found and what it is worth, and how the score was calibrated', async () => {
    const { exitCode, stdout } = await predict('corner', whiteImage(), '--highlight');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('region behind brightness: Occlusion: fall of the probability of "bright"');
    expect(stdout).toMatch(/Deletion test: faithfulness 0\.\d+, better than each of 9 random orders/);
    expect(stdout).toContain('brightness is calibrated: temperature 1.25, fitted on Made up for this test');
  });

  it('paints the region over the image', async () => {
    const image = whiteImage();
    const out = join(temporaryFolder(), 'region.png');
    const { exitCode, stdout } = await predict('corner', image, '--highlight', '--out', out);
    expect(exitCode, stdout).toBe(0);
    const { width, height, data, channels } = decode(readFileSync(out));
    const at = (x: number, y: number) => {
      const place = (Math.floor(y * height) * width + Math.floor(x * width)) * channels;
      return Array.from(data.slice(place, place + 3));
    };
    // White as it was sent, but for the quarter that the score hangs on, which is no longer grey.
    for (const [x, y] of [
      [0.7, 0.2],
      [0.2, 0.7],
      [0.7, 0.7],
    ] as const) {
      expect(at(x, y)).toEqual([250, 250, 250]);
    }
    const [red, , blue] = at(0.2, 0.2);
    expect(red as number).toBeGreaterThan((blue as number) + 50);
  });

  it('gives all of it as JSON, and nothing unasked', async () => {
    const asked = JSON.parse((await predict('corner', whiteImage(), '--highlight', '--json')).stdout);
    expect(asked.findings[0].highlight.explanation).toMatchObject({ target: 'bright', patch: [2, 2] });
    const unasked = JSON.parse((await predict('corner', whiteImage(), '--json')).stdout);
    expect(unasked.findings[0].highlight).toBeNull();
    const out = join(temporaryFolder(), 'region.png');
    const refused = await predict('corner', whiteImage(), '--out', out);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('no region behind a score');
  });

  it('is refused for a model that has none to give', async () => {
    const path = join(temporaryFolder(), 'x.json');
    writeFileSync(
      path,
      JSON.stringify({ inputs: { x: { tensor: { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } } } }),
    );
    const { exitCode, stderr } = await predict('vector', path, '--highlight');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('FEATURE_UNSUPPORTED');
  });
});
