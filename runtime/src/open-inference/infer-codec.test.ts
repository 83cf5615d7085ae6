import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { inferRequestDecoder, inferResponseEncoder, streamResponseEncoder } from './infer-codec.js';

const { ModelInfer, ModelStreamInfer } = inferenceService();
const never = () => {
  throw new Error('left to the general codec');
};
const decode = inferRequestDecoder(never);
const encode = inferResponseEncoder(never);

const random = seededRandom(11);
const integer = (limit: number) => Math.floor(random() * limit);
const characters = [...'aZ09-_é漢😀 '];
const text = () => Array.from({ length: integer(12) }, () => characters[integer(characters.length)]).join('');
const bytes = () => Buffer.from(Array.from({ length: integer(300) }, () => integer(256)));
const some = <T>(make: () => T) => Array.from({ length: integer(4) }, make);
const extent = () => [0, 1, 30, 127, 128, 300, 2 ** 31, 2 ** 40][integer(8)] as number;

const plainRequest = (): inferenceV2.ModelInferRequest => ({
  modelName: text(),
  modelVersion: text(),
  id: text(),
  inputs: some(() => ({ name: text(), datatype: text(), shape: some(extent) })),
  outputs: some(() => ({ name: text() })),
  rawInputContents: some(bytes),
});

const plainResponse = (): inferenceV2.ModelInferResponse => ({
  modelName: text(),
  modelVersion: text(),
  id: text(),
  parameters: Object.fromEntries(
    some(() => [`p${text()}`, random() < 0.5 ? { stringParam: text() } : { int64Param: 1 + integer(2 ** 30) }]),
  ),
  outputs: some(() => ({ name: text(), datatype: text(), shape: some(extent) })),
  rawOutputContents: some(bytes),
});

describe('the decoder of ModelInferRequest', () => {
  it('gives what the general decoder gives, for every plain request', () => {
    for (let i = 0; i < 500; i++) {
      const wire = ModelInfer.requestSerialize(plainRequest());
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

  it('never reads beyond a message that is cut off or damaged: the same as the general decoder, or left to it', () => {
    for (let i = 0; i < 1500; i++) {
      const wire = Buffer.from(ModelInfer.requestSerialize(plainRequest()));
      const damaged = wire.subarray(0, integer(wire.length + 1));
      if (damaged.length > 0 && random() < 0.5) damaged[integer(damaged.length)] = integer(256);
      let read: unknown;
      try {
        read = decode(damaged);
      } catch (error) {
        expect(String(error)).toMatch(/left to the general/);
        continue;
      }
      expect(read).toEqual(ModelInfer.requestDeserialize(damaged));
    }
  });
});

describe('the encoder of ModelInferResponse', () => {
  it('writes what the general decoder reads back, for every plain answer, also in a stream', () => {
    const encodeInStream = streamResponseEncoder(never);
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
    expect(() => streamResponseEncoder(never)({ errorMessage: 'no' })).toThrow(/left to the general/);
  });
});
