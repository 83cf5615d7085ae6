import type { JSONWebKeySet } from 'jose';
import { parseKeySet } from './key-set.js';

export interface FetchKeySetOptions {
  /** For the whole answer. Default 3 s. */
  readonly timeoutMs?: number;
  /** Default 256 KiB. */
  readonly maximumBytes?: number;
}

/**
 * The key set at an address that the configuration lists. Redirections are not followed: an address that the
 * operator allowed must not lead to one that the operator did not.
 */
export async function fetchKeySet(url: string, options: FetchKeySetOptions = {}): Promise<JSONWebKeySet> {
  const { timeoutMs = 3_000, maximumBytes = 256 * 1024 } = options;
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`The key set was answered with status ${response.status}.`);
  }
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body) {
    sizeBytes += chunk.byteLength;
    // Leaving the loop ends the connection.
    if (sizeBytes > maximumBytes) throw new Error('The key set is too large.');
    chunks.push(chunk);
  }
  const keySet = parseKeySet(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  if (typeof keySet === 'string') throw new Error(`What was answered ${keySet}.`);
  return keySet;
}
