import type { TensorMessage } from './onnx-message.js';

/** The elements of a tensor, little-endian, in one or several pieces; views of the file. */
export type TensorBytes = readonly Uint8Array[];

/**
 * Where the elements of a floating-point tensor lie; undefined if they are listed one by one, lie in a file
 * that is not given, or the place in that file does not exist.
 */
export function tensorBytes(
  tensor: TensorMessage,
  externalFiles: ReadonlyMap<string, Uint8Array>,
): TensorBytes | undefined {
  const { externalData = [], dataLocation, rawData, floatDataChunks, doubleDataChunks } = tensor;
  if (dataLocation === 1 || externalData.length > 0) {
    const entries = new Map(externalData.map(({ key, value }) => [key, value]));
    const file = externalFiles.get(entries.get('location') ?? '');
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? (file?.length ?? 0) - offset);
    if (file === undefined || !Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return undefined;
    if (offset < 0 || length < 0 || offset + length > file.length) return undefined;
    return [file.subarray(offset, offset + length)];
  }
  return rawData !== undefined ? [rawData] : (floatDataChunks ?? doubleDataChunks);
}
