import { DeepHealthError } from '@deephealth/sdk';
import { type CompiledRuleBase, compileRuleBase, type EngineOptions } from '../engine/compile-rule-base.js';
import type { Engine } from '../engine/create-engine.js';
import type { Evaluation } from '../engine/evaluation.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import type { InputValues } from '../engine/input-value.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { applyEdit } from './apply-edit.js';
import { knowledgeBaseDigest } from './canonical-form.js';
import { frozenCopy } from './frozen-copy.js';
import { OrderedListeners, warnOfListener } from './ordered-listeners.js';
import { replayRecord } from './replay-record.js';
import { RuleBaseHistory, type RuleBaseVersion } from './rule-base-history.js';
import type { RuleChange } from './rule-change.js';
import { type JournalRecord, openRuleJournal, type RuleJournal } from './rule-journal.js';

/** A rule base at one version. It never changes: who holds it evaluates by the same rules from begin to end. */
export type RuleBaseSnapshot = {
  /** 1 for the rule base as it was given; each edit makes the next. */
  readonly version: number;
  /** By {@link knowledgeBaseDigest}. */
  readonly digest: string;
  readonly knowledgeBase: KnowledgeBase;
  readonly compiled: CompiledRuleBase;
  readonly engine: Engine;
  /** As the engine's, and names the rules that it was by. */
  evaluate(values: InputValues, previous?: Evaluation): VersionedEvaluation;
};

export type VersionedEvaluation = Evaluation & {
  readonly ruleBase: { readonly version: number; readonly digest: string };
};

export type EditSettings = {
  /** The edit is refused where the rule base is at another version. */
  readonly ifVersion?: number;
  /** Up to 1,000 characters each, for the history. */
  readonly author?: string;
  readonly reason?: string;
};

export type LiveRuleBaseOptions = EngineOptions & {
  /** Dates the history, in milliseconds. Without one it is not dated. */
  readonly clock?: { now(): number };
  /**
   * How many versions can be gone back to, the current one included.
   *
   * @defaultValue 100
   */
  readonly historyLimit?: number;
  /** File that keeps the edits; it is begun where there is none. One program at a time writes it. */
  readonly journal?: string;
  /** Hears what a listener throws. @defaultValue a warning of the process */
  readonly onListenerError?: (error: unknown) => void;
};

/** A rule base whose rules are edited while it is in use. */
export type LiveRuleBase = {
  current(): RuleBaseSnapshot;
  /** By the rules of now. */
  evaluate(values: InputValues, previous?: Evaluation): VersionedEvaluation;
  /**
   * Makes all of the changes or none. When it returns, the edit is in the journal and the next evaluation is by it.
   *
   * @throws DH_RULES_MALFORMED or DH_RULES_INCONSISTENT naming the change at fault; DH_RULES_VERSION_CONFLICT;
   * DH_OUTPUT_NOT_WRITTEN where the journal cannot be written
   */
  edit(changes: readonly RuleChange[], settings?: EditSettings): RuleBaseSnapshot;
  /** Makes a new version with the rules of an earlier one. @throws DH_RULES_VERSION_CONFLICT if it is not kept */
  revert(version: number, settings?: EditSettings): RuleBaseSnapshot;
  /** The last versions, newest first. @param limit all that are kept where it is absent */
  history(limit?: number): readonly RuleBaseVersion[];
  /** Calls back after each edit, in order. @returns what ends it */
  onChange(listener: (snapshot: RuleBaseSnapshot) => void): () => void;
  /** Lets go of the journal; edits are refused from then on where there is one. */
  close(): void;
};

/**
 * Makes a rule base that can be edited. With a journal it begins where the journal ends.
 *
 * @throws DH_RULES_INCONSISTENT where the rule base cannot be evaluated; DH_RULES_JOURNAL_INVALID where the journal
 * does not lead from it to the digests that it states
 */
export function createLiveRuleBase(knowledgeBase: KnowledgeBase, options: LiveRuleBaseOptions = {}): LiveRuleBase {
  return new LiveRules(frozenCopy(knowledgeBase), options);
}

class LiveRules implements LiveRuleBase {
  readonly #options: LiveRuleBaseOptions;
  readonly #history: RuleBaseHistory;
  readonly #listeners: OrderedListeners<RuleBaseSnapshot>;
  readonly #journal: RuleJournal | undefined;
  #current: RuleBaseSnapshot;

  constructor(base: KnowledgeBase, options: LiveRuleBaseOptions) {
    this.#options = options;
    this.#history = new RuleBaseHistory(options.historyLimit ?? 100);
    this.#listeners = new OrderedListeners(options.onListenerError ?? warnOfListener);
    const digest = knowledgeBaseDigest(base);
    const compiled = compileRuleBase(base, options);
    this.#history.push({ version: 1, digest, changes: [] }, base);
    this.#current = toSnapshot(1, digest, compiled);
    if (options.journal === undefined) return;
    this.#journal = openRuleJournal(options.journal, digest);
    try {
      this.#replay(this.#journal.records);
    } catch (error) {
      this.#journal.close();
      throw error;
    }
  }

  current(): RuleBaseSnapshot {
    return this.#current;
  }

  evaluate(values: InputValues, previous?: Evaluation): VersionedEvaluation {
    return this.#current.evaluate(values, previous);
  }

  edit(changes: readonly RuleChange[], settings: EditSettings = {}): RuleBaseSnapshot {
    const about = this.#admit(settings);
    const version = this.#current.version + 1;
    const edited = applyEdit(this.#current.knowledgeBase, changes, version, this.#options);
    const digest = knowledgeBaseDigest(edited.knowledgeBase);
    return this.#commit({ version, digest, ...about, changes: edited.changes }, edited.compiled);
  }

  revert(target: number, settings: EditSettings = {}): RuleBaseSnapshot {
    const about = this.#admit(settings);
    const knowledgeBase = this.#history.knowledgeBaseOf(target);
    const version = this.#current.version + 1;
    const digest = knowledgeBaseDigest(knowledgeBase);
    const rules = knowledgeBase.ruleBlocks.map((block) => block.rules);
    const compiled = compileRuleBase(knowledgeBase, this.#options);
    return this.#commit({ version, digest, ...about, revertOf: target, rules }, compiled);
  }

  history(limit = Number.POSITIVE_INFINITY): readonly RuleBaseVersion[] {
    return this.#history.entries(limit);
  }

  onChange(listener: (snapshot: RuleBaseSnapshot) => void): () => void {
    return this.#listeners.add(listener);
  }

  close(): void {
    this.#journal?.close();
  }

  #admit({ ifVersion, author, reason }: EditSettings): Pick<RuleBaseVersion, 'at' | 'author' | 'reason'> {
    const { version } = this.#current;
    if (ifVersion !== undefined && ifVersion !== version) {
      throw new DeepHealthError(
        'DH_RULES_VERSION_CONFLICT',
        `The edit is for version ${ifVersion}, and the rule base is at version ${version}.`,
        { details: { expected: String(ifVersion), current: String(version) } },
      );
    }
    for (const [name, text] of Object.entries({ author, reason })) {
      if (text !== undefined && (typeof text !== 'string' || text.length > 1000)) {
        throw inconsistent(`The ${name} of an edit is a text of up to 1000 characters`);
      }
    }
    const at = this.#options.clock?.now();
    return {
      ...(at === undefined ? {} : { at }),
      ...(author === undefined ? {} : { author }),
      ...(reason === undefined ? {} : { reason }),
    };
  }

  /** Nothing is served that is not kept: the journal comes first. */
  #commit(record: JournalRecord, compiled: CompiledRuleBase): RuleBaseSnapshot {
    this.#journal?.append(record);
    this.#history.push(toEntry(record), compiled.knowledgeBase);
    const snapshot = toSnapshot(record.version, record.digest, compiled);
    this.#current = snapshot;
    this.#listeners.tell(snapshot);
    // What a listener has edited meanwhile is another edit's result.
    return snapshot;
  }

  #replay(records: readonly unknown[]): void {
    let { version, digest, knowledgeBase } = this.#current;
    for (const data of records) {
      const replayed = replayRecord(knowledgeBase, data, version + 1);
      ({ knowledgeBase } = replayed);
      ({ version, digest } = replayed.record);
      this.#history.push(toEntry(replayed.record), knowledgeBase);
    }
    if (records.length > 0) this.#current = toSnapshot(version, digest, compileRuleBase(knowledgeBase, this.#options));
  }
}

function toSnapshot(version: number, digest: string, compiled: CompiledRuleBase): RuleBaseSnapshot {
  const { knowledgeBase } = compiled;
  const evaluate: Engine['evaluate'] = (values, previous) => traceEvaluation(compiled, values, previous).evaluation;
  const ruleBase = Object.freeze({ version, digest });
  return Object.freeze({
    version,
    digest,
    knowledgeBase,
    compiled,
    engine: { knowledgeBase, evaluate },
    evaluate: (values: InputValues, previous?: Evaluation) => ({ ...evaluate(values, previous), ruleBase }),
  });
}

function toEntry({ version, digest, at, author, reason, ...rest }: JournalRecord): RuleBaseVersion {
  const { changes, revertOf } =
    'rules' in rest ? { changes: [], revertOf: rest.revertOf } : { ...rest, revertOf: undefined };
  return {
    version,
    digest,
    ...(at === undefined ? {} : { at }),
    ...(author === undefined ? {} : { author }),
    ...(reason === undefined ? {} : { reason }),
    changes,
    ...(revertOf === undefined ? {} : { revertOf }),
  };
}
