import {
  DeepHealthError,
  decodeBfloat16,
  decodeHalf,
  encodeBytesElements,
  isFloatingPoint,
  type Manifest,
  type RawTensor,
  type TensorSpec,
  toTypedArray,
} from '@deephealth/sdk';

/** Sorting more would keep other callers waiting; no classifier comes near it. */
const MAX_ELEMENTS = 100_000;

/** Throws DH_PARAMETER_UNSUPPORTED for an output whose elements are no scores. */
export function assertClassifiable({ name, dataType, shape }: TensorSpec): void {
  if (dataType === 'BYTES' || dataType === 'BOOL') {
    throw unavailable(name, `class result not available for output '${name}' due to unsupported type '${dataType}'`);
  }
  if (shape.length === 0) throw unavailable(name, `class result not available for output '${name}', a single value`);
}

/**
 * The best classes of each row of the last axis, as Triton's classification extension has them:
 * BYTES "value:index", or "value:index:label" where the manifest labels the tensor's columns.
 *
 * Values are written with six decimals; the tensor itself holds them exactly. Equal values keep the
 * order of the columns, and NaN comes last.
 *
 * @param classes number of classes wanted; at most as many as there are are given
 * @returns a BYTES tensor whose last extent is that number
 */
export function toClassification(manifest: Manifest, name: string, tensor: RawTensor, classes: bigint): RawTensor {
  const columns = tensor.shape.at(-1) ?? 1;
  const values = scoresOf(tensor);
  if (values.length > MAX_ELEMENTS) {
    throw unavailable(name, `classification output tensor too large: '${name}' has more than ${MAX_ELEMENTS} elements`);
  }
  const labels = labelsOf(manifest, name, columns);
  const count = classes < BigInt(columns) ? Number(classes) : columns;
  const encoder = new TextEncoder();
  const elements: Uint8Array[] = [];
  for (let start = 0; start < values.length; start += columns) {
    const row = values.slice(start, start + columns);
    for (const index of best(row, count)) {
      const label = labels?.[index];
      const text = `${toText(row[index] as number | bigint, isFloatingPoint(tensor.dataType))}:${index}`;
      elements.push(encoder.encode(label === undefined ? text : `${text}:${label}`));
    }
  }
  return {
    dataType: 'BYTES',
    shape: [...tensor.shape.slice(0, -1), count],
    data: encodeBytesElements(elements),
  };
}

type Scores = readonly (number | bigint)[];

function scoresOf({ dataType, data }: RawTensor): Scores {
  if (dataType === 'BYTES') throw new Error('scores are numbers');
  if (dataType === 'FP16') return Array.from(toTypedArray(dataType, data), decodeHalf);
  if (dataType === 'BF16') return Array.from(toTypedArray(dataType, data), decodeBfloat16);
  return Array.from<number | bigint>(toTypedArray(dataType, data));
}

function best(row: Scores, count: number): number[] {
  const order = [...row.keys()].sort((a, b) => {
    const [left, right] = [row[a] as number | bigint, row[b] as number | bigint];
    if (left === right) return a - b;
    if (Number.isNaN(left)) return Number.isNaN(right) ? a - b : 1;
    return Number.isNaN(right) || left > right ? -1 : 1;
  });
  return order.slice(0, count);
}

/** As C++ writes a value: integers whole, floats with six decimals and never with an exponent. */
function toText(value: number | bigint, isFloat: boolean): string {
  if (!isFloat || typeof value === 'bigint') return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** Labels of the columns, if a classification of the manifest has one for each. */
function labelsOf({ outputs }: Manifest, name: string, columns: number): readonly string[] | undefined {
  for (const output of outputs) {
    if (output.kind === 'classification' && output.from === name && output.classes.length === columns) {
      return output.classes.map(({ label }) => label);
    }
  }
  return undefined;
}

function unavailable(name: string, message: string): DeepHealthError {
  return new DeepHealthError('DH_PARAMETER_UNSUPPORTED', message, {
    details: { parameter: 'classification', output: name },
  });
}
