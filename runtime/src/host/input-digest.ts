import { createHash, hash } from 'node:crypto';
import type { RawTensor } from '@deephealth/sdk';
import type { ModelInput } from './model-input.js';

// Up to here one buffer and one call are cheaper than a hash object that is fed piece by piece.
const AT_ONCE_BYTES = 8 * 1024;
const NOTHING = new Uint8Array();
/** UTF-8 takes at most so many bytes for one UTF-16 unit. */
const MOST_BYTES_A_UNIT = 3;

/**
 * SHA-256 over inputs in the order of their names, each part with its length, so that different
 * inputs never give the same bytes to digest.
 */
export function digestInputs(inputs: Readonly<Record<string, ModelInput | RawTensor>>): string {
  const parts: (string | Uint8Array)[] = [];
  let atMostBytes = 0;
  const names = Object.keys(inputs);
  if (names.length > 1) names.sort();
  for (const name of names) {
    const input = inputs[name] as ModelInput | RawTensor;
    const data = 'data' in input ? input.data : NOTHING;
    const head = `${part(name)}${part(describe(input))}${data.byteLength}:`;
    parts.push(head, data);
    atMostBytes += head.length * MOST_BYTES_A_UNIT + data.byteLength;
    if (!('files' in input)) continue;
    for (const file of input.files) {
      const length = `${file.byteLength}:`;
      parts.push(length, file);
      atMostBytes += length.length + file.byteLength;
    }
  }
  if (atMostBytes <= AT_ONCE_BYTES) return digestAtOnce(parts, atMostBytes);
  const digest = createHash('sha256');
  for (const each of parts) digest.update(each);
  return digest.digest('hex');
}

function digestAtOnce(parts: readonly (string | Uint8Array)[], atMostBytes: number): string {
  const buffer = Buffer.allocUnsafe(atMostBytes);
  let length = 0;
  for (const each of parts) {
    if (typeof each === 'string') {
      length += buffer.write(each, length);
    } else {
      buffer.set(each, length);
      length += each.byteLength;
    }
  }
  return hash('sha256', buffer.subarray(0, length), 'hex');
}

function part(text: string): string {
  return `${Buffer.byteLength(text)}:${text}`;
}

/** Canonical JSON of everything but the bytes. */
function describe(input: ModelInput | RawTensor): string {
  if ('shape' in input) {
    const kind = 'kind' in input ? `"kind":"${input.kind}",` : '';
    return `{"dataType":"${input.dataType}",${kind}"shape":[${input.shape.join(',')}]}`;
  }
  const { data: _bytes, files, ...rest } = { data: NOTHING, files: undefined, ...input };
  return canonicalJson(files === undefined ? rest : { ...rest, files: files.length });
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
