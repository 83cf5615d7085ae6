import type { runtimeV1 } from '@deephealth/proto';
import { ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binaryPackage, GREY_PNG_BASE64, imagePackage, signalPackage, tablePackage } from './medical-packages.js';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput, valuesOf } from './test-server.js';

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([identityPackage, tablePackage, signalPackage, imagePackage, binaryPackage], {
    maxTensorElements: 1_000_000,
  });
});
afterAll(() => test.stop());

// Planted in requests; none may come back in a message, a detail or a log line.
const CANARY = 8642.125;

type Value = runtimeV1.TableValue;
const AGE: Value = { name: 'age', number: 63, unit: 'a' };
const SEX: Value = { name: 'sex', category: 'male' };
const SMOKER: Value = { name: 'smoker', boolean: false };
const PRESSURE: Value = { name: 'pressure', number: 145, unit: 'mm[Hg]' };

const table = (...values: Value[]): runtimeV1.PredictRequest => ({
  modelName: 'table',
  inputs: [{ name: 'patient', table: { values } }],
});
const identity = (...inputs: runtimeV1.NamedInput[]): runtimeV1.PredictRequest => ({ modelName: 'identity', inputs });
const rawTensor = (shape: (number | string)[], bytes: number, dataType: runtimeV1.DataType = 'DATA_TYPE_FP32') =>
  identity({ name: 'x', tensor: { dataType, shape, data: Buffer.alloc(bytes) } });
const good = tensorInput('x', [1, 2, 3, 4]);

function signal(change: Partial<runtimeV1.Signal>): runtimeV1.PredictRequest {
  const samples = tensorInput('s', [0.5, -0.25, 1, 0]).tensor as runtimeV1.Tensor;
  return {
    modelName: 'signal',
    inputs: [
      { name: 'ecg', signal: { channels: [{ name: 'II', unit: 'mV' }], samplingRateHz: 250, samples, ...change } },
    ],
  };
}
const image = (data: Buffer, mediaType = 'image/png', frame = 0): runtimeV1.PredictRequest => ({
  modelName: 'image',
  inputs: [{ name: 'photo', image: { data, mediaType, frame } }],
});
const png = Buffer.from(GREY_PNG_BASE64, 'base64');

type Row = [title: string, request: runtimeV1.PredictRequest, code: ErrorCode, details: Record<string, string>];

const ROWS: Row[] = [
  [
    '[DH-R-001] a tensor of unspecified type',
    rawTensor([1, 4], 16, 'DATA_TYPE_UNSPECIFIED'),
    'DH_TENSOR_DATATYPE_MISMATCH',
    { input: 'x', expected: 'FP32' },
  ],
  [
    '[DH-R-001] a tensor of another type',
    rawTensor([1, 4], 32, 'DATA_TYPE_FP64'),
    'DH_TENSOR_DATATYPE_MISMATCH',
    { input: 'x', expected: 'FP32', received: 'FP64' },
  ],
  [
    '[DH-R-002] a rank too low',
    rawTensor([4], 16),
    'DH_TENSOR_SHAPE_MISMATCH',
    { input: 'x', expected: '[-1, 4]', received: '[4]' },
  ],
  ['[DH-R-002] a rank too high', rawTensor([1, 1, 4], 16), 'DH_TENSOR_SHAPE_MISMATCH', { input: 'x' }],
  ['[DH-R-002] a wrong extent', rawTensor([1, 5], 20), 'DH_TENSOR_SHAPE_MISMATCH', { input: 'x', received: '[1, 5]' }],
  ['[DH-R-002] a negative extent', rawTensor(['-1', 4], 16), 'DH_TENSOR_SHAPE_MISMATCH', { input: 'x' }],
  ['[DH-R-002] a batch of zero', rawTensor([0, 4], 0), 'DH_TENSOR_SHAPE_MISMATCH', { input: 'x' }],
  [
    '[DH-R-003] extents whose product overflows 64 bits',
    rawTensor(['2147483648', '2147483648', '2147483648'], 16),
    'DH_TENSOR_SHAPE_OVERFLOW',
    { input: 'x' },
  ],
  [
    '[DH-R-003] an extent above 2^53',
    rawTensor(['9007199254740993', 4], 16),
    'DH_TENSOR_SHAPE_OVERFLOW',
    { input: 'x' },
  ],
  [
    '[DH-R-003] a zero beside a huge extent',
    rawTensor([0, '9223372036854775807'], 0),
    'DH_TENSOR_SHAPE_OVERFLOW',
    { input: 'x' },
  ],
  [
    '[DH-R-004] one byte more',
    rawTensor([1, 4], 17),
    'DH_TENSOR_SIZE_MISMATCH',
    { input: 'x', expected: '16', received: '17' },
  ],
  [
    '[DH-R-004] one byte less',
    rawTensor([1, 4], 15),
    'DH_TENSOR_SIZE_MISMATCH',
    { input: 'x', expected: '16', received: '15' },
  ],
  [
    '[DH-R-004] no bytes',
    rawTensor([1, 4], 0),
    'DH_TENSOR_SIZE_MISMATCH',
    { input: 'x', expected: '16', received: '0' },
  ],
  [
    '[DH-R-005] an undeclared input',
    identity(good, tensorInput('z', [1])),
    'DH_INPUT_UNKNOWN',
    { input: 'z', expected: 'x' },
  ],
  ['[DH-R-005] an input twice', identity(good, good), 'DH_INPUT_DUPLICATE', { input: 'x' }],
  ['[DH-R-006] a missing input', identity(), 'DH_INPUT_MISSING', { input: 'x' }],
  [
    '[DH-R-007] an input of another kind',
    identity({ name: 'x', table: { values: [AGE] } }),
    'DH_INPUT_KIND_MISMATCH',
    { input: 'x', expected: 'tensor', received: 'table' },
  ],
  [
    '[DH-R-007] an input without a value',
    identity({ name: 'x' }),
    'DH_INPUT_KIND_MISMATCH',
    { input: 'x', received: 'nothing' },
  ],
  [
    'NaN in a tensor',
    identity(tensorInput('x', [1, Number.NaN, 3, 4])),
    'DH_VALUE_NOT_FINITE',
    { input: 'x', index: '1' },
  ],
  [
    'infinity in a tensor',
    identity(tensorInput('x', [1, 2, 3, Number.NEGATIVE_INFINITY])),
    'DH_VALUE_NOT_FINITE',
    { input: 'x', index: '3' },
  ],
  [
    '[DH-R-008] an image of another media type',
    image(png, 'image/tiff'),
    'DH_MEDIA_TYPE_UNSUPPORTED',
    { input: 'photo', expected: 'image/png' },
  ],
  ['a truncated image', image(png.subarray(0, 50)), 'DH_MEDIA_UNREADABLE', { input: 'photo' }],
  ['bytes that are no image', image(Buffer.from('not an image at all')), 'DH_MEDIA_UNREADABLE', { input: 'photo' }],
  ['an image frame that is not there', image(png, 'image/png', 3), 'DH_FEATURE_UNSUPPORTED', { input: 'photo' }],
  [
    '[DH-R-009] a signal without the channel',
    signal({ channels: [{ name: 'V5', unit: 'mV' }] }),
    'DH_SIGNAL_CHANNEL_MISSING',
    { input: 'ecg', channel: 'II' },
  ],
  [
    '[DH-R-009] a channel in another unit',
    signal({ channels: [{ name: 'II', unit: 'uV' }] }),
    'DH_SIGNAL_UNIT_MISMATCH',
    { input: 'ecg', channel: 'II', expected: 'mV' },
  ],
  [
    'a channel under two of its names',
    signal({
      channels: [
        { name: 'II', unit: 'mV' },
        { name: 'MLII', unit: 'mV' },
      ],
    }),
    'DH_SIGNAL_CHANNEL_DUPLICATE',
    { channel: 'II' },
  ],
  [
    '[DH-R-010] another sampling rate',
    signal({ samplingRateHz: 360 }),
    'DH_SIGNAL_RATE_MISMATCH',
    { input: 'ecg', expected: '250 Hz' },
  ],
  [
    '[DH-R-010] a sampling rate that is not a number',
    signal({ samplingRateHz: Number.NaN }),
    'DH_SIGNAL_RATE_MISMATCH',
    { input: 'ecg' },
  ],
  [
    'a signal of another length',
    signal({ samples: tensorInput('s', [1, 2, 3]).tensor as runtimeV1.Tensor }),
    'DH_SIGNAL_LENGTH_MISMATCH',
    { expected: '4', received: '3' },
  ],
  ['a signal without samples', signal({ samples: null }), 'DH_TENSOR_DATATYPE_MISMATCH', { input: 'ecg' }],
  [
    'a signal of a lead that is off',
    signal({ samples: tensorInput('s', [1, 1.05, 1, 0.95]).tensor as runtimeV1.Tensor }),
    'DH_SIGNAL_FLAT',
    { input: 'ecg', channel: 'II', expected: 'a standard deviation of at least 0.1 mV' },
  ],
  [
    'a signal value outside the valid range',
    signal({ samples: tensorInput('s', [CANARY, 0, 0, 0]).tensor as runtimeV1.Tensor }),
    'DH_VALUE_OUT_OF_RANGE',
    { input: 'ecg' },
  ],
  [
    '[DH-R-011] an undeclared column',
    table(AGE, SEX, SMOKER, PRESSURE, { name: 'weight', number: CANARY }),
    'DH_COLUMN_UNKNOWN',
    { input: 'patient' },
  ],
  ['[DH-R-011] a column twice', table(AGE, AGE, SEX, SMOKER, PRESSURE), 'DH_COLUMN_DUPLICATE', { column: 'age' }],
  ['[DH-R-011] a missing column', table(SEX, SMOKER, PRESSURE), 'DH_COLUMN_MISSING', { column: 'age' }],
  [
    'a column of another type',
    table({ name: 'age', category: 'old' }, SEX, SMOKER, PRESSURE),
    'DH_COLUMN_TYPE_MISMATCH',
    { column: 'age', expected: 'number' },
  ],
  [
    '[DH-R-012] a number above the valid range',
    table({ ...AGE, number: CANARY }, SEX, SMOKER, PRESSURE),
    'DH_VALUE_OUT_OF_RANGE',
    { column: 'age', expected: '0 to 120 a' },
  ],
  [
    '[DH-R-012] NaN in a column',
    table({ ...AGE, number: Number.NaN }, SEX, SMOKER, PRESSURE),
    'DH_VALUE_NOT_FINITE',
    { column: 'age' },
  ],
  [
    '[DH-R-012] infinity in a column',
    table({ ...AGE, number: Number.POSITIVE_INFINITY }, SEX, SMOKER, PRESSURE),
    'DH_VALUE_NOT_FINITE',
    { column: 'age' },
  ],
  [
    '[DH-R-013] an unknown category',
    table(AGE, { name: 'sex', category: `${CANARY}` }, SMOKER, PRESSURE),
    'DH_CATEGORY_UNKNOWN',
    { column: 'sex', expected: 'female, male' },
  ],
  [
    '[DH-R-014] another unit',
    table({ ...AGE, unit: 'mo' }, SEX, SMOKER, PRESSURE),
    'DH_UNIT_MISMATCH',
    { column: 'age', expected: 'a' },
  ],
  [
    '[DH-R-014] no unit where one is declared',
    table({ ...AGE, unit: '' }, SEX, SMOKER, PRESSURE),
    'DH_UNIT_MISMATCH',
    { column: 'age', received: 'no unit' },
  ],
  [
    'a missing value without a rule',
    table(AGE, SEX, { name: 'smoker', missing: 'MISSING_REASON_UNKNOWN' }, PRESSURE),
    'DH_VALUE_MISSING',
    { column: 'smoker' },
  ],
  [
    '[DH-R-015] a reference, for which no resolver is allowed',
    identity({ name: 'x', reference: { uri: 'file:///etc/hostname' } }),
    'DH_REFERENCE_NOT_ALLOWED',
    { input: 'x' },
  ],
  ['[DH-R-025] an unknown model', { modelName: 'nobody', inputs: [good] }, 'DH_MODEL_NOT_FOUND', { model: 'nobody' }],
  [
    '[DH-R-025] an unknown version',
    { modelName: 'identity', modelVersion: '7', inputs: [good] },
    'DH_MODEL_VERSION_NOT_FOUND',
    { model: 'identity', expected: '1' },
  ],
  ['a model name that climbs out of the store', { modelName: '../../etc', inputs: [good] }, 'DH_MODEL_NOT_FOUND', {}],
  [
    '[DH-R-031] a request id too long',
    { ...identity(good), requestId: 'x'.repeat(129) },
    'DH_REQUEST_ID_INVALID',
    { field: 'request_id' },
  ],
  [
    '[DH-R-031] a request id that would forge a log line',
    { ...identity(good), requestId: 'a\nb' },
    'DH_REQUEST_ID_INVALID',
    { field: 'request_id' },
  ],
  [
    '[DH-R-032] a pinned digest of another package',
    { ...identity(good), expectedPackageSha256: '0'.repeat(64) },
    'DH_PACKAGE_DIGEST_MISMATCH',
    { field: 'expected_package_sha256' },
  ],
  [
    '[DH-R-033] an undeclared output',
    { ...identity(good), outputs: ['z'] },
    'DH_OUTPUT_UNKNOWN',
    { output: 'z', expected: 'y' },
  ],
  ['an output twice', { ...identity(good), outputs: ['y', 'y'] }, 'DH_OUTPUT_DUPLICATE', { output: 'y' }],
  [
    '[DH-R-034] a sequence context',
    { ...identity(good), sequenceContext: { sequenceId: 's', isStart: true } },
    'DH_FEATURE_UNSUPPORTED',
    { field: 'sequence_context' },
  ],
  [
    'a probability that is none',
    { modelName: 'binary', inputs: [tensorInput('x', [CANARY])] },
    'DH_MODEL_OUTPUT_INVALID',
    {},
  ],
];

describe('a bad request', () => {
  it.each(ROWS)('%s is refused', async (_title, request, code, details) => {
    const error = await refusalOf(test.client.predict(request));
    expect(error.code).toBe(code);
    expect(error.details).toMatchObject(details);
    // [DH-R-021]: the wire form carries source and retryability too.
    expect(error.details).toMatchObject({
      source: ERROR_CATALOG[code].source,
      retryable: String(ERROR_CATALOG[code].retryable),
    });
  });

  it('[DH-R-021] carries an ErrorInfo that other clients can read', async () => {
    const error = await refusalOf(test.client.predict(identity()));
    const cause = error.cause as { code: number; metadata: { get(key: string): Buffer[] } };
    expect(cause.code).toBe(3);
    const { decodeStatusDetails } = await import('@deephealth/proto');
    expect(decodeStatusDetails(cause.metadata.get('grpc-status-details-bin')[0] as Buffer)).toEqual({
      code: 3,
      message: error.message,
      errorInfo: {
        reason: 'INPUT_MISSING',
        domain: 'deephealth',
        metadata: { input: 'x', expected: 'tensor', source: 'caller', retryable: 'false' },
      },
    });
  });

  it('[DH-R-022] is answered and logged without path, stack or value', async () => {
    const texts = [];
    for (const [, request] of ROWS) {
      const error = await refusalOf(test.client.predict(request));
      texts.push(error.message, JSON.stringify(error.details));
    }
    const all = [...texts, ...test.logged].join('\n');
    expect(texts.length).toBeGreaterThan(90);
    expect(all).not.toContain(String(CANARY));
    expect(all).not.toContain(test.store);
    expect(all).not.toContain(process.cwd());
    expect(all).not.toMatch(/\n\s+at |node_modules|\.js:\d+/);
  });

  it('[DH-R-023] leaves the next request right, each time', async () => {
    for (const [, request] of ROWS) {
      await refusalOf(test.client.predict(request));
      const values = [Math.random(), 2, 3, 4].map(Math.fround);
      expect(valuesOf(await test.client.predict(identity(tensorInput('x', values))))).toEqual(values);
    }
  });

  it('[DH-R-030] a message of 200 MB is RESOURCE_EXHAUSTED, and the server goes on', async () => {
    const huge = identity({
      name: 'x',
      tensor: { dataType: 'DATA_TYPE_FP32', shape: [1, 4], data: Buffer.alloc(200 * 1024 * 1024) },
    });
    expect((await refusalOf(test.client.predict(huge))).code).toBe('DH_MESSAGE_TOO_LARGE');
    expect(valuesOf(await test.client.predict(identity(good)))).toEqual([1, 2, 3, 4]);
  });
});
