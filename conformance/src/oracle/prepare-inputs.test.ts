import type { runtimeV1 } from '@deephealth/proto';
import { type InputSpec, tensorValues, toContractTensor } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { suiteModel } from '../models/catalogue.js';
import { namedPicture } from '../tensors/named-picture.js';
import { namedTensor } from '../tensors/named-tensor.js';
import { decide, probabilitiesOf } from './decide.js';
import { asReceived, prepareInputs } from './prepare-inputs.js';

function prepare(model: string, input: runtimeV1.NamedInput) {
  const specs = suiteModel(model).manifest?.inputs as readonly InputSpec[];
  const { tensors, places } = prepareInputs(specs, asReceived({ inputs: [input] }).inputs);
  const [tensor] = Object.values(tensors);
  if (tensor === undefined) throw new Error('nothing was prepared');
  return { shape: tensor.shape, values: tensorValues(tensor), place: Object.values(places)[0] };
}

describe('what the oracle makes of inputs', () => {
  it('is, of a table, the features in their order: standardized, and replaced where they are missing', () => {
    const values: runtimeV1.TableValue[] = [
      { name: 'smoker', boolean: true },
      { name: 'age', missing: 'MISSING_REASON_UNKNOWN' },
      { name: 'weight', number: 86, unit: 'kg' },
      { name: 'ratio', number: 0.5, unit: '1' },
      { name: 'stage', category: 'two' },
      { name: 'sex', category: 'female' },
    ];
    // weight, age, ratio, stage one, stage two, male, smoker; age is replaced by 50.
    expect(prepare('conformance-table', { name: 'patient', table: { values } })).toMatchObject({
      shape: [1, 7],
      values: [(86 - 70) / 16, 0, 0.5, 0, 1, 0, 1],
    });
  });

  it('is, of a signal, the channels of the model in its order, twice as large', () => {
    const channels = [
      { name: 'V1', unit: 'mV' },
      { name: 'Lead I', unit: 'mV' },
      { name: 'II', unit: 'mV' },
    ];
    const samples = toContractTensor(namedTensor('list(0,0,1,2,-3,4)-3x2.int16'));
    expect(
      prepare('conformance-signal', { name: 'ecg', signal: { channels, samplingRateHz: 250, samples } }),
    ).toMatchObject({
      shape: [1, 2, 2],
      values: [-6, 8, 2, 4],
    });
  });

  it('is, of a picture, its mirror image, with the way back', () => {
    const data = namedPicture('list(0,64,128,255,1,2)-2x3.png');
    const { shape, values, place } = prepare('conformance-mask', {
      name: 'picture',
      image: { data, mediaType: 'image/png' },
    });
    expect(shape).toEqual([1, 1, 2, 3]);
    expect(values).toEqual([128, 64, 0, 2, 1, 255].map((value) => value / 256));
    expect(place?.source.map((index) => (values[index] as number) * 256)).toEqual([0, 64, 128, 255, 1, 2]);
  });

  it('is, of the middle of a picture, nothing of the rest', () => {
    const data = namedPicture('ramp-6x4.png');
    const { values, place } = prepare('conformance-crop', { name: 'picture', image: { data, mediaType: 'image/png' } });
    expect(values.map((value) => (value as number) * 256)).toEqual(Array.from({ length: 16 }, (_, i) => i + 4));
    expect(place?.source.slice(0, 5)).toEqual([-1, -1, -1, -1, 0]);
    expect(place?.source.slice(-4)).toEqual([-1, -1, -1, -1]);
  });

  it('is, of a volume, its voxels from left to right, back to front and foot to head, with the way back', () => {
    // Axes of the voxels: towards the head, towards the left, towards the back (LPS).
    const direction = [0, 0, 1, 1, 0, 0, 0, 1, 0];
    const voxels = toContractTensor(namedTensor('ramp-2x3x2.int16'));
    const grid: runtimeV1.Grid = {
      size: [2, 3, 2],
      spacing: [1, 1, 1],
      origin: [0, 0, 0],
      direction,
      unit: 'LENGTH_UNIT_MILLIMETRE',
      convention: 'COORDINATE_CONVENTION_LPS',
    };
    const { shape, values, place } = prepare('conformance-volume', {
      name: 'scan',
      volume: { voxels, grid, unit: "[hnsf'U]" },
    });
    // RAS: the second axis turned, then the third turned, then the first.
    expect(shape).toEqual([1, 1, 3, 2, 2]);
    expect(values).toEqual([5, 11, 4, 10, 3, 9, 2, 8, 1, 7, 0, 6]);
    expect(place?.source.map((index) => values[index])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});

describe('what the oracle decides', () => {
  const spec = (name: string) => {
    const output = suiteModel(`conformance-${name}`).manifest?.outputs?.[0];
    if (output?.kind !== 'classification') throw new Error('this is no classification');
    return output;
  };

  it('follows the thresholds, met exactly included', () => {
    const binary = (p: number) => decide(spec('binary'), probabilitiesOf(spec('binary'), [p]));
    expect(binary(0.5)).toEqual({ labels: ['present'], abstained: false, isNear: true });
    expect(binary(0.5 - 2 ** -25).labels).toEqual(['absent']);
    expect(binary(0.75)).toEqual({ labels: ['present'], abstained: false, isNear: false });
    const multilabel = (...row: number[]) => decide(spec('multilabel'), row).labels;
    expect(multilabel(0.25, 0.5, 0.75)).toEqual(['oedema', 'effusion', 'cardiomegaly']);
    expect(multilabel(0.3, 0.4, 0.5)).toEqual(['oedema']);
    expect(multilabel(0, 0, 0)).toEqual([]);
  });

  it('abstains inside of the range, and where no class is likely enough', () => {
    const abstain = (p: number) => decide(spec('abstain'), probabilitiesOf(spec('abstain'), [p])).abstained;
    expect([0.25, 0.26, 0.74, 0.75].map(abstain)).toEqual([false, true, true, false]);
    const multiclass = (...row: number[]) => decide(spec('multiclass'), probabilitiesOf(spec('multiclass'), row));
    expect(multiclass(0, 0, 0, 0)).toMatchObject({ labels: [], abstained: true, isNear: true });
    expect(multiclass(0, 9, 0, 0)).toMatchObject({ labels: ['severe'], abstained: false, isNear: false });
    expect(probabilitiesOf(spec('multiclass'), [1000, 1000, -1000, 1000])).toEqual([1 / 3, 1 / 3, 0, 1 / 3]);
  });
});
