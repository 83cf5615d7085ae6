import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { plainInferRequest } from '../wire/testing/plain-requests.js';
import { neverGeneral, RandomFields } from '../wire/testing/random-fields.js';
import { inferRequestDecoder, inferResponseEncoder, streamResponseEncoder } from './infer-codec.js';

const { ModelInfer, ModelStreamInfer } = inferenceService();
const decode = inferRequestDecoder(neverGeneral);
const encode = inferResponseEncoder(neverGeneral);

const fields = new RandomFields(11);
const { random } = fields;

const plainResponse = (): inferenceV2.ModelInferResponse => ({
  modelName: fields.text(),
  modelVersion: fields.text(),
  id: fields.text(),
  parameters: Object.fromEntries(
    fields.some(() => [
      `p${fields.text()}`,
      random() < 0.5 ? { stringParam: fields.text() } : { int64Param: 1 + fields.integer(2 ** 30) },
    ]),
  ),
  outputs: fields.some(() => ({
    name: fields.text(),
    datatype: fields.text(),
    shape: fields.some(() => fields.extent()),
  })),
  rawOutputContents: fields.some(() => fields.bytes()),
});

describe('the decoder of ModelInferRequest', () => {
  it('gives what the general decoder gives, for every plain request', () => {
    for (let i = 0; i < 500; i++) {
      const wire = ModelInfer.requestSerialize(plainInferRequest(fields));
      expect(decode(wire)).toEqual(ModelInfer.requestDeserialize(wire));
    }
  });

  it('leaves parameters, typed contents and unknown fields to the general decoder', () => {
    const tensor = { name: 'x', datatype: 'FP32', shape: [1] };
    const requests: inferenceV2.ModelInferRequest[] = [
      { parameters: { priority: { int64Param: 1 } } },
      { inputs: [{ ...tensor, parameters: { a: { boolParam: true } } }] },
      { inputs: [{ ...tensor, contents: { fp32Contents: [1] } }] },
      { outputs: [{ name: 'y', parameters: { classification: { int64Param: 2 } } }] },
      { inputs: [{ ...tensor, shape: [-1] }] },
      { inputs: [{ ...tensor, shape: ['9007199254740993'] }] },
    ];
    for (const request of requests) {
      const wire = ModelInfer.requestSerialize(request);
      expect(() => decode(wire), JSON.stringify(request)).toThrow(/left to the general/);
      expect(inferRequestDecoder(ModelInfer.requestDeserialize)(wire)).toEqual(ModelInfer.requestDeserialize(wire));
    }
    expect(() => decode(Buffer.from([0x78, 1]))).toThrow(/left to the general/);
  });
});

describe('the encoder of ModelInferResponse', () => {
  it('writes what the general decoder reads back, for every plain answer, also in a stream', () => {
    const encodeInStream = streamResponseEncoder(neverGeneral);
    for (let i = 0; i < 500; i++) {
      const response = plainResponse();
      const expected = ModelInfer.responseDeserialize(ModelInfer.responseSerialize(response));
      expect(ModelInfer.responseDeserialize(encode(response))).toEqual(expected);
      const inStream = ModelStreamInfer.responseDeserialize(encodeInStream({ inferResponse: response }));
      expect(inStream).toEqual({ errorMessage: '', inferResponse: expected });
    }
  });

  it('remembers only parameters that cannot change', () => {
    const changing = { a: { stringParam: 'before' } };
    const fixed = Object.freeze({ a: { stringParam: 'fixed' } });
    const read = (parameters: typeof changing) =>
      ModelInfer.responseDeserialize(encode({ parameters })).parameters.a?.stringParam;
    expect([read(changing), read(fixed), read(fixed)]).toEqual(['before', 'fixed', 'fixed']);
    changing.a.stringParam = 'after';
    expect(read(changing)).toBe('after');
  });

  it('leaves what is not plain to the general encoder', () => {
    const responses: inferenceV2.ModelInferResponse[] = [
      { parameters: { a: { boolParam: true } } },
      { parameters: { a: { int64Param: -1 } } },
      { outputs: [{ name: 'y', parameters: { a: { stringParam: '' } } }] },
      { outputs: [{ name: 'y', shape: ['3'] }] },
    ];
    for (const response of responses) {
      expect(() => encode(response)).toThrow(/left to the general/);
      const general = inferResponseEncoder(ModelInfer.responseSerialize);
      expect(general(response).equals(ModelInfer.responseSerialize(response))).toBe(true);
    }
    expect(() => streamResponseEncoder(neverGeneral)({ errorMessage: 'no' })).toThrow(/left to the general/);
  });
});
