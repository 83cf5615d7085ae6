import { generateKeyPairSync } from 'node:crypto';
import { DeepHealthError } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { readLine } from '../audit/record-line.js';
import { parsePublicKey } from '../audit/signing-key.js';
import { formatControlState, parseControlState } from './control-state.js';

const USUAL = 200;
const isDamaged = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code === 'DH_CONTROL_STATE_INVALID';

const stopped = { model: 'heart', version: '1.0.0', reason: 'wrong units', subject: 'officer', sinceMs: 1.7e12 };
const control = formatControlState({
  suspensions: [stopped, { ...stopped, version: '' }],
  rollouts: { lung: { candidate: { version: '2', share: 0.1 }, subject: 'operator', sinceMs: 1.7e12 } },
});
const line = `{"seq":12,"time":"2026-11-01T12:00:00.000Z","mono":5,"kind":"server-stop","prev":"${'ab'.repeat(32)}","hash":"${'cd'.repeat(32)}"}`;
const { publicKey } = generateKeyPairSync('ed25519');

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'control.json',
    corpus: [Buffer.from(control)],
    mutate: mutateJson,
    read: (bytes) => {
      const state = parseControlState(bytes.toString('utf8'));
      // What was read is written and read the same.
      return parseControlState(formatControlState(state));
    },
  },
  { parser: 'line of the audit', corpus: [Buffer.from(line)], read: readLine },
  {
    parser: 'public key of the audit',
    corpus: [Buffer.from(publicKey.export({ format: 'der', type: 'spki' }).toString('base64'))],
    read: (bytes) => parsePublicKey(bytes.toString('latin1'))?.asymmetricKeyType,
  },
];

describe('broken files of what happened and what is stopped', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 8300 + place })))(
    'are read or refused: $parser',
    { timeout: fuzzTimeoutMs(USUAL) },
    async (kind) => {
      const { inputs } = await fuzzParser({ ...kind, usual: USUAL, isRefusal: isDamaged });
      expect(inputs).toBeGreaterThanOrEqual(USUAL);
    },
  );
});
