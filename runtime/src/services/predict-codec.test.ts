import { contractRoot, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { anyDataType, plainPredictRequest } from '../wire/testing/plain-requests.js';
import { neverGeneral, RandomFields } from '../wire/testing/random-fields.js';
import { predictRequestDecoder, predictStreamRequestDecoder } from './predict-decoder.js';
import { predictResponseEncoder, predictStreamResponseEncoder } from './predict-encoder.js';

const { Predict, PredictStream } = modelRuntimeService();
const decode = predictRequestDecoder(neverGeneral);
const encode = predictResponseEncoder(neverGeneral);

// All that the contract has, so that one which is added is compared as well.
const { WARNING_KIND_UNSPECIFIED: _, ...kinds } = contractRoot().lookupEnum('deephealth.runtime.v1.WarningKind').values;
const WARNING_KINDS = Object.keys(kinds) as runtimeV1.Warning['kind'][];

const fields = new RandomFields(12);
const { random } = fields;
const dataType = () => anyDataType(fields);
const codes = () =>
  fields.some(
    () => ({ system: fields.text(), version: fields.text(), code: fields.text(), display: fields.text() }),
    3,
  );
const number = () => fields.pick(0, -0, 1, 0.1, random(), Number.NaN, Number.POSITIVE_INFINITY);

const plainResponse = (): runtimeV1.PredictResponse => ({
  requestId: fields.text(),
  findings: fields.some(() => ({
    name: fields.text(),
    codes: codes(),
    ...(random() < 0.5
      ? { tensor: { dataType: dataType(), shape: fields.some(() => fields.extent()), data: fields.bytes() } }
      : {
          classification: {
            mode: fields.pick(
              'CLASSIFICATION_MODE_BINARY',
              'CLASSIFICATION_MODE_MULTICLASS',
              'CLASSIFICATION_MODE_MULTILABEL',
            ),
            classes: fields.some(() => ({
              label: fields.text(),
              codes: codes(),
              probability: number(),
              ...(random() < 0.5 ? { threshold: number() } : {}),
            })),
            decision: fields.some(() => fields.text()),
            abstained: random() < 0.5,
          },
        }),
  })),
  provenance: {
    modelName: fields.text(),
    modelVersion: fields.text(),
    packageSha256: fields.text(),
    onnxSha256: fields.text(),
    runtime: fields.text(),
    engine: fields.text(),
    executionProvider: fields.text(),
    batchSize: fields.integer(2 ** 16),
    timings: {
      queueUs: random() * 1e6,
      preprocessUs: 0,
      inferenceUs: random() * 1e9,
      postprocessUs: fields.integer(100),
      totalUs: fields.integer(2 ** 30),
    },
    completedAt: {
      seconds: fields.pick<number | string>(fields.integer(2 ** 31), String(fields.integer(2 ** 31))),
      nanos: fields.integer(1e9),
    },
    contractVersion: '1.0',
    inputSha256: fields.text(),
    sequenceId: fields.text(),
    sequencePosition: fields.integer(300),
  },
  warnings: fields.some(() => ({
    kind: fields.pick(...WARNING_KINDS),
    field: fields.text(),
    message: fields.text().repeat(fields.integer(20)),
  })),
});

describe('the decoder of PredictRequest', () => {
  it('gives what the general decoder gives, for every request of tensors, also in a stream', () => {
    const decodeItem = predictStreamRequestDecoder(neverGeneral);
    for (let i = 0; i < 500; i++) {
      const request = plainPredictRequest(fields);
      const wire = Predict.requestSerialize(request);
      expect(decode(wire)).toEqual(Predict.requestDeserialize(wire));
      const item = PredictStream.requestSerialize(
        random() < 0.1 ? { itemId: fields.text() } : { itemId: fields.text(), request },
      );
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
});

describe('the encoder of PredictResponse', () => {
  it('writes what the general decoder reads back, for every plain answer, also in a stream', () => {
    const encodeItem = predictStreamResponseEncoder(neverGeneral);
    for (let i = 0; i < 500; i++) {
      const response = plainResponse();
      const expected = Predict.responseDeserialize(Predict.responseSerialize(response));
      expect(Predict.responseDeserialize(encode(response))).toEqual(expected);
      const itemId = fields.text();
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
    const inStream = predictStreamResponseEncoder(neverGeneral);
    expect(() => inStream({ ready: { maxInFlight: 1 } })).toThrow(/left to the general/);
    expect(() => inStream({ result: { itemId: 'a', status: { code: 3 } } })).toThrow(/left to the general/);
  });
});
