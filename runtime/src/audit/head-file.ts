import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainPlace } from './record-line.js';
import type { AuditSigner } from './signing-key.js';

const NAME = 'head.json';
const FORMAT = 'deephealth-audit-head-1';

/** Where the chain ended when it was written last. */
export interface Head extends ChainPlace {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly keyId?: string;
  readonly signature?: string;
}

/** In one step, so that a reader finds the old one or the new one; `isForced` waits for the disk. */
export async function writeHead(
  folder: string,
  place: ChainPlace,
  signer: AuditSigner | undefined,
  isForced: boolean,
): Promise<void> {
  const head = {
    format: FORMAT,
    seq: place.seq,
    hash: place.hash,
    time: new Date().toISOString(),
    ...(signer && { keyId: signer.keyId, signature: signer.sign(place) }),
  };
  const path = join(folder, NAME);
  const file = await open(`${path}.new`, 'w', 0o640);
  try {
    await file.writeFile(`${JSON.stringify(head)}\n`);
    if (isForced) await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** Undefined if there is none, "unreadable" for what is no head. */
export async function readHead(folder: string): Promise<Head | 'unreadable' | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return 'unreadable';
  }
  try {
    const { format, seq, hash, time, keyId, signature } = JSON.parse(text) as Record<string, unknown>;
    const isHead =
      format === FORMAT && Number.isSafeInteger(seq) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
    if (!isHead || typeof time !== 'string') return 'unreadable';
    return {
      seq: seq as number,
      hash,
      time,
      ...(typeof keyId === 'string' && { keyId }),
      ...(typeof signature === 'string' && { signature }),
    };
  } catch {
    return 'unreadable';
  }
}
