import { modelRuntimeService } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { tensorFromValues, tensorValues } from '../tensor/tensor.js';
import type { GoldenInput } from './golden.js';
import { goldenTensor, toContractTensor, toNamedInputs } from './golden-request.js';

const { Predict } = modelRuntimeService();

/** Inputs as a server reads them from the wire. */
const onTheWire = (inputs: Record<string, GoldenInput>) =>
  Predict.requestDeserialize(Predict.requestSerialize({ inputs: toNamedInputs(inputs) })).inputs ?? [];

describe('toNamedInputs', () => {
  it('keeps units, categories, booleans and the reason why a value is missing apart', () => {
    const [input] = onTheWire({
      patient: {
        table: {
          age: { number: 63, unit: 'a' },
          ratio: { number: 0 },
          sex: { category: '' },
          smoker: { boolean: false },
          chol: { missing: 'unknown' },
          ecg: { missing: 'not-performed' },
          pregnant: { missing: 'not-applicable' },
          bp: { missing: 'error' },
        },
      },
    });
    expect(input).toMatchObject({ name: 'patient', value: 'table' });
    expect(input?.table?.values).toEqual([
      expect.objectContaining({ name: 'age', value: 'number', number: 63, unit: 'a' }),
      expect.objectContaining({ name: 'ratio', value: 'number', number: 0, unit: '' }),
      expect.objectContaining({ name: 'sex', value: 'category', category: '' }),
      expect.objectContaining({ name: 'smoker', value: 'boolean', boolean: false }),
      expect.objectContaining({ name: 'chol', value: 'missing', missing: 'MISSING_REASON_UNKNOWN' }),
      expect.objectContaining({ name: 'ecg', value: 'missing', missing: 'MISSING_REASON_NOT_PERFORMED' }),
      expect.objectContaining({ name: 'pregnant', value: 'missing', missing: 'MISSING_REASON_NOT_APPLICABLE' }),
      expect.objectContaining({ name: 'bp', value: 'missing', missing: 'MISSING_REASON_ERROR' }),
    ]);
  });

  it('lays a signal out channel by channel', () => {
    const [input] = onTheWire({
      ecg: {
        signal: {
          channels: [
            { name: 'II', unit: 'mV' },
            { name: 'V5', unit: 'uV' },
          ],
          samplingRateHz: 360,
          samples: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
      },
    });
    expect(input?.signal?.channels).toMatchObject([
      { name: 'II', unit: 'mV' },
      { name: 'V5', unit: 'uV' },
    ]);
    expect(input?.signal).toMatchObject({
      samplingRateHz: 360,
      samples: { dataType: 'DATA_TYPE_FP32', shape: ['2', '3'] },
    });
    const data = input?.signal?.samples?.data as Buffer;
    expect(tensorValues({ dataType: 'FP32', shape: [2, 3], data })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each([
    [
      'one channel is shorter',
      [
        [1, 2, 3],
        [4, 5],
      ],
    ],
    // Together as many samples as two channels of two: without a look at each, they would move over.
    ['the lengths only agree in sum', [[1, 2], [3], [4, 5, 6]]],
  ])('refuses a signal where %s', (_, samples) => {
    const channels = samples.map((__, index) => ({ name: `c${index}`, unit: 'mV' }));
    expect(() => toNamedInputs({ ecg: { signal: { channels, samplingRateHz: 1, samples } } })).toThrowError(RangeError);
  });

  it('carries an image as the bytes of its file', () => {
    const [input] = onTheWire({ scan: { image: { mediaType: 'image/png', base64: 'iVBORw==' } } });
    expect(input?.image).toMatchObject({
      mediaType: 'image/png',
      data: Buffer.from([0x89, 0x50, 0x4e, 0x47]),
      frame: 0,
    });
    const grid = { size: [2, 3], spacingMm: [0.5, 0.25] } as const;
    const [placed] = onTheWire({ scan: { image: { mediaType: 'image/tiff', base64: 'AAAA', frame: 2, grid } } });
    expect(placed?.image).toMatchObject({
      frame: 2,
      grid: { size: ['2', '3'], spacing: [0.5, 0.25], unit: 'LENGTH_UNIT_MILLIMETRE' },
    });
  });

  it('carries a tensor written as values like one written as bytes', () => {
    const shape = [2];
    const [values, base64] = onTheWire({
      a: { tensor: { dataType: 'INT64', shape, values: ['9007199254740993', -1] } },
      b: { tensor: { dataType: 'INT64', shape, base64: 'AQAAAAAAIAD//////////w==' } },
    });
    expect(values?.tensor).toEqual(base64?.tensor);
    expect(values?.tensor).toMatchObject({ dataType: 'DATA_TYPE_INT64', shape: ['2'] });
  });

  it('refuses values that are more or fewer than the shape has', () => {
    expect(() => goldenTensor({ dataType: 'FP32', shape: [3], values: [1, 2] })).toThrowError(RangeError);
    expect(() => goldenTensor({ dataType: 'FP32', shape: [3] })).toThrowError(RangeError);
  });
});

describe('toContractTensor', () => {
  it('sends exactly the bytes of the tensor, also from the middle of a larger memory', () => {
    const slab = new Uint8Array(32).fill(0xaa);
    slab.set(tensorFromValues('FP32', [2], [1, 2]).data, 5);
    const tensor = toContractTensor({ dataType: 'FP32', shape: [2], data: slab.subarray(5, 13) });
    expect(tensor.data).toEqual(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]));
  });
});
