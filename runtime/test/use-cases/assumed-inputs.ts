import type { ColumnSpec } from '@deephealth/sdk';
import { niftiFile, type Phantom } from '../volume-phantoms.js';

// What use cases 7 to 10 compute was not published. The shapes of their tests are this project's assumption,
// from the names alone: docs/use-cases.md says so as well.

/** A volume as the input of a golden case. */
export const golden = (source: Phantom) => ({
  volume: {
    voxels: { dataType: 'INT16', shape: source.shape, values: source.values },
    grid: { spacingMm: source.grid.spacing, origin: source.grid.origin, convention: 'RAS' },
  },
});
/** The same as a file of a request. */
export const scan = (source: Phantom) => ({
  name: 'scan',
  volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } },
});

export const COLUMNS: ColumnSpec[] = [
  { name: 'age', type: 'number', unit: 'a', validRange: [18, 110] },
  { name: 'sex', type: 'category', categories: ['female', 'male'] },
  { name: 'mmse', type: 'number', unit: '1', validRange: [0, 30], missing: { impute: 27 } },
];
export const features = [{ column: 'age' }, { column: 'sex', equals: 'female' }, { column: 'mmse' }];
export type Person = { readonly age: number; readonly sex: 'female' | 'male'; readonly mmse: number };
export const row = ({ age, sex, mmse }: Person) => [age, Number(sex === 'female'), mmse];
export const tableOf = ({ age, sex, mmse }: Person) => ({
  age: { number: age, unit: 'a' },
  sex: { category: sex },
  mmse: { number: mmse, unit: '1' },
});
export const ana: Person = { age: 71, sex: 'female', mmse: 24 };

/** A table of a request; without `mmse`, the test was not performed. */
export const patient = (person: Partial<Person>) => ({
  name: 'patient',
  table: {
    values: [
      { name: 'age', number: person.age ?? 70, unit: 'a' },
      { name: 'sex', category: person.sex ?? 'male' },
      person.mmse === undefined
        ? { name: 'mmse', missing: 'MISSING_REASON_NOT_PERFORMED' as const }
        : { name: 'mmse', number: person.mmse, unit: '1' },
    ],
  },
});
