import {
  type DataTypeName,
  elementCount,
  isDataTypeName,
  type RawTensor,
  seededRandom,
  tensorFromValues,
} from '@deephealth/sdk';

type Element = number | bigint | boolean | string | Uint8Array;

const NAME =
  /^(?:list\((?<list>[^)]*)\)|(?<kind>[a-z]+)(?<seed>\d*))-(?<shape>scalar|\d+(?:x\d+)*)\.(?<type>[a-z0-9]+)$/;

/** Values that a careless copy changes: signed zeros, the smallest and largest numbers, no numbers. */
const FLOAT_EDGES = [
  0,
  -0,
  1,
  -1,
  2 ** -149,
  -(2 ** -126),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  Infinity,
  -Infinity,
  NaN,
  1 / 3,
];
const DOUBLE_EDGES = [
  0,
  -0,
  1,
  -1,
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
  1 / 3,
  2 ** 53 + 2,
];
const HALF_EDGES = [0, -0, 1, -1, 2 ** -24, 65504, -65504, Infinity, -Infinity, NaN, 0.333251953125, 2 ** -14];
const BRAIN_EDGES = [0, -0, 1, -1, 2 ** -126, 2 ** 127, -(2 ** 127), Infinity, -Infinity, NaN, 0.333984375, 2 ** -100];
const TEXT_EDGES = [
  '',
  'a',
  'ä',
  '漢字',
  'two words',
  '\u0000',
  'line\nbreak',
  '"quoted"',
  'x'.repeat(300),
  '0',
  'null',
  '🫀',
];
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const TEXTS: Readonly<Record<string, readonly Element[]>> = {
  /** A lone continuation byte, an overlong form, half of a surrogate pair, a cut sequence. */
  broken: ['80', 'c0af', 'eda080', 'f09f', 'ff', '61ff62'].map(bytesOf),
  nul: ['610062', '00', '0061'].map(bytesOf),
};
const INTEGER_BITS: Partial<Record<DataTypeName, readonly [bits: bigint, isSigned: boolean]>> = {
  UINT8: [8n, false],
  UINT16: [16n, false],
  UINT32: [32n, false],
  UINT64: [64n, false],
  INT8: [8n, true],
  INT16: [16n, true],
  INT32: [32n, true],
  INT64: [64n, true],
};

/**
 * A tensor by its name, so that a case needs no file: `<values><seed>-<shape>.<type>`.
 *
 * | values | are |
 * |---|---|
 * | `zeros`, `ones` | 0, 1 |
 * | `ramp` | 0, 1, 2, … in row-major order; texts are these numbers as words |
 * | `eye` | 1 on the diagonal of the last two axes, else 0 |
 * | `noise7` | seeded, -1 to 1 for floats, the whole range for integers |
 * | `edge` | what a careless copy changes: signed zeros, subnormals, extremes, NaN, 2^53 + 1, `ä` |
 * | `broken`, `nul` | of BYTES: what is no UTF-8; what holds a zero byte |
 * | `list(0.5,NaN)` | these |
 *
 * The shape is `4x3`, `0x3` or `scalar`; the type one of the contract in small letters: `ramp-4x3.fp32`.
 *
 * @throws RangeError for another name; cases are checked when they are loaded
 */
export function namedTensor(name: string): RawTensor {
  const parts = NAME.exec(name)?.groups;
  const dataType = parts?.type?.toUpperCase() ?? '';
  if (parts === undefined || !isDataTypeName(dataType)) throw new RangeError(`"${name}" names no tensor`);
  const shape = parts.shape === 'scalar' ? [] : (parts.shape as string).split('x').map(Number);
  const { list, kind = '' } = parts;
  const values = list === undefined ? valuesOf(kind, Number(parts.seed || 1), dataType, shape) : list.split(',');
  if (values === undefined) throw new RangeError(`"${name}" names no tensor: no values are called "${kind}"`);
  return tensorFromValues(dataType, shape, values);
}

function valuesOf(kind: string, seed: number, dataType: DataTypeName, shape: readonly number[]): Element[] | undefined {
  const count = elementCount(shape);
  const fill = (at: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => element(dataType, at(index)));
  switch (kind) {
    case 'zeros':
      return fill(() => 0);
    case 'ones':
      return fill(() => 1);
    case 'ramp':
      return fill((index) => index);
    case 'eye': {
      const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
      return fill((index) => (Math.floor(index / columns) % rows === index % columns ? 1 : 0));
    }
    case 'noise': {
      const next = seededRandom(seed);
      return Array.from({ length: count }, () => noise(dataType, next));
    }
    case 'edge': {
      const edges = edgesOf(dataType);
      return Array.from({ length: count }, (_, index) => edges[index % edges.length] as Element);
    }
    case 'broken':
    case 'nul': {
      const texts = TEXTS[kind] ?? [];
      return dataType === 'BYTES' ? Array.from({ length: count }, (_, i) => texts[i % texts.length] ?? '') : undefined;
    }
    default:
      return undefined;
  }
}

function element(dataType: DataTypeName, value: number): Element {
  if (dataType === 'BOOL') return value % 2 === 1;
  if (dataType === 'BYTES') return String(value);
  const bits = INTEGER_BITS[dataType];
  if (bits === undefined) return value;
  const [width, isSigned] = bits;
  return wrap(BigInt(value), width, isSigned);
}

function noise(dataType: DataTypeName, next: () => number): Element {
  if (dataType === 'BOOL') return next() < 0.5;
  if (dataType === 'BYTES') return Math.floor(next() * 1e9).toString(36);
  const bits = INTEGER_BITS[dataType];
  if (bits === undefined) return Math.fround(next() * 2 - 1);
  const [width, isSigned] = bits;
  const high = BigInt(Math.floor(next() * 2 ** 32));
  const low = BigInt(Math.floor(next() * 2 ** 32));
  return wrap((high << 32n) | low, width, isSigned);
}

function wrap(value: bigint, width: bigint, isSigned: boolean): bigint {
  return isSigned ? BigInt.asIntN(Number(width), value) : BigInt.asUintN(Number(width), value);
}

function edgesOf(dataType: DataTypeName): readonly Element[] {
  if (dataType === 'BOOL') return [false, true];
  if (dataType === 'BYTES') return TEXT_EDGES;
  if (dataType === 'FP16') return HALF_EDGES;
  if (dataType === 'BF16') return BRAIN_EDGES;
  if (dataType === 'FP64') return DOUBLE_EDGES;
  if (dataType === 'FP32') return FLOAT_EDGES;
  const [width, isSigned] = INTEGER_BITS[dataType] as readonly [bigint, boolean];
  const top = isSigned ? 2n ** (width - 1n) - 1n : 2n ** width - 1n;
  const bottom = isSigned ? -(2n ** (width - 1n)) : 0n;
  // 2^53 + 1 is the first whole number that a JavaScript number cannot hold.
  const beyond = width === 64n ? [2n ** 53n + 1n] : [];
  return [0n, 1n, top, bottom, top - 1n, bottom + 1n, ...beyond];
}
