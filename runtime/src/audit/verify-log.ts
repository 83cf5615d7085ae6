import type { KeyObject } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import type { AuditProblem, VerifyOptions } from './audit-problem.js';
import { ChainWalk } from './chain-walk.js';
import { fileLines } from './file-lines.js';
import { type Head, readHead } from './head-file.js';
import type { ChainPlace } from './record-line.js';
import { listSegments, type SegmentFile } from './segment-files.js';
import { isSignedBy, keyIdOf } from './signing-key.js';

/** What a check of an audit log found. */
export interface VerifyResult {
  readonly isValid: boolean;
  readonly segments: number;
  readonly records: number;
  readonly inferences: number;
  readonly first: ChainPlace | undefined;
  readonly last: ChainPlace | undefined;
  readonly head: Head | undefined;
  /** Signatures that were right. */
  readonly signatures: number;
  /** Key that signed, and whether it is the one that was asked for. */
  readonly signedBy: { readonly keyId: string; readonly isTrusted: boolean } | undefined;
  /** Records from which on the clock was set: of a difference of more than a second. */
  readonly clockJumps: readonly { readonly seq: number; readonly seconds: number }[];
  /** The first of them; {@link problemCount} says how many there are. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

/**
 * Reads a whole log and checks every record, link, file, signature and the head, in constant memory.
 * A log that a server writes meanwhile may be verified: what comes behind the end that was there is not looked at.
 *
 * @throws DH_AUDIT_UNREADABLE if there is no log
 */
export async function verifyLog(folder: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const { segments, total } = await readableSegments(folder);
  // Before the records: those that a server writes meanwhile come behind it.
  const head = await readHead(folder);
  const walk = new ChainWalk(options, typeof head === 'object' ? head : undefined);
  let before = 0;
  for (const [index, { file, bytes }] of segments.entries()) {
    walk.beginSegment(file);
    const isLastSegment = index === segments.length - 1;
    for await (const lines of fileLines(file.path)) {
      for (const line of lines) walk.take(line, isLastSegment);
      const last = lines.at(-1);
      if (last !== undefined) options.onProgress?.(before + last.offset, total);
    }
    walk.endSegment();
    before += bytes;
  }
  walk.end();
  if (head === 'unreadable') walk.report({ kind: 'head', file: 'head.json', message: 'The head cannot be read.' });
  if (head === undefined)
    walk.report({ kind: 'head', file: 'head.json', message: 'The head is not there: a cut tail would not be found.' });
  if (typeof head === 'object') checkHeadSignature(walk, head, options.publicKey);
  if (options.anchor !== undefined && !walk.anchorSeen) {
    const { seq, hash } = options.anchor;
    walk.report({
      kind: 'cut-tail',
      file: segments.at(-1)?.file.name ?? '',
      seq,
      message: `The log holds no record ${seq} with the hash ${hash.slice(0, 12)}..., which it is known to have had.`,
    });
  }
  return {
    isValid: walk.problemCount === 0,
    segments: segments.length,
    records: walk.records,
    inferences: walk.inferences,
    first: walk.first,
    last: walk.last,
    head: typeof head === 'object' ? head : undefined,
    signatures: walk.signatures,
    signedBy: walk.signedBy,
    clockJumps: walk.clockJumps,
    problems: walk.problems,
    problemCount: walk.problemCount,
  };
}

async function readableSegments(
  folder: string,
): Promise<{ segments: { file: SegmentFile; bytes: number }[]; total: number }> {
  let files: SegmentFile[];
  try {
    files = await listSegments(folder);
  } catch (cause) {
    throw new DeepHealthError('DH_AUDIT_UNREADABLE', 'The audit folder is not there or cannot be read.', { cause });
  }
  if (files.length === 0) {
    throw new DeepHealthError('DH_AUDIT_UNREADABLE', 'The folder holds no audit log: no file audit-<number>.jsonl.');
  }
  const segments = await Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file.path)).size })));
  return { segments, total: segments.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function checkHeadSignature(walk: ChainWalk, head: Head, trusted: KeyObject | undefined): void {
  const key = trusted ?? walk.statedKey;
  const say = (message: string) => walk.report({ kind: 'signature', file: 'head.json', seq: head.seq, message });
  if (head.signature === undefined) {
    if (key !== undefined) say('The head is not signed, and the log is.');
    return;
  }
  if (key === undefined) say('The head is signed, and no key is known. Pass --public-key.');
  else if (isSignedBy(key, head, head.signature)) walk.countSignature(key);
  else say(`The signature of the head is not by the key ${keyIdOf(key)}.`);
}
