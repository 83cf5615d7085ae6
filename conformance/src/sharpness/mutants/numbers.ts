import type { RawTensor } from '@deephealth/sdk';
import type { ServedModel } from '../../reference/reference-runtime.js';
import { asFloats, type Mutant, outputs } from './mutant.js';

export const NUMBERS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-NUM-01',
    title: 'is ten times as inexact as allowed in one element',
    of: asFloats((value, index) => (index === 1 ? value + 80 * 2 ** -23 * Math.max(1, Math.abs(value)) : value)),
  },
  {
    id: 'M-NUM-02',
    title: 'computes in half precision',
    of: asFloats((value) => (Number.isFinite(value) ? Math.round(value * 1024) / 1024 : value)),
  },
  {
    id: 'M-NUM-03',
    title: 'takes sums over all rows',
    of: asFloats((value) => value * 1.0001),
  },
  {
    id: 'M-NUM-04',
    title: 'remembers answers by the shape of the request',
    of: (R) =>
      class extends R {
        readonly #known = new Map<string, Record<string, RawTensor>>();
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const key = JSON.stringify([served.model.name, Object.values(inputs).map(({ shape }) => shape)]);
          const known = this.#known.get(key) ?? super.compute(served, inputs);
          this.#known.set(key, known);
          return known;
        }
      },
  },
  {
    id: 'M-NUM-05',
    title: 'computes every row as the first one',
    of: outputs((tensor) => {
      const [rows] = tensor.shape;
      if (tensor.shape.length < 2 || rows === undefined || rows === 0) return tensor;
      const row = tensor.data.subarray(0, tensor.data.length / rows);
      return { ...tensor, data: Buffer.concat(Array.from({ length: rows }, () => row)) };
    }),
  },
];
