/** Which versions of a model serve. */
export type VersionPolicy =
  | 'all'
  /** The newest ones that pass verification. */
  | { readonly latest: number }
  | { readonly specific: readonly string[] };

interface Candidate {
  readonly version: string;
  readonly state: string;
}

/** Versions that may be loaded under a policy, newest first, from all versions, newest first. */
export function eligible<T extends Candidate>(versions: readonly T[], policy: VersionPolicy): readonly T[] {
  return typeof policy === 'object' && 'specific' in policy
    ? versions.filter(({ version }) => policy.specific.includes(version))
    : versions;
}

/** READY versions that serve no longer, now that newer ones do. */
export function superseded<T extends Candidate>(versions: readonly T[], policy: VersionPolicy): readonly T[] {
  const ready = versions.filter(({ state }) => state === 'READY');
  if (policy === 'all') return [];
  if ('latest' in policy) return ready.slice(policy.latest);
  return ready.filter(({ version }) => !policy.specific.includes(version));
}
