import { routeSequence, type SequencedVersion } from '../sequences/route-sequence.js';
import type { SequenceContext } from '../sequences/sequence-table.js';
import type { RequestMark } from './choose-version.js';

/** The version that answers a request. */
export interface RoutedRequest<V> {
  readonly model: V;
  /** True if a rollout chose it, and neither the caller nor the default. */
  readonly byRollout: boolean;
}

interface Versions<V> {
  versions(name: string): readonly V[];
  find(name: string, version: string): V;
  /** The version that answers a request which names none. */
  choose?(name: string, mark: RequestMark): RoutedRequest<V>;
  /** True for the version that a rollout gives a share of the requests. */
  isCandidate?(name: string, version: string): boolean;
}

/** Routes a request: an open sequence stays on its version, a named version is kept, a rollout chooses, else the default. */
export function routeRequest<V extends SequencedVersion>(
  store: Versions<V>,
  name: string,
  version: string,
  sequence: SequenceContext | undefined,
  { id, tenant }: RequestMark,
): RoutedRequest<V> {
  const begunOn = sequence && routeSequence(store.versions(name), version, sequence);
  if (begunOn !== undefined) {
    const byRollout = version === '' && store.isCandidate?.(name, begunOn.version) === true;
    return { model: begunOn, byRollout };
  }
  const chosen = version === '' ? store.choose?.(name, { id: sequence?.id || id, tenant }) : undefined;
  return chosen ?? { model: store.find(name, version), byRollout: false };
}
