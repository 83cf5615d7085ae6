import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { buildTestPackage, type TestPackageOptions, writeTestSums } from '../testing/test-package.js';
import { CHECKSUMS_FILE, sha256 } from './checksums.js';
import type { TensorSpec } from './manifest.js';
import { listPackageFiles, readModelPackage } from './package-folder.js';
import { writeChecksums } from './write-checksums.js';

const tensor = (name: string): TensorSpec => ({ name, dataType: 'FP32', shape: [-1, 2] });
const value = { dataType: 'FP32', shape: [1, 2], values: [1, 2] } as const;
// Nothing here looks into the graph.
const options: TestPackageOptions = {
  model: Buffer.from('graph'),
  tensors: { inputs: [tensor('x')], outputs: [tensor('y')] },
  golden: [
    { id: 'first', inputs: { x: value }, expected: { y: value } },
    { id: 'second', inputs: { x: value }, expected: { y: value } },
  ],
  externalData: { 'weights.bin': Uint8Array.of(1, 2, 3, 4) },
};

let store: string;
let folder: string;

beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'dh-package-'));
  ({ folder } = buildTestPackage(store, options));
});
afterEach(() => rmSync(store, { recursive: true, force: true }));

const at = (file: string) => join(folder, file);

/** The refusal of the folder as it is now. It never tells where the folder lies. */
async function refusal(path = folder): Promise<DeepHealthError> {
  const error = await readModelPackage(path).then(
    () => new Error('the package was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DeepHealthError)) throw error;
  const shown = JSON.stringify([error.message, error.details]);
  expect(shown).not.toContain(store);
  expect(shown).not.toContain(tmpdir());
  return error;
}

function editManifest(edit: (manifest: Record<string, unknown>) => void): void {
  const manifest = JSON.parse(readFileSync(at('model.json'), 'utf8'));
  edit(manifest);
  writeFileSync(at('model.json'), JSON.stringify(manifest));
  writeTestSums(folder);
}

describe('readModelPackage', () => {
  it('gives the very bytes that were digested', async () => {
    const read = await readModelPackage(folder);
    expect(read.manifest.name).toBe('test-model');
    expect(read.manifestJson).toBe(readFileSync(at('model.json'), 'utf8'));
    expect([...read.graphs.keys()]).toEqual(['model.onnx']);
    const graph = read.graphs.get('model.onnx');
    expect(graph).toMatchObject({ file: 'model.onnx', sha256: sha256('graph'), onnx: Buffer.from('graph') });
    expect(graph?.externalData.map(({ file, data }) => [file, [...data]])).toEqual([['weights.bin', [1, 2, 3, 4]]]);
    expect(read.goldenCases.map(({ id }) => id)).toEqual(['first', 'second']);
    expect(read.packageSha256).toBe(sha256(readFileSync(at(CHECKSUMS_FILE))));
    expect(Object.fromEntries(read.fileSizes)).toMatchObject({ 'model.onnx': 5, 'weights.bin': 4 });
    expect(read.fileSizes.has(CHECKSUMS_FILE)).toBe(false);
  });

  it('gives equal content an equal digest, wherever it lies, and other content another one', async () => {
    const twin = buildTestPackage(join(store, 'elsewhere'), options);
    const other = buildTestPackage(join(store, 'other'), { ...options, model: Buffer.from('grapH') });
    const digest = (await readModelPackage(folder)).packageSha256;
    expect((await readModelPackage(twin.folder)).packageSha256).toBe(digest);
    expect((await readModelPackage(other.folder)).packageSha256).not.toBe(digest);
  });

  it('does not count a signature as a file of the package', async () => {
    const before = (await readModelPackage(folder)).packageSha256;
    writeFileSync(at('SHA256SUMS.sig'), 'signature');
    expect((await readModelPackage(folder)).packageSha256).toBe(before);
  });

  it.each(['model.json', 'model.onnx', 'MODEL_CARD.md', 'weights.bin', 'golden/first.json', 'golden/second.json'])(
    'notices one changed bit in each part of %s',
    async (file) => {
      const sound = readFileSync(at(file));
      for (const position of [0, sound.length >> 1, sound.length - 1]) {
        const bytes = Buffer.from(sound);
        bytes[position] = (bytes[position] as number) ^ 1;
        writeFileSync(at(file), bytes);
        const error = await refusal();
        expect(error).toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH', details: { file, statedIn: CHECKSUMS_FILE } });
        expect(error.message).toContain(`"${file}"`);
        writeFileSync(at(file), sound);
      }
      await expect(readModelPackage(folder)).resolves.toBeDefined();
    },
  );

  it.each(['model.json', 'model.onnx', 'MODEL_CARD.md', 'weights.bin', 'golden/first.json', 'SHA256SUMS'])(
    'misses %s',
    async (file) => {
      rmSync(at(file));
      const error = await refusal();
      expect(error).toMatchObject({ code: 'DH_PACKAGE_FILE_MISSING', details: { file } });
      expect(error.message).toContain(`"${file}"`);
    },
  );

  it.each(['model.json', 'model.onnx', 'MODEL_CARD.md', 'weights.bin'])(
    'misses %s also where the sums do not list it',
    async (file) => {
      rmSync(at(file));
      writeTestSums(folder);
      expect(await refusal()).toMatchObject({ code: 'DH_PACKAGE_FILE_MISSING', details: { file } });
    },
  );

  it('refuses a file that is there and cannot be read', async () => {
    // Sparse, and more than is ever read at once.
    truncateSync(at('model.onnx'), 3 * 1024 ** 3);
    const { code, message, details } = await refusal();
    expect([code, details]).toEqual(['DH_PACKAGE_FILE_MISSING', { file: 'model.onnx' }]);
    expect(message).toMatch(/"model\.onnx" of the package is there and cannot be read/);
  });

  it('misses a folder that is not there, or is a file', async () => {
    expect(await refusal(join(store, 'nowhere'))).toMatchObject({ code: 'DH_PACKAGE_FILE_MISSING' });
    expect(await refusal(at('model.json'))).toMatchObject({ code: 'DH_PACKAGE_FILE_MISSING' });
  });

  it.each(['notes.txt', 'golden/third.json', 'bindings/cds-hooks.json'])(
    'refuses %s, which is not listed',
    async (file) => {
      mkdirSync(join(at(file), '..'), { recursive: true });
      writeFileSync(at(file), 'x');
      const error = await refusal();
      expect(error).toMatchObject({ code: 'DH_PACKAGE_FILE_UNLISTED', details: { file } });
      expect(error.message).toContain(`"${file}"`);
    },
  );

  it('refuses a link, even to a file with the right content', async () => {
    renameSync(at('model.onnx'), join(store, 'graph'));
    symlinkSync(join(store, 'graph'), at('model.onnx'));
    expect(await refusal()).toMatchObject({ code: 'DH_PACKAGE_PATH_INVALID', details: { file: 'model.onnx' } });
  });

  it('refuses a linked folder', async () => {
    renameSync(at('golden'), join(store, 'golden'));
    symlinkSync(join(store, 'golden'), at('golden'));
    expect(await refusal()).toMatchObject({ code: 'DH_PACKAGE_PATH_INVALID', details: { file: 'golden' } });
  });

  it.each(['.hidden', 'with space.txt', 'golden/..x', 'modèle.txt', 'a\\b', 'new\nline'])(
    'refuses the file name %j',
    async (file) => {
      writeFileSync(at(file), 'x');
      const error = await refusal();
      expect(error).toMatchObject({ code: 'DH_PACKAGE_PATH_INVALID', details: { file } });
      expect(error.message).toContain(JSON.stringify(file));
    },
  );

  it.each(['../outside.txt', 'golden/../../outside.txt', '/etc/hostname', 'a\\..\\b'])(
    'refuses sums that list %j',
    async (path) => {
      writeFileSync(join(store, 'outside.txt'), 'x');
      const sums = readFileSync(at(CHECKSUMS_FILE), 'utf8');
      writeFileSync(at(CHECKSUMS_FILE), `${sums}${sha256('x')}  ${path}\n`);
      expect(await refusal()).toMatchObject({ code: 'DH_PACKAGE_PATH_INVALID', details: { file: CHECKSUMS_FILE } });
    },
  );

  it('notices one changed bit anywhere in the sums', async () => {
    const sound = readFileSync(at(CHECKSUMS_FILE));
    for (let position = 0; position < sound.length; position += 7) {
      const bytes = Buffer.from(sound);
      bytes[position] = (bytes[position] as number) ^ 1;
      writeFileSync(at(CHECKSUMS_FILE), bytes);
      expect((await refusal()).code).toMatch(/^DH_(FILE_DIGEST_MISMATCH|PACKAGE_FILE_MISSING|PACKAGE_PATH_INVALID)$/);
    }
  });

  it('refuses sums that are no sums', async () => {
    writeFileSync(at(CHECKSUMS_FILE), 'not a digest\n');
    expect(await refusal()).toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH', details: { line: '1' } });
  });

  it.each([
    [
      'a graph',
      (manifest: { onnx: { sha256: string } }) => {
        manifest.onnx.sha256 = '0'.repeat(64);
      },
      'model.onnx',
    ],
    [
      'external data of other content',
      (manifest: { onnx: { externalData: { sha256: string }[] } }) => {
        for (const data of manifest.onnx.externalData) data.sha256 = '0'.repeat(64);
      },
      'weights.bin',
    ],
    [
      'external data of another size',
      (manifest: { onnx: { externalData: { sizeBytes: number }[] } }) => {
        for (const data of manifest.onnx.externalData) data.sizeBytes += 1;
      },
      'weights.bin',
    ],
  ])('refuses %s that the manifest states otherwise, though the sums agree', async (_, edit, file) => {
    editManifest(edit as unknown as (manifest: Record<string, unknown>) => void);
    expect(await refusal()).toMatchObject({
      code: 'DH_FILE_DIGEST_MISMATCH',
      details: { file, statedIn: 'model.json' },
    });
  });

  it('refuses a draft and names what is unconfirmed', async () => {
    editManifest((manifest) => {
      manifest.draft = [
        { field: '/outputs/0/classes', guess: 'two' },
        { field: '/inputs/0', guess: 'x' },
      ];
    });
    const error = await refusal();
    expect(error).toMatchObject({ code: 'DH_MANIFEST_DRAFT', details: { file: 'model.json', field: '/draft' } });
    expect(error.message).toContain('/outputs/0/classes, /inputs/0');
  });

  it('takes an empty draft for none', async () => {
    editManifest((manifest) => {
      manifest.draft = [];
    });
    await expect(readModelPackage(folder)).resolves.toBeDefined();
  });

  it('refuses a manifest that is no JSON, or breaks the schema', async () => {
    editManifest((manifest) => {
      delete manifest.license;
    });
    expect(await refusal()).toMatchObject({ code: 'DH_MANIFEST_INVALID' });
    writeFileSync(at('model.json'), '{');
    writeTestSums(folder);
    expect(await refusal()).toMatchObject({ code: 'DH_MANIFEST_MALFORMED' });
  });

  it('refuses a package without golden cases', async () => {
    rmSync(at('golden'), { recursive: true });
    // A case in a folder below, or of another kind, proves nothing.
    mkdirSync(at('golden/old'), { recursive: true });
    writeFileSync(at('golden/old/first.json'), '{}');
    writeFileSync(at('golden/notes.txt'), 'x');
    writeTestSums(folder);
    expect(await refusal()).toMatchObject({ code: 'DH_GOLDEN_MISSING' });
  });

  it('refuses a package with one malformed golden case among sound ones', async () => {
    writeFileSync(at('golden/second.json'), '{"schemaVersion": 1}');
    writeTestSums(folder);
    const error = await refusal();
    expect(error).toMatchObject({ code: 'DH_GOLDEN_MALFORMED', details: { file: 'golden/second.json' } });
    expect(error.message).toContain('golden/second.json: ');
  });
});

describe('a package with a pipeline', () => {
  const tensors = { inputs: [tensor('x')], outputs: [tensor('y')] };
  const pipeline: TestPackageOptions = {
    name: 'pipeline',
    tensors,
    golden: options.golden,
    pipeline: {
      models: [
        {
          name: 'first',
          graph: Buffer.from('graph 1'),
          tensors,
          externalData: { 'models/w.bin': Uint8Array.of(5, 6) },
        },
        { name: 'second', graph: Buffer.from('graph 2'), tensors },
      ],
      steps: [
        { name: 'one', operation: 'model', model: 'first', inputs: { x: 'x' }, outputs: { y: 'between' } },
        { name: 'two', operation: 'model', model: 'second', inputs: { x: 'between' }, outputs: { y: 'y' } },
      ],
    },
  };
  beforeEach(() => {
    ({ folder } = buildTestPackage(store, pipeline));
  });

  it('gives every graph with its external data, in declared order', async () => {
    const { graphs } = await readModelPackage(folder);
    const read = [...graphs].map(([file, graph]) => [file, Buffer.from(graph.onnx).toString(), graph.sha256]);
    expect(read).toEqual([
      ['models/first.onnx', 'graph 1', sha256('graph 1')],
      ['models/second.onnx', 'graph 2', sha256('graph 2')],
    ]);
    const data = [...graphs.values()].map(({ externalData }) => externalData.map((e) => [e.file, [...e.data]]));
    expect(data).toEqual([[['models/w.bin', [5, 6]]], []]);
  });

  it.each(['models/first.onnx', 'models/second.onnx', 'models/w.bin'])(
    'refuses another %s than the manifest states, though the sums agree',
    async (file) => {
      const bytes = readFileSync(at(file));
      bytes[0] = (bytes[0] as number) ^ 1;
      writeFileSync(at(file), bytes);
      expect(await refusal()).toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH', details: { statedIn: CHECKSUMS_FILE } });
      writeTestSums(folder);
      expect(await refusal()).toMatchObject({
        code: 'DH_FILE_DIGEST_MISMATCH',
        details: { file, statedIn: 'model.json' },
      });
    },
  );

  it.each(['models/first.onnx', 'models/second.onnx', 'models/w.bin'])('misses %s', async (file) => {
    rmSync(at(file));
    writeTestSums(folder);
    expect(await refusal()).toMatchObject({ code: 'DH_PACKAGE_FILE_MISSING', details: { file } });
  });
});

describe('listPackageFiles', () => {
  it('gives all files below the folder, sorted, and no folders', async () => {
    mkdirSync(at('empty'));
    expect(await listPackageFiles(folder)).toEqual([
      'MODEL_CARD.md',
      'SHA256SUMS',
      'golden/first.json',
      'golden/second.json',
      'model.json',
      'model.onnx',
      'weights.bin',
    ]);
  });
});

describe('writeChecksums', () => {
  it('makes a changed package sound and gives its digest', async () => {
    writeFileSync(at('MODEL_CARD.md'), '# Changed\n');
    writeFileSync(at('notes.txt'), 'x');
    expect((await refusal()).code).toBe('DH_FILE_DIGEST_MISMATCH');
    const digest = await writeChecksums(folder);
    expect((await readModelPackage(folder)).packageSha256).toBe(digest);
    expect(await writeChecksums(folder)).toBe(digest);
  });

  it('lists neither itself nor the signature', async () => {
    writeFileSync(at('SHA256SUMS.sig'), 'signature');
    await writeChecksums(folder);
    expect(readFileSync(at(CHECKSUMS_FILE), 'utf8')).not.toContain('SHA256SUMS');
  });

  it('refuses a link instead of digesting what it points to', async () => {
    symlinkSync('/etc/hostname', at('link.txt'));
    await expect(writeChecksums(folder)).rejects.toMatchObject({ code: 'DH_PACKAGE_PATH_INVALID' });
  });

  it.skipIf(spawnSync('sha256sum', ['--version']).status !== 0)('writes what coreutils checks', async () => {
    await writeChecksums(folder);
    const check = () =>
      spawnSync('sha256sum', ['--check', '--strict', CHECKSUMS_FILE], { cwd: folder, encoding: 'utf8' });
    expect(check()).toMatchObject({ status: 0, stdout: expect.stringContaining('golden/first.json: OK') });
    writeFileSync(at('model.onnx'), 'grapH');
    expect(check()).toMatchObject({ status: 1, stdout: expect.stringContaining('model.onnx: FAILED') });
  });
});

describe('a package folder', () => {
  it('is the same to our own writer and to the one that tests use', async () => {
    const before = readFileSync(at(CHECKSUMS_FILE), 'utf8');
    await writeChecksums(folder);
    expect(readFileSync(at(CHECKSUMS_FILE), 'utf8')).toBe(before);
    expect(existsSync(at(CHECKSUMS_FILE))).toBe(true);
  });
});
