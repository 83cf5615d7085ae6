import type { runtimeV1 } from '@deephealth/proto';
import { type DataTypeName, type RawTensor, tensorFromValues, tensorValues } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { asFloats, type Mutant, outputs, predicts, type Runtime } from './mutant.js';

/** A 16-bit length would wrap around here. */
const WINDOW_BYTES = 65_536;

type Declared = Parameters<ReferenceRuntime['admitTensor']>[0];

/** Tensors as they were received, changed before they are looked at. */
function admits(change: (declared: Declared, tensor: runtimeV1.Tensor__Output) => runtimeV1.Tensor__Output) {
  return (Reference: Runtime): Runtime =>
    class extends Reference {
      override admitTensor(...[declared, tensor]: Parameters<ReferenceRuntime['admitTensor']>) {
        return super.admitTensor(declared, change(declared, tensor));
      }
    };
}

/** Texts of every output, changed. */
const texts = (change: (text: Uint8Array) => Uint8Array) =>
  outputs((tensor) => {
    if (tensor.dataType !== 'BYTES') return tensor;
    return tensorFromValues('BYTES', tensor.shape, (tensorValues(tensor) as Uint8Array[]).map(change));
  });

/** Zeros for elements whose exponent is zero. @param exponent bits of it in the highest byte */
function flushed(tensor: RawTensor, dataType: DataTypeName, size: number, exponent: number): RawTensor {
  if (tensor.dataType !== dataType) return tensor;
  const data = Buffer.from(tensor.data);
  for (let at = 0; at < data.length; at += size) {
    const [high = 0, next = 0] = [data[at + size - 1], data[at + size - 2]];
    const isNormal = (high & exponent) !== 0 || (size === 4 && next >= 0x80) || (size === 8 && next >= 0x10);
    if (!isNormal) data.fill(0, at, at + size - 1);
    if (!isNormal) data[at + size - 1] = high & 0x80;
  }
  return { ...tensor, data };
}

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
  {
    id: 'M-TENS-04',
    title: 'makes zeros of the smallest FP16 numbers',
    of: outputs((tensor) => flushed(tensor, 'FP16', 2, 0x7c)),
  },
  {
    id: 'M-TENS-08',
    title: 'ends texts at their first zero byte',
    of: texts((text) => (text.includes(0) ? text.subarray(0, text.indexOf(0)) : text)),
  },
  {
    id: 'M-TENS-09',
    title: 'strips blanks and line breaks from texts',
    of: texts((text) => Buffer.from(Buffer.from(text).toString('latin1').replace(/\s/g, ''), 'latin1')),
  },
  {
    id: 'M-TENS-22',
    title: 'keeps of texts only what is ASCII',
    of: texts((text) => text.filter((byte) => byte < 0x80)),
  },
  {
    id: 'M-TENS-10',
    title: 'puts other characters where bytes are no text',
    of: texts((text) => Buffer.from(Buffer.from(text).toString('utf8'), 'utf8')),
  },
  {
    id: 'M-TENS-11',
    title: 'gives a single number as a list of one',
    of: outputs((tensor) => (tensor.shape.length === 0 ? { ...tensor, shape: [1] } : tensor)),
  },
  {
    id: 'M-TENS-12',
    title: 'gives extents innermost first',
    of: outputs((tensor) => ({ ...tensor, shape: [...tensor.shape].reverse() })),
  },
  {
    id: 'M-TENS-13',
    title: 'answers no rows with one of zeros',
    of: outputs((tensor) => {
      if (tensor.shape[0] !== 0) return tensor;
      const shape = [1, ...tensor.shape.slice(1)];
      return { ...tensor, shape, data: new Uint8Array(4 * shape.reduce((all, extent) => all * extent, 1)) };
    }),
  },
  {
    id: 'M-TENS-14',
    title: 'takes a tensor without a type for one of the right type',
    of: admits((declared, tensor) =>
      tensor.dataType === 'DATA_TYPE_UNSPECIFIED' ? { ...tensor, dataType: `DATA_TYPE_${declared.dataType}` } : tensor,
    ),
  },
  {
    id: 'M-TENS-15',
    title: 'takes a negative extent for whatever fits',
    of: admits((_, tensor) => ({ ...tensor, shape: tensor.shape.map((extent) => extent.replace('-1', '3')) })),
  },
  {
    id: 'M-TENS-16',
    title: 'takes a list of one for a single number',
    of: admits((declared, tensor) =>
      declared.shape.length === 0 && tensor.shape.every((extent) => extent === '1') ? { ...tensor, shape: [] } : tensor,
    ),
  },
  {
    id: 'M-TENS-17',
    title: 'reads texts as far as they go',
    of: (R) =>
      class extends R {
        override admitTensor(...[declared, tensor]: Parameters<ReferenceRuntime['admitTensor']>) {
          try {
            return super.admitTensor(declared, tensor);
          } catch (refusal) {
            if (declared.dataType !== 'BYTES') throw refusal;
            return tensorFromValues('BYTES', [0], []);
          }
        }
      },
  },
  {
    id: 'M-TENS-18',
    title: 'takes any byte but zero for true',
    of: admits((declared, tensor) =>
      declared.dataType === 'BOOL'
        ? { ...tensor, data: Buffer.from(tensor.data.map((byte) => Math.min(byte, 1))) }
        : tensor,
    ),
  },
  {
    id: 'M-TENS-19',
    title: 'repeats elements behind 64 KiB',
    of: outputs((tensor) => {
      const data = Buffer.from(tensor.data);
      for (let at = WINDOW_BYTES; at < data.length; at++) data[at] = data[at % WINDOW_BYTES] ?? 0;
      return { ...tensor, data };
    }),
  },
  {
    id: 'M-TENS-20',
    title: 'reads elements from the place before that is a multiple of eight',
    of: (R) =>
      class extends R {
        override admitTensor(...given: Parameters<ReferenceRuntime['admitTensor']>) {
          const tensor = super.admitTensor(...given);
          const { buffer, byteOffset, byteLength } = tensor.data;
          return { ...tensor, data: Buffer.from(buffer, byteOffset - (byteOffset % 8), byteLength) };
        }
      },
  },
  {
    id: 'M-TENS-21',
    title: 'makes zeros of the smallest FP32 and FP64 numbers',
    of: outputs((tensor) => flushed(flushed(tensor, 'FP32', 4, 0x7f), 'FP64', 8, 0x7f)),
  },
];
