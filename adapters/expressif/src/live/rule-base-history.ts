import { DeepHealthError } from '@deephealth/sdk';
import type { KnowledgeBase } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import type { ResolvedChange } from './rule-change.js';

/** How a version of a rule base came to be. */
export type RuleBaseVersion = {
  /** The first is 1. */
  readonly version: number;
  readonly digest: string;
  /** Milliseconds of the clock that the rule base was given; absent without one. */
  readonly at?: number;
  readonly author?: string;
  readonly reason?: string;
  /** What the edit changed; empty in the first version and in one that goes back. */
  readonly changes: readonly ResolvedChange[];
  /** The version that this one goes back to. */
  readonly revertOf?: number;
};

/** The last versions of a rule base with what they were. */
export class RuleBaseHistory {
  readonly #kept: { readonly entry: RuleBaseVersion; readonly knowledgeBase: KnowledgeBase }[] = [];

  /**
   * @param limit how many versions are kept, the current one included
   * @throws DH_RULES_INCONSISTENT unless it is 1 or more
   */
  constructor(private readonly limit: number) {
    if (!(limit >= 1)) throw inconsistent('A history keeps at least the current version');
  }

  push(entry: RuleBaseVersion, knowledgeBase: KnowledgeBase): void {
    this.#kept.push({ entry: Object.freeze(entry), knowledgeBase });
    if (this.#kept.length > this.limit) this.#kept.shift();
  }

  /** Newest first. */
  entries(limit: number): RuleBaseVersion[] {
    return this.#kept
      .slice(Math.max(0, this.#kept.length - limit))
      .reverse()
      .map(({ entry }) => entry);
  }

  /** @throws DH_RULES_VERSION_CONFLICT where the version is not kept */
  knowledgeBaseOf(version: number): KnowledgeBase {
    const kept = this.#kept.find(({ entry }) => entry.version === version);
    if (kept !== undefined) return kept.knowledgeBase;
    const oldest = this.#kept[0]?.entry.version ?? 0;
    const newest = this.#kept.at(-1)?.entry.version ?? 0;
    throw new DeepHealthError('DH_RULES_VERSION_CONFLICT', `Versions ${oldest} to ${newest} are kept.`, {
      details: { oldest: String(oldest), current: String(newest) },
    });
  }
}
