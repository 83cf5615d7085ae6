import { createHash, hash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import type { RawTensor } from '@deephealth/sdk';
import { digestInputs } from '../host/input-digest.js';
import { encodeFindings } from '../services/predict-encoder.js';
import { encodeCanonically } from './encode-canonically.js';

// Longer ones are digested in pieces, between which other requests are served.
const PIECE_BYTES = 1024 * 1024;

/**
 * SHA-256 over the findings as protobuf writes them: the bytes of a `deephealth.runtime.v1.PredictResponse` that
 * holds the findings and nothing else, fields in the order of their numbers, defaults left out. Whoever has the
 * response can compute it. The findings must not be changed afterwards: their bytes are sent as they are.
 */
export function findingsDigest(findings: readonly runtimeV1.Finding[]): string | Promise<string> {
  const bytes = encodeFindings(findings) ?? encodeCanonically(findings);
  if (bytes.length <= PIECE_BYTES) return hash('sha256', bytes, 'hex');
  return digestInPieces(bytes);
}

/**
 * SHA-256 over the tensors that were asked for as the graph gave them, in the same form as the digest of inputs:
 * whatever the answer makes of them (JSON, labels of classes, shared memory), it is the same.
 */
export function tensorsDigest(tensors: readonly (RawTensor & { readonly name: string })[]): string {
  // Entries, not assignments: a graph may call an output "__proto__".
  return digestInputs(
    Object.fromEntries(tensors.map(({ name, dataType, shape, data }) => [name, { dataType, shape, data }])),
  );
}

async function digestInPieces(bytes: Buffer): Promise<string> {
  const digest = createHash('sha256');
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    digest.update(bytes.subarray(at, at + PIECE_BYTES));
    await turn();
  }
  return digest.digest('hex');
}
