import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, encodeBytesElements, type TensorSpec } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { type MessageCodec, messageOf, mutateMessage, NoMessage } from '../wire/testing/mutate-message.js';
import { compareMetadata } from './compare-metadata.js';
import { readInferReply } from './infer-reply.js';
import type { InferCall } from './infer-request.js';

const USUAL = 400;

const Y: TensorSpec = { name: 'y', dataType: 'FP32', shape: [-1, 2] };
const LABEL: TensorSpec = { name: 'label', dataType: 'BYTES', shape: [-1] };
const FLAG: TensorSpec = { name: 'flag', dataType: 'BOOL', shape: [2] };
const call: InferCall = {
  spec: { protocol: 'open-inference', model: 'm' },
  id: 'id-1',
  inputs: {},
  outputs: [Y, LABEL, FLAG],
};

const outputs = [
  { name: 'y', datatype: 'FP32', shape: [1, 2] },
  { name: 'label', datatype: 'BYTES', shape: [1] },
  { name: 'flag', datatype: 'BOOL', shape: [2] },
];
const echo = { modelName: 'm', modelVersion: '1', id: 'id-1' };
const replies: inferenceV2.ModelInferResponse[] = [
  {
    ...{ ...echo, outputs },
    rawOutputContents: [
      Buffer.from(Float32Array.of(1, 2).buffer),
      Buffer.from(encodeBytesElements([Buffer.from('a')])),
      Buffer.of(1, 0),
    ],
  },
  {
    ...echo,
    outputs: [
      { ...outputs[0], contents: { fp32Contents: [1, 2] } },
      { ...outputs[1], contents: { bytesContents: [Buffer.from('a')] } },
      { ...outputs[2], contents: { boolContents: [true, false] } },
    ],
  },
];

type Reply = inferenceV2.ModelInferResponse__Output;
type Metadata = inferenceV2.ModelMetadataResponse__Output;
const { ModelInfer, ModelMetadata } = inferenceService();
const replyCodec: MessageCodec<Reply> = {
  serialize: ModelInfer.responseSerialize as (message: Reply) => Buffer,
  deserialize: ModelInfer.responseDeserialize,
};
const metadataCodec: MessageCodec<Metadata> = {
  serialize: ModelMetadata.responseSerialize as (message: Metadata) => Buffer,
  deserialize: ModelMetadata.responseDeserialize,
};

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'ModelInferResponse of another server',
    corpus: replies.map((reply) => ModelInfer.responseSerialize(reply)),
    mutate: mutateMessage(replyCodec),
    read(bytes) {
      for (const [name, { shape, data }] of readInferReply(call, messageOf(replyCodec, bytes)).tensors) {
        if (name === 'y' && data.byteLength !== shape.reduce((product, extent) => product * extent, 4)) {
          throw new Error('a tensor of another size than its shape');
        }
      }
    },
  },
  {
    parser: 'ModelMetadataResponse of another server',
    corpus: [
      ModelMetadata.responseSerialize({
        ...{ name: 'm', versions: ['1'], platform: 'onnx' },
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
        outputs,
      }),
    ],
    mutate: mutateMessage(metadataCodec),
    read: (bytes) =>
      compareMetadata(
        'm',
        { inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 2] }], outputs: call.outputs },
        messageOf(metadataCodec, bytes),
      ),
  },
];

describe('a broken answer of another inference server', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 1000 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(inputs / 10);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof NoMessage || (thrown instanceof DeepHealthError && thrown.code === 'DH_REMOTE_MISMATCH');
}
