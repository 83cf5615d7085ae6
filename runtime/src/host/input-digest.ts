import { createHash, hash } from 'node:crypto';
import type { RawTensor } from '@deephealth/sdk';
import type { ModelInput } from './model-input.js';

// Up to here one buffer and one call are cheaper than a hash object that is fed piece by piece.
const AT_ONCE_BYTES = 8 * 1024;
const NOTHING = new Uint8Array();

/**
 * SHA-256 over inputs in the order of their names, each part with its length, so that different
 * inputs never give the same bytes to digest.
 */
export function digestInputs(inputs: Readonly<Record<string, ModelInput | RawTensor>>): string {
  const parts: (string | Uint8Array)[] = [];
  let bytes = 0;
  for (const name of Object.keys(inputs).sort()) {
    const input = inputs[name] as ModelInput | RawTensor;
    const add = (prefix: string, data: Uint8Array) => {
      const head = `${prefix}${data.byteLength}:`;
      parts.push(head, data);
      bytes += head.length * 3 + data.byteLength;
    };
    add(`${part(name)}${part(describe(input))}`, 'data' in input ? input.data : NOTHING);
    if ('files' in input) for (const file of input.files) add('', file);
  }
  if (bytes <= AT_ONCE_BYTES) return digestAtOnce(parts, bytes);
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
