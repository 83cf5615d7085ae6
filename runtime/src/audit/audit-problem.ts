import type { KeyObject } from 'node:crypto';
import type { ChainPlace } from './record-line.js';

/** What is wrong, in order of the log. */
export type ProblemKind =
  /** The bytes of a record are not those that its hash was made of. */
  | 'changed'
  /** Bytes that are no record. */
  | 'unreadable'
  /** Records are not there. */
  | 'missing'
  /** A record stands at a place that is not its own. */
  | 'reordered'
  /** A record is there twice. */
  | 'duplicated'
  /** A record does not follow the one before it: it was written anew, or put in. */
  | 'broken-link'
  /** The name of a file is not that of its first record. */
  | 'segment-name'
  /** The log ends before its head, or before a place that is known from elsewhere. */
  | 'cut-tail'
  | 'head'
  | 'signature'
  /** A server found the damage when it started, and said so. */
  | 'stated-loss';

export interface AuditProblem {
  readonly kind: ProblemKind;
  /** Name of the segment. */
  readonly file: string;
  /** Line in it, from 1. */
  readonly line?: number;
  /** Number of the record. */
  readonly seq?: number;
  readonly message: string;
}

export interface VerifyOptions {
  /** Signatures must be by this key. Without it, they are held against the key that the log states itself. */
  readonly publicKey?: KeyObject;
  /** A place that the chain is known to have had. */
  readonly anchor?: ChainPlace;
  /** Bytes read so far, of all. */
  onProgress?(bytes: number, total: number): void;
}

/** More are counted and not listed, so that a log that is broken throughout takes no more memory. */
export const MOST_PROBLEMS = 1000;
