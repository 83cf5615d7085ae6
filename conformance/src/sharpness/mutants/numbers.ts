import { type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
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
  {
    id: 'M-NUM-06',
    title: 'is off by the last bit every second time',
    of: (R) =>
      class extends R {
        #runs = 0;
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          this.#runs += 1;
          const all = super.compute(served, inputs);
          return this.#runs % 2 === 0 ? lastBit(all) : all;
        }
      },
  },
  {
    id: 'M-NUM-07',
    title: 'is off by the last bit where others run at the same time',
    of: (R) =>
      class extends R {
        #running = 0;
        override async run(...given: Parameters<ReferenceRuntime['run']>) {
          this.#running += 1;
          try {
            const all = await super.run(...given);
            return this.#running > 1 ? lastBit(all) : all;
          } finally {
            this.#running -= 1;
          }
        }
      },
  },
  {
    id: 'M-NUM-08',
    title: 'lets a row depend on how many are beside it',
    of: (R) =>
      class extends R {
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          const rows = inputs.features?.shape[0] ?? 1;
          return rows < 2 ? all : mapFloats(all, (value) => value + rows * 2 ** -14);
        }
      },
  },
  {
    id: 'M-NUM-09',
    title: 'gives NaN where a power overflows',
    of: (R) =>
      class extends R {
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          const { x } = inputs;
          if (x === undefined || !/-(?:sigmoid|tanh)$/.test(served.model.name)) return all;
          const arguments_ = tensorValues(x) as number[];
          return mapFloats(all, (value, index) => (Math.abs(arguments_[index] ?? 0) > 88.7 ? Number.NaN : value));
        }
      },
  },
  {
    id: 'M-NUM-10',
    title: 'takes powers without subtracting the largest argument',
    of: (R) =>
      class extends R {
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const all = super.compute(served, inputs);
          const { x } = inputs;
          if (x === undefined || served.model.name !== 'conformance-softmax') return all;
          const values = tensorValues(x) as number[];
          const powers = values.map((value) => Math.fround(Math.exp(value)));
          return mapFloats(all, (_, index) => {
            const row = index - (index % 10);
            return (powers[index] ?? 0) / powers.slice(row, row + 10).reduce((sum, power) => sum + power, 0);
          });
        }
      },
  },
  {
    id: 'M-NUM-11',
    title: 'looks for the largest value above zero',
    of: (R) =>
      class extends R {
        override compute(served: ServedModel, inputs: Record<string, RawTensor>) {
          const { x } = inputs;
          if (x === undefined || served.model.name !== 'conformance-argmax') return super.compute(served, inputs);
          const values = (tensorValues(x) as number[]).map((value) => Math.max(value, 0));
          return super.compute(served, { x: tensorFromValues('FP32', x.shape, values) });
        }
      },
  },
  {
    id: 'M-NUM-12',
    title: 'computes in TF32',
    of: asFloats((value) => {
      const bits = Buffer.alloc(4);
      bits.writeFloatLE(value);
      bits.writeUInt32LE((bits.readUInt32LE() & 0xffffe000) >>> 0);
      return bits.readFloatLE();
    }),
  },
];

function mapFloats(
  all: Record<string, RawTensor>,
  change: (value: number, index: number) => number,
): Record<string, RawTensor> {
  return Object.fromEntries(
    Object.entries(all).map(([name, tensor]) => {
      if (tensor.dataType !== 'FP32') return [name, tensor];
      const data = Buffer.from(tensor.data);
      for (let at = 0; at < data.length; at += 4) data.writeFloatLE(change(data.readFloatLE(at), at / 4), at);
      return [name, { ...tensor, data }];
    }),
  );
}

/** The first element of each tensor with its lowest bit turned round. */
function lastBit(all: Record<string, RawTensor>): Record<string, RawTensor> {
  return Object.fromEntries(
    Object.entries(all).map(([name, tensor]) => {
      const data = Buffer.from(tensor.data);
      if (data.length > 0) data[0] = (data[0] ?? 0) ^ 1;
      return [name, { ...tensor, data }];
    }),
  );
}
