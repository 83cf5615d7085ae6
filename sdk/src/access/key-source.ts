import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { parseKeySet } from './key-set.js';

/** What a token says of the key that signed it. */
export interface KeyHint {
  readonly alg: string;
  /** May be left out where a key set has one key of the algorithm's kind. */
  readonly kid?: string;
}

/** Why a signature could not even be looked at. */
export class KeyLookupFailure extends Error {
  constructor(readonly reason: 'key-unknown' | 'key-set-unavailable') {
    super(`no key to verify with: ${reason}`);
    this.name = 'KeyLookupFailure';
  }
}

export type VerificationKey = Awaited<ReturnType<LocalJWKSet>>;

/** Where the public keys of an issuer come from. */
export interface KeySource {
  /** Throws {@link KeyLookupFailure} if there is no such key, or no key set to look into. */
  find(hint: KeyHint): Promise<VerificationKey>;
  /** Begins to load what has to be loaded, so that the first call does not wait for it. */
  prepare(): void;
}

/** Keys that came with the configuration. */
export function fixedKeySource(keySet: JSONWebKeySet): KeySource {
  const lookUp = createLocalJWKSet(keySet);
  return { find: (hint) => lookUpKey(lookUp, hint), prepare: () => undefined };
}

export interface LoadedKeySourceOptions {
  /** Older keys are loaded anew while the call goes on with what is there. Default 5 minutes. */
  readonly freshMs?: number;
  /** Older keys are of no use: a key that was withdrawn counts no longer than this. Default 1 hour. */
  readonly usableMs?: number;
  /**
   * Shortest time between two loads. Anyone can send a token with a key id that nobody knows; the pause keeps
   * that from becoming a stream of requests to the platform. Default 30 s.
   */
  readonly pauseMs?: number;
  /** The same while there is no key set that could be used. Default 1 s. */
  readonly retryMs?: number;
  /** Milliseconds that only go forward. For tests. */
  readonly clock?: () => number;
}

/** Keys that are loaded, kept for a while, and loaded once more when a token names one that is not among them. */
export function loadedKeySource(load: () => Promise<JSONWebKeySet>, options: LoadedKeySourceOptions = {}): KeySource {
  const { freshMs = 5 * 60_000, usableMs = 60 * 60_000, pauseMs = 30_000, retryMs = 1_000 } = options;
  const { clock = () => performance.now() } = options;
  let kept: { readonly lookUp: LocalJWKSet; readonly at: number } | undefined;
  let lastAttempt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  const isUsable = (set: typeof kept): set is NonNullable<typeof kept> =>
    set !== undefined && clock() - set.at <= usableMs;

  /** One load serves all that wait for it; its failure is seen by what is kept, or is not. */
  const reload = (): Promise<void> => {
    if (loading !== undefined) return loading;
    if (clock() - lastAttempt < (isUsable(kept) ? pauseMs : retryMs)) return Promise.resolve();
    lastAttempt = clock();
    loading = load()
      .then((keySet) => {
        kept = { lookUp: createLocalJWKSet(keySet), at: clock() };
      })
      .catch(() => undefined)
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return {
    async find(hint) {
      if (!isUsable(kept)) await reload();
      // Its outcome is for the calls to come.
      else if (clock() - kept.at > freshMs) void reload();
      const first = kept;
      if (!isUsable(first)) throw new KeyLookupFailure('key-set-unavailable');
      try {
        return await lookUpKey(first.lookUp, hint);
      } catch (refusal) {
        await reload();
        const second = kept;
        // Nothing was loaded, because the pause is not over or the platform does not answer.
        if (!isUsable(second) || second === first) throw refusal;
        return lookUpKey(second.lookUp, hint);
      }
    },
    prepare: () => void reload(),
  };
}

/** For {@link loadedKeySource}: the key set of a file. */
export async function readKeySetFile(path: string): Promise<JSONWebKeySet> {
  const keySet = parseKeySet(JSON.parse(await readFile(path, 'utf8')));
  if (typeof keySet === 'string') throw new Error(`The file ${keySet}.`);
  return keySet;
}

/** A key of one set. @throws KeyLookupFailure */
export async function lookUpKey(lookUp: LocalJWKSet, { alg, kid }: KeyHint): Promise<VerificationKey> {
  try {
    return await lookUp({ alg, ...(kid !== undefined && { kid }) });
  } catch (error) {
    // Two keys of one id are as good as none: which of them signs is for the platform to say.
    if (error instanceof errors.JOSEError) throw new KeyLookupFailure('key-unknown');
    // A key that names a curve or a form that cannot be imported.
    throw new KeyLookupFailure('key-set-unavailable');
  }
}
