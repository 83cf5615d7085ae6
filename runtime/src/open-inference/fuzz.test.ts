import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { DeepHealthError, encodeBytesElements, type TensorSpec, tensorFromValues } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { floats, ModelDouble, manifestOf, openInferenceOver, patient, rows } from '../../test/served-model-double.js';
import { type MessageCodec, messageOf, mutateMessage, NoMessage } from '../wire/testing/mutate-message.js';
import { objectName } from './shared-memory/region-key.js';
import { TenantRegions } from './shared-memory/tenant-regions.js';

const USUAL = 500;

type Infer = inferenceV2.ModelInferRequest__Output;

const LABEL: TensorSpec = { name: 'label', dataType: 'BYTES', shape: [-1, 1] };
const COUNT: TensorSpec = { name: 'count', dataType: 'INT64', shape: [-1, 1], range: [0, 100] };
const model = new ModelDouble({
  manifest: manifestOf([rows('x', 2), LABEL, COUNT], [rows('y', 2)]),
  compute: async () => ({ y: tensorFromValues('FP32', [1, 2], [0.25, 0.75]) }),
});
const oip = openInferenceOver([model], { sharedMemory: new TenantRegions({ areTenantsKeptApart: false }) });

const { ModelInfer } = inferenceService();
const codec: MessageCodec<Infer> = {
  serialize: ModelInfer.requestSerialize as (message: Infer) => Buffer,
  deserialize: ModelInfer.requestDeserialize,
};

const inputs = [
  { name: 'x', datatype: 'FP32', shape: [1, 2] },
  { name: 'label', datatype: 'BYTES', shape: [1, 1] },
  { name: 'count', datatype: 'INT64', shape: [1, 1] },
];
const requests: inferenceV2.ModelInferRequest[] = [
  {
    modelName: 'double',
    inputs,
    rawInputContents: [
      floats(1, 2),
      Buffer.from(encodeBytesElements([Buffer.from('süß')])),
      Buffer.from([7, 0, 0, 0, 0, 0, 0, 0]),
    ],
  },
  {
    ...{ modelName: 'double', modelVersion: '1', id: 'request 7', outputs: [{ name: 'y' }] },
    parameters: {
      priority: { uint64Param: 1 },
      timeout: { int64Param: 1_000_000_000 },
      triton_enable_empty_final_response: { boolParam: true },
    },
    inputs: [
      { ...inputs[0], contents: { fp32Contents: [1, 2] } },
      { ...inputs[1], contents: { bytesContents: [Buffer.from('a')] } },
      { ...inputs[2], contents: { int64Contents: [7] } },
    ],
  },
  {
    ...{ modelName: 'double', inputs, rawInputContents: [floats(1, 2), Buffer.from([0, 0, 0, 0]), Buffer.alloc(8)] },
    outputs: [{ name: 'y', parameters: { classification: { int64Param: 2 } } }],
  },
];

async function infer(bytes: Buffer): Promise<void> {
  const request = messageOf(codec, bytes);
  model.work.length = 0;
  model.refused.length = 0;
  const response = await oip.modelInfer(request, patient());
  // Whatever was asked, the answer can be sent.
  ModelInfer.responseSerialize(response);
}

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'ModelInferRequest, admitted and answered',
    corpus: requests.map((request) => ModelInfer.requestSerialize(request)),
    mutate: mutateMessage(codec),
    read: infer,
  },
  {
    parser: 'key of a shared-memory region',
    corpus: ['/patient-7', 'tensor'].map((key) => Buffer.from(key)),
    read: (bytes) => {
      if (/[/\\]/.test(objectName('region', bytes.toString()))) throw new Error('a name of another place');
    },
  },
];

describe('a broken request of the Open Inference Protocol', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 800 + place })))(
    'is answered or refused: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(inputs / 20);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof NoMessage || (thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL');
}
