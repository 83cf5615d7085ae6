import {
  type ClassificationOutputSpec,
  DeepHealthError,
  type ExplanationSpec,
  type InputSpec,
  type Manifest,
  parseManifest,
  sha256,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { checkOutputs } from '../findings/check-outputs.js';

const IMAGE: InputSpec = {
  name: 'photo',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 1000,
  steps: [
    { op: 'decode_image', colour: 'rgb' },
    { op: 'resize_image', width: 64, height: 32, interpolation: 'linear' },
    { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  ],
};
const SIGNAL: InputSpec = {
  name: 'photo',
  kind: 'signal',
  feeds: 'x',
  channels: [{ name: 'II', unit: 'mV', validRange: [-5, 5] }],
  samplingRateHz: 100,
  samples: { minimum: 100, maximum: 500 },
  steps: [{ op: 'select_channels', channels: ['II'] }],
};
const EXPLANATION: ExplanationSpec = {
  method: 'occlusion',
  input: 'photo',
  patch: [8, 8],
  stride: [4, 4],
  baseline: 'mean',
};

interface Case {
  readonly explanation?: object;
  readonly input?: object;
  readonly shape?: readonly number[];
  readonly manifest?: object;
  readonly output?: Partial<ClassificationOutputSpec>;
}

function manifestOf({
  explanation = {},
  input = IMAGE,
  shape = [-1, 3, 32, 64],
  manifest = {},
  output = {},
}: Case): object {
  return {
    schemaVersion: 1,
    name: 'one',
    version: '1',
    title: 'One',
    intendedUse: 'Tests.',
    limitations: ['None.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    onnx: { file: 'model.onnx', sha256: sha256('') },
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 2] }],
    },
    inputs: [input],
    outputs: [
      {
        name: 'kind',
        kind: 'classification',
        from: 'y',
        activation: 'softmax',
        mode: 'binary',
        classes: [{ label: 'no' }, { label: 'yes' }],
        explanation: { ...EXPLANATION, ...explanation },
        ...output,
      },
    ],
    ...manifest,
  };
}

function refusal(one: Case): string {
  try {
    checkOutputs(parseManifest(Buffer.from(JSON.stringify(manifestOf(one)))) as Manifest);
    return 'accepted';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(DeepHealthError);
    expect((thrown as DeepHealthError).code).toBe('DH_MANIFEST_INVALID');
    return (thrown as DeepHealthError).message;
  }
}

describe('an explanation in a manifest', () => {
  it.each<[string, Case]>([
    ['of an image', {}],
    // 31 x 63 places, 9 points of 10 curves and the last one: 2044, and 2048 are allowed.
    ['with nearly too many runs', { explanation: { patch: [2, 2], stride: [1, 1] } }],
    ['with a value for each channel', { explanation: { baseline: [0, 0.5, 1] } }],
    [
      'with one value, a target and its own test',
      { explanation: { baseline: 0, target: 'no', when: 'always', deletion: { steps: 5 } } },
    ],
    [
      'of a signal of bounded length',
      { input: SIGNAL, shape: [-1, 1, -1], explanation: { patch: [50], stride: [10] } },
    ],
    [
      'of an image that is cropped, flipped and transposed',
      {
        input: {
          ...IMAGE,
          steps: [
            IMAGE.steps?.[0],
            { op: 'transpose_image' },
            IMAGE.steps?.[1],
            { op: 'flip_image', direction: 'vertical' },
            { op: 'crop_image', width: 32, height: 32 },
            IMAGE.steps?.[2],
          ],
        },
        shape: [-1, 3, 32, 32],
      },
    ],
    ['of an image whose tensor leaves open what the steps fix', { shape: [-1, 3, -1, -1] }],
  ])('%s is accepted', (_, one) => {
    expect(refusal(one)).toBe('accepted');
  });

  it.each<[string, Case, RegExp]>([
    ['another method', { explanation: { method: 'gradient' } }, /\/outputs\/0\/explanation\/method/],
    ['a baseline that is no number', { explanation: { baseline: 'blur' } }, /\/outputs\/0\/explanation\/baseline/],
    ['an input that is not there', { explanation: { input: 'other' } }, /explanation\/input" names "other"/],
    ['a class that is not there', { explanation: { target: 'maybe' } }, /explanation\/target" names "maybe"/],
    [
      'a stride beyond the patch',
      { explanation: { stride: [4, 9] } },
      /explanation\/stride\/1" is larger than the patch/,
    ],
    ['a stride of other axes', { explanation: { stride: [4] } }, /explanation\/stride" has 1 extents/],
    [
      'a patch of other axes',
      { explanation: { patch: [8], stride: [4] } },
      /explanation\/patch" has 1 extents, but a prepared image has 2/,
    ],
    ['a patch that covers everything', { explanation: { patch: [32, 64] } }, /explanation\/patch" covers all/],
    [
      'values of other channels',
      { explanation: { baseline: [0, 1] } },
      /explanation\/baseline" has 2 values for 3 channels/,
    ],
    [
      'too many runs',
      { explanation: { patch: [1, 1], stride: [1, 1] } },
      // 32 x 64 places, 9 points of 10 curves and the last one.
      /explanation\/stride" takes 2139 runs/,
    ],
    [
      'extents that only the input decides',
      { input: { ...IMAGE, steps: [IMAGE.steps?.[0], IMAGE.steps?.[2]] }, shape: [-1, 3, -1, -1] },
      /explanation\/input" names "photo", whose prepared extents only the input decides/,
    ],
    [
      'windows',
      {
        input: {
          ...SIGNAL,
          steps: [...(SIGNAL.steps ?? []), { op: 'window_signal', lengthS: 1, stepS: 1, rows: 'windows' }],
        },
        shape: [-1, 1, 100],
        explanation: { patch: [50], stride: [10] },
      },
      /\/inputs\/0\/steps\/1" \(window_signal\) makes rows of windows, .*: a highlight finds no way back/,
    ],
    [
      'frames',
      {
        input: { ...SIGNAL, steps: [...(SIGNAL.steps ?? []), { op: 'frame_signal', lengthS: 1, stepS: 0.5 }] },
        shape: [-1, 1, -1, 100],
        explanation: { patch: [50], stride: [10] },
      },
      /\/inputs\/0\/steps\/1" \(frame_signal\) puts a sample into several frames/,
    ],
    [
      'slices of a volume',
      {
        input: {
          name: 'photo',
          kind: 'volume',
          feeds: 'x',
          mediaTypes: ['application/x-nifti'],
          maxVoxels: 1000,
          spacingMm: { minimum: [1, 1, 1], maximum: [1, 1, 1] },
          steps: [
            { op: 'orient_volume', axes: 'RAS' },
            { op: 'crop_or_pad_volume', size: [4, 8, 8], value: 0 },
            { op: 'volume_to_slices', neighbours: 1 },
          ],
        },
        shape: [-1, 3, 8, 8],
        explanation: { patch: [2, 4, 4], stride: [2, 4, 4] },
      },
      /\/inputs\/0\/steps\/2" \(volume_to_slices\) makes rows of slices/,
    ],
    [
      'a tensor',
      { input: { name: 'photo', kind: 'tensor', feeds: 'x' } },
      /explanation\/input" names "photo", which is no image, volume or signal/,
    ],
    [
      'a model that keeps state',
      {
        manifest: {
          tensors: {
            inputs: [
              { name: 'x', dataType: 'FP32', shape: [-1, 3, 32, 64] },
              { name: 'h', dataType: 'FP32', shape: [-1, 2] },
            ],
            outputs: [
              { name: 'y', dataType: 'FP32', shape: [-1, 2] },
              { name: 'n', dataType: 'FP32', shape: [-1, 2] },
            ],
          },
          sequence: { state: [{ input: 'h', output: 'n' }] },
        },
      },
      /explanation" has no place in a model that keeps state/,
    ],
  ])('with %s is refused', (_, one, message) => {
    expect(refusal(one)).toMatch(message);
  });
});

describe('a calibration and a distribution in a manifest', () => {
  const calibration = {
    method: 'temperature',
    temperature: 2,
    data: 'a',
    samples: 1,
    eceBefore: 0,
    eceAfter: 0,
  } as const;
  const distribution = (more: object) => ({
    ...IMAGE,
    distribution: { onOutside: 'warn', source: 'a', limits: [{ statistic: 'mean', range: [0, 1] }], ...more },
  });

  it('are accepted', () => {
    expect(refusal({ output: { calibration }, input: distribution({}) })).toBe('accepted');
  });

  it.each<[string, Case, RegExp]>([
    [
      'a temperature for probabilities',
      { output: { calibration, activation: 'none' } },
      /\/outputs\/0\/calibration" divides values/,
    ],
    ['a temperature of 0', { output: { calibration: { ...calibration, temperature: 0 } } }, /calibration\/temperature/],
    [
      'a temperature from nowhere',
      { output: { calibration: { method: 'temperature', temperature: 2 } as never } },
      /calibration" lacks "data"/,
    ],
    [
      'a range upside down',
      { input: distribution({ limits: [{ statistic: 'mean', range: [1, 0] }] }) },
      /limits\/0\/range" has its lowest value above/,
    ],
    [
      'a statistic that nobody knows',
      { input: distribution({ limits: [{ statistic: 'mode', range: [0, 1] }] }) },
      /limits\/0\/statistic/,
    ],
    [
      'an abstention where nothing is decided',
      {
        input: distribution({ onOutside: 'abstain' }),
        manifest: { outputs: [{ name: 'y', kind: 'tensor', from: 'y' }] },
      },
      /onOutside" is abstain, but no output/,
    ],
  ])('with %s are refused', (_, one, message) => {
    expect(refusal(one)).toMatch(message);
  });
});
