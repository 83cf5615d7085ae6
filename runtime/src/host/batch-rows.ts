import {
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  encodeBytesElements,
  type RawTensor,
  type TensorSpec,
} from '@deephealth/sdk';

type Tensors = Readonly<Record<string, RawTensor>>;

/** Several feeds as one, item after item along axis 0. All must have the same other extents. */
export function joinRows(feeds: readonly Tensors[]): Record<string, RawTensor> {
  const [first] = feeds;
  if (first === undefined) throw new Error('nothing to join');
  return Object.fromEntries(
    Object.entries(first).map(([name, { dataType, shape }]) => {
      const parts = feeds.map((feed) => feed[name] as RawTensor);
      const rows = parts.reduce((sum, part) => sum + (part.shape[0] as number), 0);
      return [name, { dataType, shape: [rows, ...shape.slice(1)], data: Buffer.concat(parts.map((p) => p.data)) }];
    }),
  );
}

/** Rows `start` to `end` of every tensor, as views of its bytes. */
export function takeRows(tensors: Tensors, start: number, end: number): Record<string, RawTensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, rowsOf(tensor, start, end)]));
}

function rowsOf({ dataType, shape, data }: RawTensor, start: number, end: number): RawTensor {
  const part = [end - start, ...shape.slice(1)];
  if (dataType !== 'BYTES') {
    const rowBytes = data.byteLength / (shape[0] as number);
    return { dataType, shape: part, data: data.subarray(start * rowBytes, end * rowBytes) };
  }
  const perRow = elementCount(shape) / (shape[0] as number);
  const elements = decodeBytesElements('', data, elementCount(shape)).slice(start * perRow, end * perRow);
  return { dataType, shape: part, data: encodeBytesElements(elements) };
}

/**
 * Gives each item its rows of the results. Throws DH_MODEL_OUTPUT_INVALID for an output that does
 * not hold one row an item.
 */
export function splitRows(
  tensors: ReadonlyMap<string, RawTensor>,
  specs: readonly TensorSpec[],
  items: number,
): Map<string, RawTensor>[] {
  for (const { name } of specs) {
    const rows = tensors.get(name)?.shape[0];
    if (rows === items) continue;
    throw new DeepHealthError(
      'DH_MODEL_OUTPUT_INVALID',
      `Output "${name}" holds ${rows ?? 'no'} rows for a run of ${items} items.`,
      { details: { output: name, expected: String(items), received: String(rows) } },
    );
  }
  return Array.from(
    { length: items },
    (_, item) =>
      new Map(specs.map(({ name }) => [name, rowsOf(tensors.get(name) as RawTensor, item, item + 1)] as const)),
  );
}

/** Results of consecutive runs of one request as the results of one run. */
export function stackRows(
  parts: readonly ReadonlyMap<string, RawTensor>[],
  specs: readonly TensorSpec[],
): Map<string, RawTensor> {
  const joined = joinRows(parts.map((part) => Object.fromEntries(part)));
  return new Map(specs.map(({ name }) => [name, joined[name] as RawTensor]));
}
