import type {
  DeepHealthError,
  ImageInputSpec,
  InputSpec,
  Manifest,
  SignalInputSpec,
  TableInputSpec,
  TensorSpec,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { checkInputs, checkSteps } from './check-steps.js';

const table: TableInputSpec = {
  name: 'labs',
  kind: 'table',
  feeds: 'x',
  columns: [
    { name: 'age', type: 'number', unit: 'a', validRange: [0, 120] },
    { name: 'sex', type: 'category', categories: ['female', 'male'] },
    { name: 'smoker', type: 'boolean' },
  ],
  steps: [
    { op: 'table_to_features', features: [{ column: 'age' }, { column: 'sex', equals: 'male' }, { column: 'smoker' }] },
    { op: 'standardize', mean: [1, 2, 3], std: [1, 1, 1] },
  ],
};

const signal: SignalInputSpec = {
  name: 'ecg',
  kind: 'signal',
  feeds: 'x',
  channels: [
    { name: 'II', aliases: ['MLII'], unit: 'mV', validRange: [-10, 10] },
    { name: 'V1', unit: 'mV', validRange: [-10, 10] },
  ],
  samplingRateHz: 360,
  samples: { minimum: 648, maximum: 648 },
  steps: [{ op: 'select_channels', channels: ['II'] }, { op: 'remove_mean' }],
};

const image: ImageInputSpec = {
  name: 'photo',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 1000,
  steps: [
    { op: 'decode_image', colour: 'rgb' },
    { op: 'resize_image', width: 32, height: 24, interpolation: 'linear' },
    { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  ],
};

const tensor = (shape: number[], changes: Partial<TensorSpec> = {}): TensorSpec => ({
  name: 'x',
  dataType: 'FP32',
  shape,
  ...changes,
});

/** A deep copy with one field replaced. */
function changed<T extends object>(spec: T, path: (string | number)[], value: unknown): T {
  const copy = structuredClone(spec);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  at[path.at(-1) as string | number] = value;
  return copy;
}

function fieldAtFault(spec: InputSpec, tensorSpec: TensorSpec): string {
  try {
    checkSteps(spec, tensorSpec, '/inputs/2');
  } catch (error) {
    const { code, message, details } = error as DeepHealthError;
    expect(code).toBe('DH_MANIFEST_INVALID');
    expect(message).toContain(`"${details.field}"`);
    return details.field as string;
  }
  return 'none';
}

describe('checkSteps of a table', () => {
  it('accepts steps that fit a row of the batch, fixed or varying', () => {
    for (const shape of [
      [-1, 3],
      [1, 3],
      [-1, -1],
    ])
      expect(fieldAtFault(table, tensor(shape))).toBe('none');
  });

  it.each<[string, (string | number)[], unknown]>([
    ['/inputs/2/steps/0/features/0/column', ['steps', 0, 'features', 0, 'column'], 'weight'],
    ['/inputs/2/steps/0/features/1/equals', ['steps', 0, 'features', 1, 'equals'], 'Male'],
    ['/inputs/2/steps/0/features/1', ['steps', 0, 'features', 1], { column: 'sex' }],
    ['/inputs/2/steps/0/features/0/equals', ['steps', 0, 'features', 0], { column: 'age', equals: '3' }],
    ['/inputs/2/steps/0/features/2/equals', ['steps', 0, 'features', 2], { column: 'smoker', equals: 'true' }],
    ['/inputs/2/steps/1/mean', ['steps', 1, 'mean'], [1, 2]],
    ['/inputs/2/steps/1/std', ['steps', 1, 'std'], [1, 1, 1, 1]],
    ['/inputs/2/columns/0/validRange', ['columns', 0, 'validRange'], [0, 1e39]],
  ])('names %s', (field, path, value) => {
    expect(fieldAtFault(changed(table, path, value), tensor([-1, 3]))).toBe(field);
  });

  it.each([[[-1, 4]], [[2, 3]], [[3]], [[-1, 3, 1]], [[1, -1, 3]]])('refuses to feed the shape %j', (shape) => {
    expect(fieldAtFault(table, tensor(shape))).toBe('/inputs/2/feeds');
  });

  it('refuses more features than a varying extent may have, and a tensor that is not FP32', () => {
    expect(fieldAtFault(table, tensor([-1, -1], { maxExtent: 2 }))).toBe('/inputs/2/feeds');
    expect(fieldAtFault(table, tensor([-1, 3], { dataType: 'FP64' }))).toBe('/inputs/2/feeds');
  });
});

describe('checkSteps of a signal', () => {
  it('accepts steps that fit', () => {
    for (const shape of [
      [-1, 1, 648],
      [1, 1, -1],
      [-1, -1, -1],
    ])
      expect(fieldAtFault(signal, tensor(shape))).toBe('none');
  });

  it.each<[string, (string | number)[], unknown]>([
    ['/inputs/2/steps/0/channels/0', ['steps', 0, 'channels'], ['V9']],
    ['/inputs/2/steps/0/channels/0', ['steps', 0, 'channels'], ['MLII']],
    ['/inputs/2/steps/0/channels/1', ['steps', 0, 'channels'], ['II', 'II']],
    ['/inputs/2/steps/1', ['steps', 1], { op: 'clip', minimum: 2, maximum: 1 }],
    ['/inputs/2/samples', ['samples'], { minimum: 9, maximum: 8 }],
    ['/inputs/2/channels/1/validRange', ['channels', 1, 'validRange'], [-1e300, 1]],
  ])('names %s', (field, path, value) => {
    expect(fieldAtFault(changed(signal, path, value), tensor([-1, -1, 648]))).toBe(field);
  });

  it('refuses a varying length for a fixed extent, and one above the largest extent', () => {
    const varying = changed(signal, ['samples'], { minimum: 100, maximum: 648 });
    expect(fieldAtFault(varying, tensor([-1, 1, 648]))).toBe('/inputs/2/feeds');
    expect(fieldAtFault(varying, tensor([-1, 1, -1]))).toBe('none');
    expect(fieldAtFault(varying, tensor([-1, 1, -1], { maxExtent: 647 }))).toBe('/inputs/2/feeds');
  });
});

describe('checkSteps of an image', () => {
  it('accepts steps that fit, as planes and side by side', () => {
    expect(fieldAtFault(image, tensor([-1, 3, 24, 32]))).toBe('none');
    expect(fieldAtFault(changed(image, ['steps', 2, 'layout'], 'HWC'), tensor([1, 24, 32, 3]))).toBe('none');
  });

  it('refuses height and width, or layouts, that are swapped', () => {
    expect(fieldAtFault(image, tensor([-1, 3, 32, 24]))).toBe('/inputs/2/feeds');
    expect(fieldAtFault(image, tensor([-1, 24, 32, 3]))).toBe('/inputs/2/feeds');
  });

  it.each<[string, (string | number)[], unknown]>([
    ['/inputs/2/steps/2/mean', ['steps', 2, 'mean'], [0]],
    ['/inputs/2/steps/2/std', ['steps', 2, 'std'], [1, 1]],
    ['/inputs/2/steps/2/mean', ['steps', 0, 'colour'], 'gray'],
    ['/inputs/2/steps', ['steps', 2], { op: 'resize_image', width: 32, height: 24, interpolation: 'nearest' }],
    ['/inputs/2/steps/3', ['steps', 3], { op: 'resize_image', width: 32, height: 24, interpolation: 'nearest' }],
  ])('names %s', (field, path, value) => {
    expect(fieldAtFault(changed(image, path, value), tensor([-1, 3, 24, 32]))).toBe(field);
  });

  it('counts the channels of every decoder, and clips only what is FP32', () => {
    const dicom = {
      op: 'decode_dicom',
      channels: 3,
      rescale: 'none',
      padding: 'keep',
      window: { center: 0, width: 2 },
      monochrome1: 'keep',
    };
    const [decode, resize, convert] = image.steps;
    const clip = { op: 'clip', minimum: 0, maximum: 1 };
    const fraction = { ...decode, values: 'fraction' };
    const shape = tensor([-1, 3, 24, 32]);
    const fault = (...steps: unknown[]) => fieldAtFault(changed(image, ['steps'], steps), shape);
    expect(fault(dicom, resize, convert)).toBe('none');
    expect(fault(dicom, fraction, clip, resize, convert)).toBe('none');
    expect(fault({ ...dicom, channels: 1 }, fraction, resize, convert)).toBe('/inputs/2/steps/1');
    expect(fault({ ...dicom, channels: 1 }, resize, convert)).toBe('/inputs/2/steps/2/mean');
    expect(fault(decode, clip, resize, convert)).toBe('/inputs/2/steps/1');
    expect(fault(dicom, { ...clip, minimum: 2 }, resize, convert)).toBe('/inputs/2/steps/1');
    expect(fault(dicom, resize, fraction, convert)).toBe('/inputs/2/steps/2');
    expect(fault(resize, convert)).toBe('/inputs/2/steps/0');
  });

  it('lets an image of any size feed varying extents, and fixed ones that its size must meet', () => {
    const plain = changed(image, ['steps'], [image.steps[0], image.steps[2]]);
    expect(fieldAtFault(plain, tensor([-1, 3, -1, -1]))).toBe('none');
    expect(fieldAtFault(plain, tensor([-1, 3, 24, 32]))).toBe('none');
    expect(fieldAtFault(plain, tensor([-1, 1, 24, 32]))).toBe('/inputs/2/feeds');
  });
});

describe('checkInputs', () => {
  const manifest = (inputs: InputSpec[], shape: number[]) =>
    ({ tensors: { inputs: [tensor(shape)], outputs: [] }, inputs }) as unknown as Manifest;

  it('accepts a tensor input as it is, and points into the manifest', () => {
    expect(() => checkInputs(manifest([{ name: 'raw', kind: 'tensor', feeds: 'x' }], [4]))).not.toThrow();
    expect(() => checkInputs(manifest([table], [-1, 9]))).toThrow('"/inputs/0/feeds"');
    expect(() => checkInputs(manifest([{ ...table, feeds: 'y' }], [-1, 3]))).toThrow('"/inputs/0/feeds"');
  });
});
