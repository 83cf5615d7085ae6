import { appendFileSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import {
  externalDataModel,
  nanModel,
  seededRandom,
  type TestPackageOptions,
  writeTestSums,
  zipMapModel,
} from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

let test: TestServer;
afterEach(() => test.stop());

const predict = (modelName = 'identity') =>
  test.client.predict({ modelName, inputs: [tensorInput('x', [1, 2, 3, 4])] });
const folder = () => join(test.store, 'identity', '1');

/** Changes one byte in the middle of a file. */
function flipByte(file: string): void {
  const bytes = readFileSync(join(folder(), file));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(join(folder(), file), bytes);
}

async function summary(name = 'identity'): Promise<runtimeV1.ModelSummary__Output> {
  const [found] = await test.client.listModels(name);
  if (found === undefined) throw new Error(`${name} is not listed`);
  return found;
}

describe('a byte that changed on disk', () => {
  it.each(['model.json', 'model.onnx', 'golden/ramp.json', 'MODEL_CARD.md', 'SHA256SUMS'])(
    '[DH-R-028] in %s takes the model out of READY, with the reason in list and log',
    async (file) => {
      test = await startTestServer([identityPackage]);
      expect(valuesOf(await predict())).toEqual([1, 2, 3, 4]);
      flipByte(file);
      const { model, report } = await test.client.verifyModel('identity', '1');
      expect(model).toMatchObject({ state: 'MODEL_STATE_QUARANTINED' });
      expect(report?.checks[0]).toMatchObject({ name: 'package', status: 'CHECK_STATUS_FAILED' });
      // [DH-R-020], [DH-R-024]: still listed, with its reason.
      const listed = await summary();
      expect(listed.state).toBe('MODEL_STATE_QUARANTINED');
      expect([
        'FILE_DIGEST_MISMATCH',
        'PACKAGE_FILE_MISSING',
        'PACKAGE_FILE_UNLISTED',
        'PACKAGE_PATH_INVALID',
      ]).toContain(listed.stateReason?.reason);
      expect(
        test.logged.some(
          (line) =>
            line.includes('model.quarantined') && line.includes(listed.stateReason?.message.split('"')[1] ?? '?'),
        ),
      ).toBe(true);
      expect((await refusalOf(predict())).code).toBe('DH_MODEL_QUARANTINED');
    },
  );

  it('[DH-R-020] [DH-R-024] keeps a model from READY at the start, and the others serve', async () => {
    const other = { ...identityPackage, name: 'other' };
    test = await startTestServer([other, { ...identityPackage, files: { 'golden/extra.json': '{}' } }]);
    expect(await summary()).toMatchObject({
      state: 'MODEL_STATE_QUARANTINED',
      stateReason: { reason: 'GOLDEN_MALFORMED' },
    });
    expect(valuesOf(await predict('other'))).toEqual([1, 2, 3, 4]);
  });

  it('is forgiven when the file is restored and the model verified again', async () => {
    test = await startTestServer([identityPackage]);
    flipByte('model.onnx');
    await test.client.verifyModel('identity', '1');
    flipByte('model.onnx');
    expect((await test.client.verifyModel('identity', '1')).model?.state).toBe('MODEL_STATE_READY');
    expect(valuesOf(await predict())).toEqual([1, 2, 3, 4]);
  });

  it('of a golden value, with new sums, is found by the golden self-test', async () => {
    test = await startTestServer([identityPackage]);
    const file = join(folder(), 'golden', 'ramp.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('0.5', '0.50001').replace('0.50001', '0.5'));
    writeTestSums(folder());
    const { model, report } = await test.client.verifyModel('identity', '1');
    expect(model?.stateReason?.reason).toBe('GOLDEN_MISMATCH');
    expect(report?.checks.find((check) => check.name === 'golden')?.status).toBe('CHECK_STATUS_FAILED');
    expect(model?.stateReason?.message).toContain('ramp');
  });
});

describe('a package that is verified again while it serves', () => {
  it('answers without a gap from the old host until the new one is proven', async () => {
    test = await startTestServer([identityPackage]);
    const before = test.server.store.find('identity', '1').hostPid;
    let isVerifying = true;
    const verifying = test.client.verifyModel('identity', '1').finally(() => {
      isVerifying = false;
    });
    let answered = 0;
    while (isVerifying) {
      expect(valuesOf(await predict())).toEqual([1, 2, 3, 4]);
      answered += 1;
    }
    expect((await verifying).model?.state).toBe('MODEL_STATE_READY');
    expect(answered).toBeGreaterThan(0);
    expect(test.server.store.find('identity', '1').hostPid).not.toBe(before);
  });
});

type Broken = [
  title: string,
  change: (options: TestPackageOptions) => TestPackageOptions,
  reason: string,
  spoil?: (folder: string) => void,
];

const truncated = (share: number) =>
  identityPackage.model.subarray(0, Math.floor(identityPackage.model.length * share));
const random = (length: number) => {
  const next = seededRandom(length);
  return Uint8Array.from({ length }, () => Math.floor(next() * 256));
};
const external = externalDataModel({ location: 'weights.bin' });
const externalGolden = {
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32' as const, shape: [-1, 4] }],
    outputs: [{ name: 'y', dataType: 'FP32' as const, shape: [-1, 3] }],
  },
  golden: [
    {
      id: 'zero',
      inputs: { x: { dataType: 'FP32' as const, shape: [1, 4], values: [0, 0, 0, 0] } },
      expected: { y: { dataType: 'FP32' as const, shape: [1, 3], values: [0, 0, 0] } },
    },
  ],
};

const BROKEN: Broken[] = [
  ['a truncated .onnx', (o) => ({ ...o, model: truncated(0.6) }), 'GRAPH_MALFORMED'],
  ['an empty .onnx', (o) => ({ ...o, model: new Uint8Array() }), 'GRAPH_MALFORMED'],
  ['300 random bytes as .onnx', (o) => ({ ...o, model: random(300) }), 'GRAPH_MALFORMED'],
  ['20,000 random bytes as .onnx', (o) => ({ ...o, model: random(20_000) }), 'GRAPH_MALFORMED'],
  [
    'a ZipMap output',
    (o) => ({
      ...o,
      model: zipMapModel(),
      tensors: {
        inputs: [{ name: 'scores', dataType: 'FP32', shape: [-1, 3] }],
        outputs: [{ name: 'output_probability', dataType: 'FP32', shape: [-1, 3] }],
      },
      golden: [
        {
          id: 'g',
          inputs: { scores: { dataType: 'FP32', shape: [1, 3], values: [0, 0, 1] } },
          expected: { output_probability: { dataType: 'FP32', shape: [1, 3], values: [0, 0, 1] } },
        },
      ],
    }),
    'GRAPH_OUTPUT_NOT_TENSOR',
  ],
  ['missing external data', (o) => ({ ...o, ...externalGolden, model: external.model }), 'EXTERNAL_DATA_MISSING'],
  [
    'external data that the manifest does not list',
    (o) => ({ ...o, ...externalGolden, model: external.model, files: { 'weights.bin': external.data } }),
    'EXTERNAL_DATA_UNLISTED',
  ],
  [
    'external data outside the package',
    (o) => ({ ...o, ...externalGolden, model: externalDataModel({ location: '../../secret.bin' }).model }),
    'PACKAGE_PATH_INVALID',
  ],
  [
    'a manifest that is no JSON',
    (o) => o,
    'MANIFEST_MALFORMED',
    (f) => writeFileSync(join(f, 'model.json'), '{"name": '),
  ],
  [
    'a manifest that breaks the schema',
    (o) => ({ ...o, manifest: { license: 7 as unknown as string } }),
    'MANIFEST_INVALID',
  ],
  [
    'a manifest of another model',
    (o) => o,
    'MANIFEST_INVALID',
    (f) =>
      writeFileSync(
        join(f, 'model.json'),
        readFileSync(join(f, 'model.json'), 'utf8').replace('"identity"', '"other"'),
      ),
  ],
  [
    'a manifest with unconfirmed guesses',
    (o) => ({ ...o, manifest: { draft: [{ field: '/outputs/0', guess: 'a tensor' }] } }),
    'MANIFEST_DRAFT',
  ],
  [
    'a tensor name that the graph does not have',
    (o) => ({ ...o, tensors: { ...o.tensors, inputs: [{ name: 'z', dataType: 'FP32', shape: [-1, 4] }] } }),
    'MANIFEST_GRAPH_MISMATCH',
  ],
  [
    'a type that the graph does not have',
    (o) => ({ ...o, tensors: { ...o.tensors, inputs: [{ name: 'x', dataType: 'FP64', shape: [-1, 4] }] } }),
    'MANIFEST_GRAPH_MISMATCH',
  ],
  [
    'a shape that the graph does not have',
    (o) => ({ ...o, tensors: { ...o.tensors, inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 5] }] } }),
    'MANIFEST_GRAPH_MISMATCH',
  ],
  [
    'an ONNX digest that is not the file',
    (o) => ({ ...o, manifest: { onnx: { file: 'model.onnx', sha256: '0'.repeat(64) } } }),
    'FILE_DIGEST_MISMATCH',
  ],
  ['no golden case', (o) => ({ ...o, golden: [] }), 'GOLDEN_MISSING'],
  [
    'a golden case of other values',
    (o) => ({
      ...o,
      golden: [
        {
          ...(o.golden[0] as TestPackageOptions['golden'][0]),
          expected: { y: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.6] } },
        },
      ],
    }),
    'GOLDEN_MISMATCH',
  ],
  [
    'a golden input that would be refused',
    (o) => ({
      ...o,
      golden: [
        {
          id: 'g',
          inputs: { x: { dataType: 'FP32', shape: [1, 5], values: [1, 2, 3, 4, 5] } },
          expected: o.golden[0]?.expected ?? {},
        },
      ],
    }),
    'GOLDEN_MALFORMED',
  ],
  ['a file that is not listed', (o) => o, 'PACKAGE_FILE_UNLISTED', (f) => writeFileSync(join(f, 'notes.txt'), 'x')],
  ['a model card that is missing', (o) => o, 'PACKAGE_FILE_MISSING', (f) => rmSync(join(f, 'MODEL_CARD.md'))],
  ['no sums', (o) => o, 'PACKAGE_FILE_MISSING', (f) => rmSync(join(f, 'SHA256SUMS'))],
  [
    'sums that name a path outside',
    (o) => o,
    'PACKAGE_PATH_INVALID',
    (f) => appendFileSync(join(f, 'SHA256SUMS'), `${'0'.repeat(64)}  ../other\n`),
  ],
  [
    'a link instead of a file',
    (o) => o,
    'PACKAGE_PATH_INVALID',
    (f) => symlinkSync('/etc/hostname', join(f, 'golden', 'link.json')),
  ],
  [
    'NaN as output',
    (o) => ({
      ...o,
      model: nanModel(),
      tensors: {
        inputs: ['dividend', 'divisor'].map((name) => ({ name, dataType: 'FP32' as const, shape: [-1, 4] })),
        outputs: [{ name: 'quotient', dataType: 'FP32', shape: [-1, 4] }],
      },
      golden: [
        {
          id: 'g',
          inputs: {
            dividend: { dataType: 'FP32', shape: [1, 4], values: [0, 1, 2, 3] },
            divisor: { dataType: 'FP32', shape: [1, 4], values: [0, 1, 1, 1] },
          },
          expected: { quotient: { dataType: 'FP32', shape: [1, 4], values: ['NaN', 1, 2, 3] } },
        },
      ],
    }),
    'MODEL_OUTPUT_INVALID',
  ],
];

/** Changes after the sums were written need new sums, unless the sums are what is spoiled. */
const KEEPS_SUMS = ['PACKAGE_FILE_UNLISTED', 'PACKAGE_FILE_MISSING', 'PACKAGE_PATH_INVALID'];

describe('a package with', () => {
  it.each(BROKEN)('%s never becomes READY', async (_title, change, reason, spoil) => {
    const { buildTestPackage } = await import('@deephealth/sdk/testing');
    test = await startTestServer([{ ...identityPackage, name: 'sound' }]);
    const broken = buildTestPackage(test.store, change(identityPackage));
    spoil?.(broken.folder);
    if (spoil !== undefined && !KEEPS_SUMS.includes(reason)) writeTestSums(broken.folder);
    // [DH-R-027]: the answer to the load and the list say the same.
    const error = await refusalOf(test.client.loadModel('identity', '1'));
    expect(error.reason).toBe(reason);
    const listed = await summary();
    expect(listed).toMatchObject({ state: 'MODEL_STATE_QUARANTINED', stateReason: { reason, message: error.message } });
    expect(error.message).not.toContain(test.store);
    expect(test.logged.join('\n')).not.toContain(test.store);
    expect(valuesOf(await predict('sound'))).toEqual([1, 2, 3, 4]);
  });

  it('[DH-R-027] a fault is answered FAILED_PRECONDITION with the reason that the list shows', async () => {
    test = await startTestServer([{ ...identityPackage, golden: [] }]);
    const error = await refusalOf(test.client.loadModel('identity', '1'));
    expect((error.cause as { code: number }).code).toBe(9);
    expect(error.reason).toBe((await summary()).stateReason?.reason);
  });

  it('weights in a listed file is served', async () => {
    test = await startTestServer([
      { ...identityPackage, ...externalGolden, model: external.model, externalData: { 'weights.bin': external.data } },
    ]);
    expect(await summary()).toMatchObject({ state: 'MODEL_STATE_READY' });
  });
});

describe('a store', () => {
  it('ignores what is no package: files, hidden folders, folders that are no version', async () => {
    test = await startTestServer([identityPackage]);
    writeFileSync(join(test.store, 'README.md'), 'x');
    expect(readdirSync(test.store)).toContain('README.md');
    await test.server.store.scan();
    expect((await test.client.listModels()).map((m) => m.name)).toEqual(['identity']);
  });
});
