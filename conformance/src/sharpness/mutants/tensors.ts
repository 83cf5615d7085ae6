import { asFloats, type Mutant, outputs, predicts } from './mutant.js';

export const TENSORS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-TENS-01',
    title: 'writes elements with the high byte first',
    of: outputs((tensor) => ({
      ...tensor,
      data: tensor.dataType === 'FP32' ? Buffer.from(tensor.data).swap32() : tensor.data,
    })),
  },
  {
    id: 'M-TENS-02',
    title: 'takes 64-bit integers through numbers',
    of: outputs((tensor) => {
      if (tensor.dataType !== 'INT64') return tensor;
      const data = Buffer.from(tensor.data);
      for (let at = 0; at < data.length; at += 8) {
        data.writeBigInt64LE(BigInt.asIntN(64, BigInt(Number(data.readBigInt64LE(at)))), at);
      }
      return { ...tensor, data };
    }),
  },
  {
    id: 'M-TENS-03',
    title: 'gives shapes flat',
    of: outputs((tensor) => ({ ...tensor, shape: [tensor.shape.reduce((all, extent) => all * extent, 1)] })),
  },
  {
    id: 'M-TENS-05',
    title: 'gives outputs by their place, not their name',
    of: predicts(({ findings = [] }) => {
      const names = findings.map(({ name }) => name).reverse();
      for (const [index, finding] of findings.entries()) finding.name = names[index] ?? '';
    }),
  },
  {
    id: 'M-TENS-06',
    title: 'drops the last element of an odd number',
    of: outputs((tensor) => {
      const [count] = tensor.shape;
      if (tensor.shape.length !== 1 || count === undefined || count % 2 === 0) return tensor;
      return {
        ...tensor,
        shape: [count - 1],
        data: tensor.data.subarray(0, (tensor.data.length / count) * (count - 1)),
      };
    }),
  },
  {
    id: 'M-TENS-07',
    title: 'makes 0 of -0 and of NaN',
    of: asFloats((value) => (Number.isNaN(value) || value === 0 ? 0 : value)),
  },
];
