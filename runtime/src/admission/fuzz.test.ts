import { modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import {
  DeepHealthError,
  type InputSpec,
  type Manifest,
  type TensorSpec,
  tensorFromValues,
  toContractTensor,
} from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { imagePackage, signalPackage, tablePackage } from '../../test/medical-packages.js';
import { manifestOf, rows } from '../../test/served-model-double.js';
import { volumeInput } from '../../test/volume-packages.js';
import { LoadedModel } from '../host/loaded-model.js';
import type { ModelSession } from '../host/model-session.js';
import { type MessageCodec, messageOf, mutateMessage, NoMessage } from '../wire/testing/mutate-message.js';
import { admitRequest } from './admit-request.js';

const USUAL = 500;
const LIMITS = { maxTensorElements: 10_000 };

const WORDS = ['<pad>', 'no', 'known', 'illness'];
const fp32 = (shape: number[]): TensorSpec => ({ name: 'x', dataType: 'FP32', shape });
const withInput = (input: InputSpec, shape: number[]) => manifestOf([fp32(shape)], [rows('y', 2)], { inputs: [input] });
const ofPackage = ({ tensors, manifest }: TestPackageOptions) =>
  manifestOf(tensors.inputs, tensors.outputs, { inputs: manifest?.inputs ?? [] });

/** A model for each kind of input, by its name. */
const MODELS: Readonly<Record<string, Manifest>> = {
  tensor: manifestOf([rows('x', 2)], [rows('y', 2)]),
  table: ofPackage(tablePackage),
  signal: ofPackage(signalPackage),
  image: ofPackage(imagePackage),
  volume: withInput(
    volumeInput(
      [
        { op: 'orient_volume', axes: 'RAS' },
        { op: 'volume_to_tensor', layout: 'NCDHW' },
      ],
      {},
    ),
    [-1, 1, -1, -1, -1],
  ),
  sequence: withInput(
    {
      ...{ name: 'history', kind: 'sequence', feeds: 'x', tokens: { minimum: 1, maximum: 6 } },
      vocabulary: { file: 'words.txt', size: WORDS.length },
      steps: [
        { op: 'split_text', pieces: 'words', lowerCase: true },
        { op: 'tokens_to_ids', unknown: 'refuse' },
        { op: 'pad_tokens', length: 8, token: '<pad>' },
        { op: 'ids_to_tensor', dataType: 'FP32' },
      ],
    },
    [-1, 8],
  ),
};

const tensor = (shape: number[], values: number[]) => toContractTensor(tensorFromValues('FP32', shape, values));
const grid: runtimeV1.Grid = {
  ...{ size: [1, 2, 2], origin: [1, 2, 3], spacing: [3, 2, 0.5], unit: 'LENGTH_UNIT_MILLIMETRE' },
  convention: 'COORDINATE_CONVENTION_RAS',
};
const png = pngFile({ width: 2, height: 1, depth: 8, colour: 'gray', bytes: [0, 255] });

const INPUTS: Readonly<Record<string, runtimeV1.NamedInput>> = {
  tensor: { name: 'x', tensor: tensor([1, 2], [1, 2]) },
  table: {
    name: 'patient',
    table: {
      values: [
        { name: 'age', number: 63, unit: 'a' },
        { name: 'sex', category: 'male' },
        { name: 'smoker', boolean: false },
        { name: 'pressure', missing: 'MISSING_REASON_UNKNOWN' },
      ],
    },
  },
  signal: {
    name: 'ecg',
    signal: {
      channels: [{ name: 'II', unit: 'mV' }],
      samplingRateHz: 250,
      samples: tensor([1, 4], [0.5, -0.25, 1, 0]),
    },
  },
  image: { name: 'photo', image: { data: png, mediaType: 'image/png' } },
  volume: { name: 'scan', volume: { voxels: tensor([1, 2, 2], [1, 2, 3, 4]), grid } },
  sequence: { name: 'history', sequence: { text: 'no known illness' } },
};

type Request = runtimeV1.PredictRequest__Output;
const { Predict } = modelRuntimeService();
const codec: MessageCodec<Request> = {
  serialize: Predict.requestSerialize as (message: Request) => Buffer,
  deserialize: Predict.requestDeserialize,
};

// Nothing is run here.
const SESSION = {} as ModelSession;
const models = new Map(
  Object.entries(MODELS).map(([name, manifest]) => [
    name,
    { manifest, model: new LoadedModel(manifest, SESSION, new Map([['words.txt', WORDS]])) },
  ]),
);

it(
  'broken requests of every kind of input are admitted and prepared, or refused',
  async () => {
    const { inputs, refused } = await fuzzParser({
      parser: 'PredictRequest of every kind of input, admitted and prepared',
      ...{ seed: 900, usual: USUAL, mutate: mutateMessage(codec) },
      corpus: Object.keys(MODELS).map((modelName) =>
        Predict.requestSerialize({ modelName, inputs: [INPUTS[modelName] as runtimeV1.NamedInput] }),
      ),
      async read(bytes) {
        const request = messageOf(codec, bytes);
        const found = models.get(request.modelName);
        if (found === undefined) throw new NoMessage('to no model');
        const { manifest, model } = found;
        const admitted = admitRequest(manifest, request.inputs, request.outputs, LIMITS, request.highlights);
        await model.prepareInputs(admitted.inputs);
      },
      isRefusal: (thrown) =>
        thrown instanceof NoMessage || (thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL'),
    });
    expect(refused).toBeGreaterThan(inputs / 10);
    expect(refused).toBeLessThan(inputs);
  },
  fuzzTimeoutMs(USUAL),
);
