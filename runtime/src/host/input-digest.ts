import { createHash } from 'node:crypto';
import type { RawTensor } from '@deephealth/sdk';
import type { ModelInput } from './model-input.js';

/**
 * SHA-256 over inputs in the order of their names, each part with its length, so that different
 * inputs never give the same bytes to digest.
 */
export function digestInputs(inputs: Readonly<Record<string, ModelInput | RawTensor>>): string {
  const hash = createHash('sha256');
  const part = (bytes: Uint8Array | string) => {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    hash.update(`${buffer.byteLength}:`).update(buffer);
  };
  for (const name of Object.keys(inputs).sort()) {
    const { data, ...rest } = { data: new Uint8Array(), ...(inputs[name] as ModelInput | RawTensor) };
    part(name);
    part(canonicalJson(rest));
    part(data);
  }
  return hash.digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
