import type { DeepHealthError, TableInputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { prepareTensor } from './prepare-tensor.js';
import { tableToPrepared } from './table-steps.js';

const spec: TableInputSpec = {
  name: 'labs',
  kind: 'table',
  feeds: 'features',
  columns: [
    { name: 'age', type: 'number', unit: 'a', validRange: [0, 120], missing: { impute: 54.5 } },
    { name: 'sex', type: 'category', categories: ['female', 'male'] },
    { name: 'pain', type: 'category', categories: ['none', 'typical', 'atypical'], missing: { impute: 'none' } },
    { name: 'smoker', type: 'boolean', missing: { impute: true } },
  ],
  steps: [
    {
      op: 'table_to_features',
      features: [
        { column: 'sex', equals: 'male' },
        { column: 'age' },
        { column: 'pain', equals: 'none' },
        { column: 'pain', equals: 'typical' },
        { column: 'smoker' },
      ],
    },
  ],
};
const values = { age: 61.3, sex: 'female', pain: 'typical', smoker: false };
const run = (changes: Record<string, number | string | boolean | null | undefined>, table = spec) =>
  tableToPrepared(table, { kind: 'table', values: { ...values, ...changes } as never });
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as DeepHealthError).code;
  }
  return 'nothing thrown';
};

describe('table_to_features', () => {
  it('encodes numbers, categories and booleans in the order of the features', () => {
    expect(run({})).toEqual({ dataType: 'FP32', shape: [1, 5], data: Float32Array.of(0, 61.3, 0, 1, 0) });
    expect([...run({ sex: 'male', pain: 'atypical', smoker: true }).data]).toEqual([1, Math.fround(61.3), 0, 0, 1]);
  });

  it('replaces a missing value as its column records, for each type', () => {
    expect([...run({ age: null, pain: null, smoker: null }).data]).toEqual([0, 54.5, 1, 0, 1]);
  });

  it('refuses a missing value without a rule, also where the rule says so', () => {
    expect(codeOf(() => run({ sex: null }))).toBe('DH_VALUE_MISSING');
    const columns = spec.columns.map((column) => (column.name === 'age' ? { ...column, missing: 'refuse' } : column));
    expect(codeOf(() => run({ age: null }, { ...spec, columns } as TableInputSpec))).toBe('DH_VALUE_MISSING');
  });

  it('refuses a column that is absent, even if an object would have inherited one', () => {
    expect(codeOf(() => run({ age: undefined }))).toBe('DH_COLUMN_MISSING');
    const inherited: TableInputSpec = {
      ...spec,
      columns: [{ name: 'constructor', type: 'boolean' }],
      steps: [{ op: 'table_to_features', features: [{ column: 'constructor' }] }],
    };
    expect(codeOf(() => run({}, inherited))).toBe('DH_COLUMN_MISSING');
  });

  it('does not encode an unlisted category as all zeros', () => {
    expect(codeOf(() => run({ pain: 'severe' }))).toBe('DH_CATEGORY_UNKNOWN');
  });

  it.each([
    ['age', '61'],
    ['age', true],
    ['sex', 1],
    ['smoker', 'false'],
    ['smoker', 0],
  ])('refuses %s as %s: another type', (column, value) => {
    expect(codeOf(() => run({ [column]: value }))).toBe('DH_COLUMN_TYPE_MISMATCH');
  });

  it('refuses what is no finite FP32 number', () => {
    expect(codeOf(() => run({ age: Number.NaN }))).toBe('DH_VALUE_NOT_FINITE');
    expect(codeOf(() => run({ age: Number.NEGATIVE_INFINITY }))).toBe('DH_VALUE_NOT_FINITE');
    expect(codeOf(() => run({ age: 1e39 }))).toBe('DH_VALUE_OUT_OF_RANGE');
  });

  it('names the column and not the value', () => {
    try {
      run({ pain: 'severe-secret' });
      expect.unreachable();
    } catch (error) {
      const { message, details } = error as DeepHealthError;
      expect(message).toContain('"pain"');
      expect(message + JSON.stringify(details)).not.toContain('secret');
      expect(details).toEqual({ input: 'labs', column: 'pain' });
    }
  });

  it('refuses a step that refers to an unknown column, or compares one that is no category', () => {
    const withFeatures = (features: { column: string; equals?: string }[]) =>
      ({ ...spec, steps: [{ op: 'table_to_features', features }] }) as TableInputSpec;
    expect(codeOf(() => run({}, withFeatures([{ column: 'weight' }])))).toBe('DH_MANIFEST_INVALID');
    expect(codeOf(() => run({}, withFeatures([{ column: 'age', equals: '61' }])))).toBe('DH_MANIFEST_INVALID');
    expect(codeOf(() => run({}, withFeatures([{ column: 'sex' }])))).toBe('DH_MANIFEST_INVALID');
  });
});

describe('standardize behind table_to_features', () => {
  it('starts from the FP32 features and rounds once', () => {
    const mean = [0.5, 54.4, 0.1, 0.2, 0.3];
    const std = [0.5, 9.04, 0.3, 0.7, 0.9];
    const table = { ...spec, steps: [...spec.steps, { op: 'standardize', mean, std }] } as TableInputSpec;
    const features = [0, Math.fround(61.3), 0, 1, 0];
    const expected = features.map((x, i) => Math.fround((x - (mean[i] as number)) / (std[i] as number)));
    expect([...run({}, table).data]).toEqual(expected);
  });
});

describe('prepareTensor', () => {
  it('runs the steps of a table', async () => {
    expect((await prepareTensor(spec, { kind: 'table', values })).shape).toEqual([1, 5]);
  });

  it('hands the bytes of a tensor on untouched', async () => {
    const data = Uint8Array.of(9, 1, 2, 3).subarray(1);
    const input = { kind: 'tensor', dataType: 'UINT8', shape: [3], data } as const;
    const prepared = await prepareTensor({ name: 'x', kind: 'tensor', feeds: 't' }, input);
    expect(prepared).toEqual({ dataType: 'UINT8', shape: [3], data });
    expect(prepared.data).toBe(data);
  });

  it('refuses an input of another kind than the manifest declares', async () => {
    const input = { kind: 'image', mediaType: 'image/png', data: new Uint8Array(1) } as const;
    await expect(prepareTensor(spec, input)).rejects.toMatchObject({
      code: 'DH_INPUT_KIND_MISMATCH',
      details: { expected: 'table', received: 'image' },
    });
  });
});
