import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { type DistributionSpec, type Manifest, sha256, writeChecksums } from '@deephealth/sdk';
import {
  buildOnnxModel,
  buildTestPackage,
  edfFile,
  identityModel,
  pngFile,
  type TestPackageOptions,
} from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';
import { riskPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const servers: RuntimeServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await endProcesses();
});
afterAll(removeTemporaryFolders);

const SIDE = 4;
const png = (levels: readonly number[]) =>
  pngFile({ width: SIDE, height: SIDE, depth: 8, colour: 'gray', bytes: [...levels] });
const GREY = Array<number>(SIDE * SIDE).fill(51);

/** P(bright) is the mean brightness; prepared values are from 0 to 1. */
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
        mediaTypes: ['image/png'],
        maxPixels: 100,
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
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
      id: 'fifth',
      inputs: { photo: { image: { mediaType: 'image/png', base64: png(GREY).toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.2] } },
    },
  ],
};

/** Images of a training, the last one outside of its split: [levels of the left half, of the right half]. */
const HALVES = [
  [40, 60],
  [100, 180],
  [51, 51],
  [0, 255],
] as const;
const levelsOf = ([left, right]: readonly [number, number]) =>
  Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE < SIDE / 2 ? left : right));

function dataset(more = ''): { readonly folder: string; readonly file: string } {
  const folder = temporaryFolder();
  const images = HALVES.map((halves, i) => {
    writeFileSync(join(folder, `${i}.png`), png(levelsOf(halves)));
    return `  - location: ${i}.png\n    label: dark`;
  });
  const file = join(folder, 'dataset.yml');
  writeFileSync(
    file,
    `name: Halves\nclasses: [dark, bright]\nimages:\n${images.join('\n')}\n${more}split:\n  training: [0, 1, 2]\n`,
  );
  return { folder, file };
}

/** The four statistics by their definitions, of levels from 0 to 255 as fractions. */
function looks(levels: readonly number[]) {
  const values = levels.map((level) => Math.fround(level / 255));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const saturated = least === most ? 1 : values.filter((v) => v === least || v === most).length / values.length;
  const flat = values.slice(1).filter((value, i) => value === values[i]).length / (values.length - 1);
  return { mean, std, saturated, flat };
}

const packageIn = (options: TestPackageOptions = BRIGHT) => {
  const store = temporaryFolder();
  return { store, folder: buildTestPackage(store, options).folder };
};
const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
const contentsOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1), sha256(readFileSync(path))]),
  );

describe('deephealth limits', () => {
  it('takes the limits of a split as computed by hand, with what they were taken from, and changes no file', async () => {
    const { folder } = packageIn();
    const { file } = dataset();
    const before = contentsOf(folder);
    const { exitCode, stdout } = await deephealth('limits', folder, file, '--split', 'training', '--json');
    expect(exitCode, stdout).toBe(0);
    const { limits, failures, written } = JSON.parse(stdout);
    expect([failures, written]).toEqual([[], null]);
    const distribution = limits.photo as DistributionSpec;
    expect(distribution).toMatchObject({
      onOutside: 'warn',
      source: '3 cases of Halves, training; quantiles 0.001 and 0.999',
      fitted: {
        dataset: 'Halves',
        split: 'training',
        datasetSha256: sha256(readFileSync(file)),
        casesSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        cases: 3,
        quantiles: [0.001, 0.999],
      },
    });
    const training = HALVES.slice(0, 3).map((halves) => looks(levelsOf(halves)));
    expect(distribution.limits.map(({ statistic }) => statistic)).toEqual(['mean', 'std', 'saturated', 'flat']);
    for (const { statistic, range, channel } of distribution.limits) {
      const values = training.map((one) => one[statistic]);
      expect(channel).toBeUndefined();
      const slack =
        statistic === 'mean' || statistic === 'std' ? 1e-4 * Math.max(...training.map(({ std }) => std)) : 0;
      expect(range[0], statistic).toBeCloseTo(Math.min(...values) - slack, 5);
      expect(range[1], statistic).toBeCloseTo(Math.max(...values) + slack, 5);
      expect(range[0]).toBeLessThanOrEqual(Math.min(...values) - slack);
      expect(range[1]).toBeGreaterThanOrEqual(Math.max(...values) + slack);
    }
    expect(contentsOf(folder)).toEqual(before);
  });

  it('prints them for a person, as a block for the manifest, and says what to think of', async () => {
    const { folder } = packageIn();
    const { stdout } = await deephealth('limits', folder, dataset().file, '--statistics', 'mean', '--by-channel');
    expect(stdout).toMatch(/^STATISTIC +CHANNEL +LOWEST +HIGHEST\nmean +0 +0\.\d+ +0\.\d+$/m);
    expect(stdout).toContain('For the input "photo" of model.json:');
    const block = /"distribution": (\{[\s\S]*?\n\})/.exec(stdout)?.[1] ?? '';
    expect(JSON.parse(block)).toMatchObject({ limits: [{ statistic: 'mean', channel: 0 }], fitted: { cases: 4 } });
    expect(stdout).toContain('of 4 cases, less than one lies beyond the quantile 0.001');
    expect(stdout).toContain('all samples were taken; the dataset has the splits "training"');
  });

  it('names data by what is in it: the same cases, the same digest, and another one for another pixel', async () => {
    const { folder } = packageIn();
    const first = dataset();
    const digestOf = async (file: string) =>
      JSON.parse((await deephealth('limits', folder, file, '--json')).stdout).limits.photo.fitted;
    const again = dataset();
    expect(await digestOf(again.file)).toEqual(await digestOf(first.file));
    writeFileSync(join(again.folder, '1.png'), png(levelsOf([100, 181])));
    const changed = await digestOf(again.file);
    expect(changed.datasetSha256).toBe((await digestOf(first.file)).datasetSha256);
    expect(changed.casesSha256).not.toBe((await digestOf(first.file)).casesSha256);
  });

  it('takes recordings too: a case is a recording, whose windows all count', async () => {
    const { folder } = packageIn(EEG);
    const data = temporaryFolder();
    // Samples of 10 windows of 2 at 1 Hz, in tenths of the digital value.
    const night = (values: readonly number[]) =>
      edfFile({ channels: [{ label: 'C3', count: 2 }], records: records(values) });
    writeFileSync(join(data, 'a.edf'), night([10, 20, 30, 40]));
    writeFileSync(join(data, 'b.edf'), night([-50, -50, 10, 10]));
    writeFileSync(join(data, 'dataset.yml'), 'images:\n  - a.edf\n  - b.edf\n');
    const args = [folder, join(data, 'dataset.yml'), '--statistics', 'mean', '--json'];
    const { exitCode, stdout } = await deephealth('limits', ...args);
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout).limits.eeg.limits).toEqual([{ statistic: 'mean', range: [-5.00005, 3.50005] }]);
  });
});

const records = (values: readonly number[]) =>
  [0, 2].map((at) => Buffer.from(Int16Array.from(values.slice(at, at + 2)).buffer));

const EEG: TestPackageOptions = {
  name: 'eeg',
  version: '1.0.0',
  model: identityModel({ dataType: 'FP32', shape: ['n', 1, 2] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 2] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 2] }],
  },
  manifest: {
    inputs: [
      {
        name: 'eeg',
        kind: 'signal',
        feeds: 'x',
        channels: [{ name: 'C3', unit: 'uV', validRange: [-500, 500] }],
        samplingRateHz: 1,
        samples: { minimum: 2, maximum: 100 },
        steps: [
          { op: 'select_channels', channels: ['C3'] },
          { op: 'window_signal', lengthS: 2, stepS: 2, rows: 'windows' },
        ],
      },
    ],
  },
  golden: [
    {
      id: 'one',
      inputs: { eeg: { signal: { channels: [{ name: 'C3', unit: 'uV' }], samplingRateHz: 1, samples: [[1, 2]] } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 2], values: [1, 2] } },
    },
  ],
};

describe('deephealth limits --new-version', () => {
  it('writes a version beside the old one, which a server verifies and which notices what is unlike', async () => {
    const { store, folder } = packageIn();
    writeFileSync(join(folder, 'SHA256SUMS.sig'), 'a signature of other sums');
    const before = contentsOf(folder);
    const { file, folder: data } = dataset();
    const args = ['--split', 'training', '--on-outside', 'abstain', '--new-version', '1.1.0'];
    const { exitCode, stdout } = await deephealth('limits', folder, file, ...args);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('Wrote bright/1.1.0.');
    expect(contentsOf(folder)).toEqual(before);

    const written = join(dirname(folder), '1.1.0');
    const { 'model.json': _, 'SHA256SUMS.sig': __, SHA256SUMS: ___, ...same } = before;
    expect(contentsOf(written)).toMatchObject(same);
    expect(existsSync(join(written, 'SHA256SUMS.sig'))).toBe(false);
    const { inputs, ...rest } = manifestIn(written);
    const { inputs: oldInputs, ...oldRest } = manifestIn(folder);
    expect(rest).toEqual({ ...oldRest, version: '1.1.0' });
    expect(inputs).toEqual([{ ...oldInputs[0], distribution: expect.objectContaining({ onOutside: 'abstain' }) }]);

    const server = await startRuntimeServer({ models: [store], port: 0, drainGraceMs: 500 });
    servers.push(server);
    await server.verified;
    const predict = async (version: string, image: string) => {
      const line = ['predict', '--address', server.address, `bright@${version}`, join(data, image), '--json'];
      const { stdout: answer } = await deephealth(...line);
      const { findings, warnings } = JSON.parse(answer);
      const kinds = warnings.map(({ kind }: { kind: string }) => kind.replace('WARNING_KIND_', ''));
      return { abstained: findings[0].classification.abstained, isUnlike: kinds.includes('UNLIKE_TRAINING_DATA') };
    };
    // Every image of the training passes, those that made the limits too.
    for (const image of ['0.png', '1.png', '2.png']) {
      expect(await predict('1.1.0', image), image).toEqual({ abstained: false, isUnlike: false });
    }
    expect(await predict('1.1.0', '3.png')).toEqual({ abstained: true, isUnlike: true });
    expect(await predict('1.0.0', '3.png')).toEqual({ abstained: false, isUnlike: false });
  });

  it('writes nothing where samples failed, and lists them', async () => {
    const { folder } = packageIn();
    const more = '  - location: absent.png\n    label: dark\n  - location: http://127.0.0.1/x.png\n    label: dark\n';
    const { file } = dataset(more);
    const { exitCode, stdout } = await deephealth('limits', folder, file, '--new-version', '1.1.0');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^2 of 6 samples failed:\n {2}4 absent\.png: DH_\w+: .*cannot be read/m);
    expect(stdout).toMatch(/never fetched/);
    expect(stdout).toContain('Nothing was written, since samples failed.');
    expect(existsSync(join(dirname(folder), '1.1.0'))).toBe(false);
    const json = JSON.parse((await deephealth('limits', folder, file, '--json', '--new-version', '1.1.0')).stdout);
    expect([json.written, json.failures.length, json.limits.photo.fitted.cases]).toEqual([null, 2, 4]);
  });

  it('copies no package that is not what its sums say', async () => {
    const { folder } = packageIn();
    writeFileSync(join(folder, 'MODEL_CARD.md'), 'changed');
    const { exitCode, stderr } = await deephealth('limits', folder, dataset().file, '--new-version', '1.1.0');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_FILE_DIGEST_MISMATCH/);
    expect(existsSync(join(dirname(folder), '1.1.0'))).toBe(false);
  });
});

describe('deephealth limits --write', () => {
  it('writes into the manifest of a draft, and leaves everything else as it is', async () => {
    const { folder } = packageIn();
    const open = { ...manifestIn(folder), draft: [{ field: '/title', guess: 'To be written.' }] };
    writeFileSync(join(folder, 'model.json'), JSON.stringify(open));
    const { exitCode, stdout } = await deephealth('limits', folder, dataset().file, '--split', 'training', '--write');
    expect(exitCode, stdout).toBe(0);
    const [input] = manifestIn(folder).inputs;
    expect(manifestIn(folder)).toEqual({ ...open, inputs: [{ ...open.inputs[0], distribution: input?.distribution }] });
    expect(input?.distribution?.fitted?.cases).toBe(3);
    // Once its draft is confirmed, the package is served with them.
    const { draft: _, ...confirmed } = manifestIn(folder);
    writeFileSync(join(folder, 'model.json'), JSON.stringify(confirmed));
    await writeChecksums(folder);
    const check = await deephealth('validate', folder);
    expect(check.exitCode, check.stdout).toBe(0);
  });
});

describe('deephealth limits refuses', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['a package that is no draft', ['--write'], /^DH_CONFIG_INVALID: .*written once.*--new-version/],
    ['a version that is there', ['--new-version', '1.0.0'], /^DH_CONFIG_INVALID: .*1\.0\.0 is there already/],
    ['a version that is none', ['--new-version', '../2'], /^DH_CONFIG_INVALID/],
    ['two places to write to', ['--write', '--new-version', '2'], /exclude each other/],
    ['an input that is not there', ['--input', 'x'], /Those are "photo"/],
    ['a split that is not there', ['--split', 'train'], /no split "train"\. It has "training"/],
  ])('%s', async (_, args, says) => {
    const { folder } = packageIn();
    const { exitCode, stderr } = await deephealth('limits', folder, dataset().file, ...args);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(says);
    expect(readdirSync(dirname(folder))).toEqual(['1.0.0']);
  });

  it.each([
    ['--quantile', '0.3'],
    ['--statistics', 'mean,mode'],
    ['--on-outside', 'shrug'],
  ])('%s %s, as a mistake of the command line', async (option, value) => {
    const { exitCode, stderr } = await deephealthHere('limits', 'x', 'y', option, value);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(option);
  });

  it('a table, a folder without a package, and abstention where nothing is decided', async () => {
    const { file } = dataset();
    const table = await deephealth('limits', packageIn(riskPackage('1.0.0', 0.5)).folder, file);
    expect(table.stderr).toMatch(/^DH_MANIFEST_INVALID: .*No input can have limits.*trainingRange/);
    const empty = join(temporaryFolder(), 'm', '1');
    mkdirSync(empty, { recursive: true });
    expect((await deephealth('limits', empty, file)).stderr).toMatch(/^DH_PACKAGE_FILE_MISSING/);
    const nothing = await deephealth('limits', packageIn(EEG).folder, file, '--on-outside', 'abstain');
    expect(nothing.stderr).toMatch(/^DH_CONFIG_INVALID: --on-outside abstain needs a classification/);
  });
});
