import { contractRoot, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { predictRequestDecoder, predictStreamRequestDecoder } from './predict-decoder.js';
import { predictResponseEncoder, predictStreamResponseEncoder } from './predict-encoder.js';

const { Predict, PredictStream } = modelRuntimeService();
const never = () => {
  throw new Error('left to the general codec');
};
const decode = predictRequestDecoder(never);
const encode = predictResponseEncoder(never);

// All that the contract has, so that one which is added is compared as well.
const { WARNING_KIND_UNSPECIFIED: _, ...kinds } = contractRoot().lookupEnum('deephealth.runtime.v1.WarningKind').values;
const WARNING_KINDS = Object.keys(kinds) as runtimeV1.Warning['kind'][];

const random = seededRandom(12);
const integer = (limit: number) => Math.floor(random() * limit);
const characters = [...'aZ09-_é漢😀 '];
const text = () => Array.from({ length: integer(40) }, () => characters[integer(characters.length)]).join('');
const bytes = () => Buffer.from(Array.from({ length: integer(300) }, () => integer(256)));
const some = <T>(make: () => T, most = 4) => Array.from({ length: integer(most) }, make);
const pick = <T>(...values: T[]) => values[integer(values.length)] as T;
const extent = () => pick(0, 1, 30, 127, 128, 300, 2 ** 31, 2 ** 40);
const dataType = () => pick('DATA_TYPE_FP32', 'DATA_TYPE_UINT8', 'DATA_TYPE_BF16', 'DATA_TYPE_BOOL', 'DATA_TYPE_INT64');

const plainRequest = (): runtimeV1.PredictRequest => ({
  requestId: text(),
  modelName: text(),
  modelVersion: text(),
  expectedPackageSha256: text(),
  inputs: some(() => ({ name: text(), tensor: { dataType: dataType(), shape: some(extent), data: bytes() } })),
  outputs: some(text),
  priority: pick('PRIORITY_UNSPECIFIED', 'PRIORITY_BATCH', 'PRIORITY_ROUTINE', 'PRIORITY_STAT'),
});

const codes = () => some(() => ({ system: text(), version: text(), code: text(), display: text() }), 3);
const number = () => pick(0, -0, 1, 0.1, random(), Number.NaN, Number.POSITIVE_INFINITY);

const plainResponse = (): runtimeV1.PredictResponse => ({
  requestId: text(),
  findings: some(() => ({
    name: text(),
    codes: codes(),
    ...(random() < 0.5
      ? { tensor: { dataType: dataType(), shape: some(extent), data: bytes() } }
      : {
          classification: {
            mode: pick(
              'CLASSIFICATION_MODE_BINARY',
              'CLASSIFICATION_MODE_MULTICLASS',
              'CLASSIFICATION_MODE_MULTILABEL',
            ),
            classes: some(() => ({
              label: text(),
              codes: codes(),
              probability: number(),
              ...(random() < 0.5 ? { threshold: number() } : {}),
            })),
            decision: some(text),
            abstained: random() < 0.5,
          },
        }),
  })),
  provenance: {
    modelName: text(),
    modelVersion: text(),
    packageSha256: text(),
    onnxSha256: text(),
    runtime: text(),
    engine: text(),
    executionProvider: text(),
    batchSize: integer(2 ** 16),
    timings: {
      queueUs: random() * 1e6,
      preprocessUs: 0,
      inferenceUs: random() * 1e9,
      postprocessUs: integer(100),
      totalUs: integer(2 ** 30),
    },
    completedAt: { seconds: pick<number | string>(integer(2 ** 31), String(integer(2 ** 31))), nanos: integer(1e9) },
    contractVersion: '1.0',
    inputSha256: text(),
    sequenceId: text(),
    sequencePosition: integer(300),
  },
  warnings: some(() => ({
    kind: pick(...WARNING_KINDS),
    field: text(),
    message: text().repeat(integer(20)),
  })),
});

describe('the decoder of PredictRequest', () => {
  it('gives what the general decoder gives, for every request of tensors, also in a stream', () => {
    const decodeItem = predictStreamRequestDecoder(never);
    for (let i = 0; i < 500; i++) {
      const request = plainRequest();
      const wire = Predict.requestSerialize(request);
      expect(decode(wire)).toEqual(Predict.requestDeserialize(wire));
      const item = PredictStream.requestSerialize(random() < 0.1 ? { itemId: text() } : { itemId: text(), request });
      expect(decodeItem(item)).toEqual(PredictStream.requestDeserialize(item));
    }
  });

  it('leaves every other input, sequences and unknown fields to the general decoder', () => {
    const requests: runtimeV1.PredictRequest[] = [
      { inputs: [{ name: 'x', table: { values: [] } }] },
      { inputs: [{ name: 'x' }] },
      { inputs: [{ name: 'x', image: { data: Buffer.from([1]), mediaType: 'image/png' } }] },
      { sequenceContext: { sequenceId: 'a' } },
      { inputs: [{ name: 'x', tensor: { shape: [-1] } }] },
    ];
    for (const request of requests) {
      const wire = Predict.requestSerialize(request);
      expect(() => decode(wire), JSON.stringify(request)).toThrow(/left to the general/);
      expect(predictRequestDecoder(Predict.requestDeserialize)(wire)).toEqual(Predict.requestDeserialize(wire));
    }
    expect(() => decode(Buffer.from([0x38, 99]))).toThrow(/left to the general/);
    expect(() => decode(Buffer.from([0x78, 1]))).toThrow(/left to the general/);
  });

  it('never reads beyond a message that is cut off or damaged: the same as the general decoder, or left to it', () => {
    for (let i = 0; i < 1500; i++) {
      const wire = Buffer.from(Predict.requestSerialize(plainRequest()));
      const damaged = wire.subarray(0, integer(wire.length + 1));
      if (damaged.length > 0 && random() < 0.5) damaged[integer(damaged.length)] = integer(256);
      let read: unknown;
      try {
        read = decode(damaged);
      } catch (error) {
        expect(String(error)).toMatch(/left to the general/);
        continue;
      }
      expect(read).toEqual(Predict.requestDeserialize(damaged));
    }
  });
});

describe('the encoder of PredictResponse', () => {
  it('writes what the general decoder reads back, for every plain answer, also in a stream', () => {
    const encodeItem = predictStreamResponseEncoder(never);
    for (let i = 0; i < 500; i++) {
      const response = plainResponse();
      const expected = Predict.responseDeserialize(Predict.responseSerialize(response));
      expect(Predict.responseDeserialize(encode(response))).toEqual(expected);
      const itemId = text();
      const item = PredictStream.responseDeserialize(encodeItem({ result: { itemId, response } }));
      expect(item).toEqual(
        PredictStream.responseDeserialize(PredictStream.responseSerialize({ result: { itemId, response } })),
      );
    }
  });

  it('leaves what is not plain to the general encoder, and nothing of it stays behind', () => {
    const tensor = { dataType: 'DATA_TYPE_FP32', shape: [1], data: Buffer.alloc(4) } as const;
    const responses: runtimeV1.PredictResponse[] = [
      { findings: [{ name: 'a', regression: { values: [{ label: 'b', value: 1, unit: 'mg' }] } }] },
      { findings: [{ name: 'a', tensor: { ...tensor, data: Buffer.alloc(100_000) } }] },
      { findings: [{ name: 'a', tensor, highlight: { quantity: 'attribution' } }] },
      { provenance: { steps: [{ name: 'a' }] } },
      { provenance: { timings: { queueUs: -5 } } },
      { findings: [{ name: 'a' }] },
    ];
    const general = predictResponseEncoder(Predict.responseSerialize);
    for (const response of responses) {
      expect(() => encode(response), JSON.stringify(response)).toThrow(/left to the general/);
      expect(general(response).equals(Predict.responseSerialize(response))).toBe(true);
      expect(general({ requestId: 'next' }).equals(Predict.responseSerialize({ requestId: 'next' }))).toBe(true);
    }
    const inStream = predictStreamResponseEncoder(never);
    expect(() => inStream({ ready: { maxInFlight: 1 } })).toThrow(/left to the general/);
    expect(() => inStream({ result: { itemId: 'a', status: { code: 3 } } })).toThrow(/left to the general/);
  });
});
