import { isDeepStrictEqual } from 'node:util';
import { inferenceService, modelRuntimeService } from '@deephealth/proto';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { inferRequestDecoder } from '../open-inference/infer-codec.js';
import { predictRequestDecoder, predictStreamRequestDecoder } from '../services/predict-decoder.js';
import { plainInferRequest, plainPredictRequest } from './testing/plain-requests.js';
import { neverGeneral, RandomFields } from './testing/random-fields.js';

const USUAL = 600;
const CORPUS = 50;

const { ModelInfer } = inferenceService();
const { Predict, PredictStream } = modelRuntimeService();
const fields = new RandomFields(700);
const corpus = (make: () => Buffer) => Array.from({ length: CORPUS }, make);

/** Throws what `neverGeneral` throws, or for a message that the general decoder reads to something else. */
function readAlike<T>(byHand: (general: (bytes: Buffer) => T) => (bytes: Buffer) => T, general: (bytes: Buffer) => T) {
  const decode = byHand(neverGeneral);
  return (bytes: Buffer) => {
    // A copy in a larger buffer, whose neighbours must not be read.
    const within = Buffer.concat([Buffer.alloc(64, 0x11), bytes, Buffer.alloc(64, 0x22)]).subarray(64, -64);
    const read = decode(within);
    if (!isDeepStrictEqual(read, general(bytes))) throw new Error('it was read to something else');
  };
}

const KINDS: readonly Pick<FuzzOptions, 'parser' | 'corpus' | 'read'>[] = [
  {
    parser: 'ModelInferRequest, decoded by hand',
    corpus: corpus(() => ModelInfer.requestSerialize(plainInferRequest(fields))),
    read: readAlike(inferRequestDecoder, ModelInfer.requestDeserialize),
  },
  {
    parser: 'PredictRequest, decoded by hand',
    corpus: corpus(() => Predict.requestSerialize(plainPredictRequest(fields))),
    read: readAlike(predictRequestDecoder, Predict.requestDeserialize),
  },
  {
    parser: 'PredictStreamRequest, decoded by hand',
    corpus: corpus(() =>
      PredictStream.requestSerialize({ itemId: fields.text(), request: plainPredictRequest(fields) }),
    ),
    read: readAlike(predictStreamRequestDecoder, PredictStream.requestDeserialize),
  },
];

describe('a broken message', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 710 + place })))(
    'is read as the general decoder reads it, or left to it: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) => String(thrown).includes('left to the general codec');
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(inputs / 10);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});
