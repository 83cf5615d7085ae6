import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildOnnxModel, buildTestPackage, type TestPackageOptions, tiffFile } from '@deephealth/sdk/testing';
import { encode } from 'fast-png';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { type ServedPackages, servePackages } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const SIDE = 4;

const IMAGE_INPUT = {
  name: 'photo',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png', 'image/tiff'],
  maxPixels: 100,
  steps: [
    { op: 'decode_image', colour: 'gray' },
    { op: 'cast_image', dataType: 'FP32' },
    { op: 'divide_image', divisor: 255 },
    { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
  ],
} as const;

const X = { name: 'x', dataType: 'FP32', shape: [-1, 1, SIDE, SIDE] } as const;
const HALF = { dataType: 'FP32', shape: [1, 1, SIDE, SIDE], values: Array<number>(SIDE * SIDE).fill(0.5) } as const;
/** 51 is a fifth of 255. */
const GOLDEN_PNG = Buffer.from(encode({ width: SIDE, height: SIDE, channels: 1, data: new Uint8Array(16).fill(51) }));
const GOLDEN_INPUT = { photo: { image: { mediaType: 'image/png', base64: GOLDEN_PNG.toString('base64') } } };

/** P(bright) is the mean brightness of the image, and its decision falls at 0.5. */
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
  tensors: { inputs: [X], outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1], range: [0, 1] }] },
  manifest: {
    // The engine sums a row in another order when others share the run, and equal images must tie here.
    execution: { maxBatchSize: 1 },
    inputs: [IMAGE_INPUT],
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
  golden: [{ id: 'fifth', inputs: GOLDEN_INPUT, expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.2] } } }],
};

/** The same with a logit, and more sure than it is right: 40 times what lies above a half. */
const SURE: TestPackageOptions = {
  ...BRIGHT,
  name: 'sure',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 1] }],
    nodes: [
      {
        op: 'ReduceMean',
        inputs: ['x'],
        outputs: ['mean'],
        attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
      },
      { op: 'Sub', inputs: ['mean', 'half'], outputs: ['above'] },
      { op: 'Mul', inputs: ['above', 'forty'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'half', dataType: 'FP32', shape: [1], values: [0.5] },
      { name: 'forty', dataType: 'FP32', shape: [1], values: [40] },
    ],
  }),
  tensors: { inputs: [X], outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1] }] },
  manifest: {
    ...BRIGHT.manifest,
    outputs: [
      {
        name: 'brightness',
        kind: 'classification',
        from: 'y',
        activation: 'sigmoid',
        mode: 'binary',
        classes: [{ label: 'dark' }, { label: 'bright', threshold: 0.5 }],
      },
    ],
  },
  golden: [
    {
      id: 'fifth',
      inputs: GOLDEN_INPUT,
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [-12], scale: 40 } },
    },
  ],
};

/** The mask is the image itself. */
const MIRROR: TestPackageOptions = {
  name: 'mirror',
  version: '1.0.0',
  model: buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 1, SIDE, SIDE] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 1, SIDE, SIDE] }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  }),
  tensors: { inputs: [X], outputs: [{ ...X, name: 'y', range: [0, 1] }] },
  manifest: { inputs: [IMAGE_INPUT], outputs: [{ name: 'mask', kind: 'tensor', from: 'y' }] },
  golden: [
    {
      id: 'fifth',
      inputs: GOLDEN_INPUT,
      expected: { y: { ...HALF, values: Array<number>(16).fill(Math.fround(0.2)) } },
    },
  ],
};

let served: ServedPackages;

beforeAll(async () => {
  served = await servePackages([BRIGHT, SURE, MIRROR]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

function writePng(folder: string, name: string, values: ArrayLike<number>, side = SIDE): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encode({ width: side, height: side, channels: 1, data: Uint8Array.from(values) }));
}

/**
 * Eight images of one brightness each. Against the threshold of 0.5 (127.5) there are 3 hits, 1 miss,
 * 1 false alarm and 3 right rejections; of 16 pairs the brighter one is the positive in 13 and 2 are ties.
 */
const BRIGHTNESS = [
  [250, 'bright'],
  [200, 'bright'],
  [150, 'bright'],
  [100, 'bright'],
  [150, 'dark'],
  [100, 'dark'],
  [50, 'dark'],
  [0, 'dark'],
] as const;

function brightnessDataset(more = '', classes = '[dark, bright]'): { folder: string; file: string } {
  const folder = temporaryFolder();
  const images = BRIGHTNESS.map(([value, label], i) => {
    writePng(folder, `images/${i}.png`, Array<number>(16).fill(value));
    return `  - location: images/${i}.png\n    label: ${label}`;
  });
  const file = join(folder, 'dataset.yml');
  writeFileSync(file, `name: Brightness\nclasses: ${classes}\nimages:\n${images.join('\n')}\n${more}`);
  return { folder, file };
}

const evaluate = (...args: string[]) => deephealth('evaluate', ...args, '--address', served.server.address);

describe('deephealth evaluate', () => {
  it('measures a binary classifier as counted by hand', async () => {
    const { file, folder } = brightnessDataset('split:\n  test: [0, 1, 2, 3, 4, 5, 6, 7]\n');
    const out = join(folder, 'out');
    const { exitCode, stdout } = await evaluate('bright', file, '--split', 'test', '--json', '--out', out);
    expect(exitCode, stdout).toBe(0);
    const { report, failures, dataset, model } = JSON.parse(stdout);
    expect(failures).toEqual([]);
    expect(model).toMatchObject({
      name: 'bright',
      version: '1.0.0',
      packageSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(dataset).toMatchObject({ name: 'Brightness', split: 'test', sampleCount: 8 });
    expect(report.overall.accuracy.value).toBe(6 / 8);
    expect(report.confusion).toEqual([
      [3, 1],
      [1, 3],
    ]);
    const [bright] = report.classes;
    expect(bright.label).toBe('bright');
    const value = (name: string) => bright.metrics[name].value;
    expect([value('sensitivity'), value('specificity'), value('precision'), value('f1')]).toEqual([
      0.75, 0.75, 0.75, 0.75,
    ]);
    expect(value('auc')).toBe(14 / 16);
    const brier = BRIGHTNESS.reduce((sum, [v, label]) => sum + (v / 255 - Number(label === 'bright')) ** 2, 0) / 8;
    expect(value('brier')).toBeCloseTo(brier, 6);
    expect(bright.metrics.auc.low).toBeLessThan(14 / 16);
    expect(bright.metrics.auc.high).toBeGreaterThan(14 / 16);
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toEqual(JSON.parse(stdout));
    const html = readFileSync(join(out, 'report.html'), 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|src=|href=|NaN|undefined/);
  });

  it('gives the same intervals for the same seed and others for another', async () => {
    const { file } = brightnessDataset();
    const intervals = async (seed: string) =>
      JSON.parse((await evaluate('bright', file, '--json', '--seed', seed)).stdout).report.overall;
    const first = await intervals('7');
    expect(await intervals('7')).toEqual(first);
    expect(first.accuracy.low).toBeLessThan(first.accuracy.value);
  });

  it('lists what failed, with the reason, and drops nothing', async () => {
    const { file, folder } = brightnessDataset(
      `  - location: images/absent.png
    label: dark
  - location: http://127.0.0.1/x.png
    label: dark
  - location: images/0.png
    label: brihgt
  - images/1.png
  - location: [images/2.png, images/3.png]
    label: dark
  - location: images/broken.png
    label: dark
  - location: images/4.png
    label: [dark, bright]
`,
    );
    writeFileSync(join(folder, 'images/broken.png'), readFileSync(join(folder, 'images/0.png')).subarray(0, 40));
    const { exitCode, stdout } = await evaluate('bright', file, '--json');
    expect(exitCode).toBe(1);
    const { report, failures, dataset } = JSON.parse(stdout);
    expect([report.sampleCount, failures.length, dataset.sampleCount]).toEqual([8, 7, 15]);
    expect(failures.map(({ index, message }: { index: number; message: string }) => [index, message])).toEqual([
      [8, expect.stringContaining('cannot be read')],
      [9, expect.stringContaining('never fetched')],
      [10, expect.stringContaining('"brihgt" is no class')],
      [11, expect.stringContaining('no label')],
      [12, expect.stringContaining('2 locations')],
      [13, expect.stringContaining('cut off')],
      [14, expect.stringContaining('2 classes')],
    ]);
    const plain = await evaluate('bright', file);
    expect(plain.stdout).toMatch(/8 of 15 samples have a result/);
    expect(plain.stdout).toContain('never fetched');
    expect(plain.stdout).toContain('note: 1 labels are not names of classes');
  });

  it('measures no frame of a file with several unless it is told which', async () => {
    const { file, folder } = brightnessDataset('  - location: images/pages.tiff\n    label: bright\n');
    const page = (value: number) => ({ width: SIDE, height: SIDE, pixels: Array<number>(SIDE * SIDE).fill(value) });
    writeFileSync(join(folder, 'images/pages.tiff'), tiffFile([page(0), page(250)]));
    const untold = JSON.parse((await evaluate('bright', file, '--json')).stdout);
    expect(untold.failures).toHaveLength(1);
    expect(untold.failures[0]).toMatchObject({ index: 8, message: expect.stringContaining('has 2 frames or pages') });
    const told = await evaluate('bright', file, '--json', '--frame', '1');
    expect(told.exitCode).toBe(0);
    // The bright page is a hit more; frame 0 would have been a miss.
    const { report } = JSON.parse(told.stdout);
    expect([report.sampleCount, report.overall.accuracy.value]).toEqual([9, 7 / 9]);
  });

  it('matches classes by name, as told or by position, and never guesses', async () => {
    const { file } = brightnessDataset('', '[dim, bright]');
    const text = readFileSync(file, 'utf8').replaceAll('label: dark', 'label: dim');
    writeFileSync(file, text);
    const refused = await evaluate('bright', file);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/^DH_CONFIG_INVALID: .*"dim".*"dark", "bright".*--class/);
    for (const how of [['--class', 'dim=dark'], ['--classes-by-position']]) {
      const { exitCode, stdout } = await evaluate('bright', file, ...how, '--json');
      expect(exitCode, stdout).toBe(0);
      expect(JSON.parse(stdout).report.overall.accuracy.value).toBe(6 / 8);
    }
  });

  it('measures masks: Dice and IoU of each image, on the grid of the model', async () => {
    const folder = temporaryFolder();
    const half = Array.from({ length: 16 }, (_, i) => (i < 8 ? 255 : 0));
    const quarter = Array.from({ length: 16 }, (_, i) => (i < 4 ? 255 : 0));
    writePng(folder, 'a.png', half);
    writePng(folder, 'b.png', Array(16).fill(0));
    writePng(folder, 'masks/half.png', half);
    writePng(folder, 'masks/quarter.png', quarter);
    writePng(folder, 'masks/none.png', Array(16).fill(0));
    // Twice as fine, the same upper half.
    writePng(
      folder,
      'masks/fine.png',
      Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : 0)),
      8,
    );
    const pairs = [
      ['a', 'half'],
      ['a', 'quarter'],
      ['b', 'none'],
      ['a', 'fine'],
      ['a', 'absent'],
    ];
    const file = join(folder, 'dataset.yml');
    writeFileSync(
      file,
      `images:\n${pairs.map(([image, mask]) => `  - location: ${image}.png\n    label: masks/${mask}.png`).join('\n')}\n`,
    );
    const { exitCode, stdout } = await evaluate('mirror', file, '--json');
    expect(exitCode).toBe(1);
    const { report, failures } = JSON.parse(stdout);
    expect(failures).toMatchObject([{ index: 4, code: 'DH_MEDIA_UNREADABLE' }]);
    const dice = [1, (2 * 4) / (8 + 4), 1, 1];
    const iou = [1, 4 / 8, 1, 1];
    const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    expect(report.samples.map((sample: { dice: number }) => sample.dice)).toEqual(dice);
    expect(report.overall.dice.value).toBeCloseTo(mean(dice), 12);
    expect(report.overall.iou.value).toBeCloseTo(mean(iou), 12);
    expect(report.overall.pooled_dice.value).toBeCloseTo((2 * 20) / (24 + 20), 12);
  });

  it('refuses a dataset of masks for a classifier before anything is sent', async () => {
    const file = join(temporaryFolder(), 'dataset.yml');
    writeFileSync(file, 'images:\n  - location: a.png\n    label: mask.png\n');
    const { exitCode, stderr } = await evaluate('bright', file);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: .*names no classes/);
  });

  it('starts a server for a package folder, and stops it again', async () => {
    const { file } = brightnessDataset();
    const { folder } = buildTestPackage(temporaryFolder(), BRIGHT);
    const { exitCode, stdout } = await deephealth('evaluate', folder, file, '--address', '127.0.0.1:1');
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/accuracy\s+0\.750/);
  });

  it.each([
    [['bright', 'absent.yml'], 'DH_ECVL_FILE_INVALID'],
    [['./no/such/package', '{file}'], 'DH_PACKAGE_FILE_MISSING'],
    [['bright', '{file}', '--split', 'tset'], 'DH_CONFIG_INVALID'],
    [['bright', '{file}', '--output', 'nothing'], 'DH_CONFIG_INVALID'],
    [['unknown', '{file}'], 'DH_MODEL_NOT_FOUND'],
  ])('refuses %j', async (args, code) => {
    const { file } = brightnessDataset();
    const { exitCode, stderr } = await evaluate(...args.map((arg) => arg.replace('{file}', file)));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^${code}: `));
    expect(existsSync(join(dirname(file), 'report.html'))).toBe(false);
  });
});

describe('deephealth calibrate', () => {
  it('fits the report of an evaluation, and provenance names what its block makes of the model', async () => {
    const { file, folder } = brightnessDataset();
    const out = join(folder, 'out');
    expect((await evaluate('sure', file, '--out', out, '--json')).exitCode).toBe(0);
    const { exitCode, stdout } = await deephealth('calibrate', join(out, 'report.json'), '--json');
    expect(exitCode, stdout).toBe(0);
    const { calibration, output, temperature } = JSON.parse(stdout);
    expect(output).toBe('brightness');
    expect(calibration).toMatchObject({
      method: 'temperature',
      temperature,
      data: 'Brightness, all samples',
      samples: 8,
    });
    // Every temperature in turn, by the likelihood's definition.
    const nllAt = (t: number) =>
      BRIGHTNESS.reduce((sum, [value, label]) => {
        const logit = (40 * (value / 255 - 0.5)) / t;
        return sum + Math.log(1 + Math.exp(label === 'bright' ? -logit : logit));
      }, 0);
    const tried = Array.from({ length: 5000 }, (_, i) => 0.02 + i * 0.01);
    const best = tried.reduce((least, t) => (nllAt(t) < nllAt(least) ? t : least));
    expect(Math.abs(temperature - best)).toBeLessThan(0.011);
    expect(temperature).toBeGreaterThan(1);
    expect(calibration.eceAfter).toBeLessThan(calibration.eceBefore);

    const store = temporaryFolder();
    const outputs = SURE.manifest?.outputs?.map((one) => ({ ...one, calibration }));
    const { folder: calibrated } = buildTestPackage(store, {
      ...SURE,
      manifest: { ...SURE.manifest, outputs } as never,
    });
    const again = await deephealth('evaluate', calibrated, file, '--json', '--out', out);
    expect(again.exitCode, again.stdout).toBe(0);
    const { report } = JSON.parse(again.stdout);
    expect(report.samples[0].probabilities[1]).toBeCloseTo(
      1 / (1 + Math.exp((-40 * (250 / 255 - 0.5)) / temperature)),
      5,
    );
    // Fitted once more, to what has gone through it, it is the same one.
    const second = JSON.parse((await deephealth('calibrate', join(out, 'report.json'), '--json')).stdout);
    expect(second.temperature).toBeCloseTo(temperature, 3);
  }, 60_000);

  it('refuses an output whose tensor holds probabilities, and what is no report', async () => {
    const { file, folder } = brightnessDataset();
    const out = join(folder, 'out');
    await evaluate('bright', file, '--out', out, '--json');
    const refused = await deephealth('calibrate', join(out, 'report.json'), '--json');
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout).error.message).toContain('activation none');
    const other = await deephealth('calibrate', file);
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toContain('no report.json of deephealth evaluate');
  });
});
