import type {
  EventsOutputSpec,
  ImageInputSpec,
  InputSpec,
  Manifest,
  MapOutputSpec,
  MaskOutputSpec,
  SignalInputSpec,
  TensorSpec,
  VolumeInputSpec,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { checkOutputs } from './check-outputs.js';

const volume = (last: VolumeInputSpec['steps'][number]): VolumeInputSpec => ({
  name: 'scan',
  kind: 'volume',
  feeds: 'x',
  mediaTypes: ['application/x-nifti'],
  maxVoxels: 1000,
  steps: [{ op: 'orient_volume', axes: 'RAS' }, last as VolumeInputSpec['steps'][1] & object],
});
const first = volume({ op: 'volume_to_tensor', layout: 'NCDHW' });
const photo: ImageInputSpec = {
  name: 'scan',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 100,
  steps: [
    { op: 'decode_image', colour: 'gray' },
    { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: [0], std: [1] },
  ],
};
const eeg = (rows: 'windows' | 'windows_and_channels'): SignalInputSpec => ({
  name: 'eeg',
  kind: 'signal',
  feeds: 'x',
  channels: [{ name: 'a', unit: 'uV', validRange: [-1, 1] }],
  samplingRateHz: 4,
  samples: { minimum: 8, maximum: 80 },
  steps: [
    { op: 'select_channels', channels: ['a'] },
    { op: 'window_signal', lengthS: 1, stepS: 1, rows },
  ],
});
const mask = (more: Partial<MaskOutputSpec> = {}): MaskOutputSpec => ({
  name: 'm',
  kind: 'mask',
  from: 'y',
  input: 'scan',
  mode: 'multiclass',
  classes: [{ label: 'background' }, { label: 'organ' }],
  ...more,
});
const map = (more: Partial<MapOutputSpec> = {}): MapOutputSpec => ({
  name: 'm',
  kind: 'map',
  from: 'y',
  input: 'scan',
  quantity: 'dose',
  unit: 'Gy',
  ...more,
});
const events = (more: Partial<EventsOutputSpec> = {}): EventsOutputSpec => ({
  name: 'e',
  kind: 'events',
  from: 'y',
  input: 'eeg',
  label: 'seizure',
  threshold: 0.5,
  ...more,
});

const check = (
  output: MaskOutputSpec | MapOutputSpec | EventsOutputSpec,
  shape: readonly number[],
  input: InputSpec = first,
  dataType: TensorSpec['dataType'] = 'FP32',
) =>
  checkOutputs({
    inputs: [input],
    outputs: [output],
    tensors: { inputs: [], outputs: [{ name: 'y', dataType, shape }] },
  } as unknown as Manifest);

describe('the check of masks and maps', () => {
  it('takes tensors that lie on the grid of the input, in the layout of its steps', () => {
    check(mask(), [1, 2, 8, 8, 8]);
    check(mask(), [-1, 2, -1, -1, -1]);
    check(mask(), [1, -1, 8, 8, 8]);
    check(mask(), [1, 8, 8, 8, 2], volume({ op: 'volume_to_tensor', layout: 'NDHWC' }));
    check(mask(), [-1, 2, 8, 8], volume({ op: 'volume_to_slices', neighbours: 1 }));
    check(mask({ mode: 'labels' }), [1, 8, 8, 8], first, 'INT64');
    check(mask(), [1, 8, 8, 2], photo);
    check(map({ channel: 3 }), [1, 4, 8, 8, 8]);
  });

  it.each([
    ['another number of axes', mask(), [1, 2, 8], '/outputs/0/from'],
    ['rows where there is one volume', mask(), [2, 2, 8, 8, 8], '/outputs/0/from'],
    ['another number of channels', mask(), [1, 3, 8, 8, 8], '/outputs/0/classes'],
    ['two classes of a binary mask', mask({ mode: 'binary' }), [1, 2, 8, 8, 8], '/outputs/0/classes'],
    [
      'two classes of one value',
      mask({
        classes: [
          { label: 'a', value: 3 },
          { label: 'b', value: 3 },
        ],
      }),
      [1, 2, 8, 8, 8],
      '/outputs/0/classes/1/value',
    ],
    [
      'a binary class that is background',
      mask({ mode: 'binary', classes: [{ label: 'a', value: 0 }] }),
      [1, 1, 8, 8, 8],
      '/outputs/0/classes/0/value',
    ],
    [
      'a chosen bit',
      mask({ mode: 'multilabel', classes: [{ label: 'a', value: 8 }, { label: 'b' }] }),
      [1, 2, 8, 8, 8],
      '/outputs/0/classes/0/value',
    ],
    [
      'seventeen bits',
      mask({ mode: 'multilabel', classes: Array.from({ length: 17 }, (_, i) => ({ label: `c${i}` })) }),
      [1, 17, 8, 8, 8],
      '/outputs/0/classes',
    ],
    [
      'a threshold that nothing is compared with',
      mask({ classes: [{ label: 'a' }, { label: 'b', threshold: 0.5 }] }),
      [1, 2, 8, 8, 8],
      '/outputs/0/classes/1/threshold',
    ],
    ['a channel that is not there', map({ channel: 4 }), [1, 4, 8, 8, 8], '/outputs/0/channel'],
  ] as const)('refuses %s', (_, output, shape, field) => {
    expect(() => check(output as MaskOutputSpec, shape)).toThrow(`Field "${field}"`);
  });

  it('refuses decisions from whole numbers', () => {
    expect(() => check(mask(), [1, 2, 8, 8, 8], first, 'INT64')).toThrow('Use labels');
  });

  it('takes an image whose steps crop, flip and transpose', () => {
    const [decode, ...rest] = photo.steps;
    const moving = [{ op: 'crop_image' }, { op: 'flip_image', direction: 'vertical' }, { op: 'transpose_image' }];
    const moved = { ...photo, steps: [decode, ...moving, ...rest] } as unknown as InputSpec;
    expect(() => check(mask(), [1, 8, 8, 2], moved)).not.toThrow();
  });
});

describe('the check of events', () => {
  it('takes a row for each window, or for each of its channels', () => {
    check(events(), [-1, 1], eeg('windows'));
    check(events({ column: 1 }), [-1, 2], eeg('windows'));
    check(events({ consensus: 'mean' }), [-1], eeg('windows_and_channels'));
  });

  it.each([
    ['no word on how channels agree', events(), [-1, 1], eeg('windows_and_channels'), 'Add "consensus"'],
    ['consensus of one', events({ consensus: 'mean' }), [-1, 1], eeg('windows'), '/outputs/0/consensus'],
    ['a column that is not there', events({ column: 2 }), [-1, 2], eeg('windows'), '/outputs/0/column'],
    ['softmax of one value', events({ activation: 'softmax' }), [-1, 1], eeg('windows'), '/outputs/0/activation'],
    [
      'a state that flutters',
      events({ smoothing: { windows: 4, startShare: 0.2, endShare: 0.5 } }),
      [-1, 1],
      eeg('windows'),
      '/outputs/0/smoothing/endShare',
    ],
    ['a tensor of three axes', events(), [-1, 1, 4], eeg('windows'), '/outputs/0/from'],
    [
      'a signal that is not cut up',
      events(),
      [-1, 1],
      { ...eeg('windows'), steps: [{ op: 'select_channels', channels: ['a'] }] } as SignalInputSpec,
      '/outputs/0/input',
    ],
  ] as const)('refuses %s', (_, output, shape, input, field) => {
    expect(() => check(output, shape, input as InputSpec)).toThrow(field);
  });
});
