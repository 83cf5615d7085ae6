import type { ErrorCode } from '@deephealth/sdk';
import { type AppendLog, openAppendLog } from './append-log.js';
import type { Feedback } from './parse-feedback.js';

/**
 * What is kept of a call: which model answered what kind of thing to whom, never a value or an id of the
 * patient. Written before the card leaves.
 */
export interface InferenceRecord {
  readonly kind: 'inference';
  readonly requestId: string;
  /** Of the answer, ISO 8601. */
  readonly at: string;
  readonly service: string;
  readonly hook: string;
  /** As sent where it is a UUID, else its SHA-256: it is opaque, and might say something. */
  readonly hookInstance: string;
  /** Issuer, as the configuration writes it. */
  readonly client: string;
  readonly model: string;
  readonly version: string;
  readonly packageSha256: string;
  readonly onnxSha256?: string;
  /** Of the inputs, as the runtime computed it. */
  readonly inputSha256?: string;
  /** Of the finding. */
  readonly outputSha256?: string;
  readonly outcome: 'card' | 'no-card' | 'unusable' | 'abstained' | 'refused';
  readonly code?: ErrorCode;
  readonly isShadow?: boolean;
  /** Of a card that was to show the region behind its score: whether it does. */
  readonly region?: 'shown' | 'doubtful' | 'late' | 'failed';
  readonly cards: readonly {
    readonly uuid: string;
    readonly indicator: string;
    readonly suggestions: readonly string[];
  }[];
  readonly tookMs: number;
}

export interface FeedbackResult {
  /** Stored now. */
  readonly stored: number;
  /** Known from an earlier call. */
  readonly repeated: number;
  /** About cards that this service does not know, or gave to another client. */
  readonly unknown: number;
}

/** How a version of a model fares. */
export interface ModelStatistics {
  readonly model: string;
  readonly version: string;
  readonly calls: number;
  readonly cards: number;
  readonly accepted: number;
  readonly overridden: number;
  /** Of all cards with feedback, those that were accepted; absent without any. */
  readonly acceptance?: number;
  /** Times each override reason was given, by "system|code"; those that no service lists are "other". */
  readonly overrideReasons: Readonly<Record<string, number>>;
}

/** What somebody did with a card. It holds nothing of the patient: comments are not kept. */
export interface FeedbackEntry {
  /** Ascending in the order in which feedback came. */
  readonly number: number;
  /** As the platform says, ISO 8601. */
  readonly at: string;
  readonly service: string;
  readonly card: string;
  readonly model: string;
  readonly version: string;
  readonly outcome: Feedback['outcome'];
  /** "system|code" of a reason that the service lists, else "other". */
  readonly reason?: string;
}

interface KnownCard {
  readonly service: string;
  readonly client: string;
  readonly model: string;
  readonly version: string;
  readonly requestId: string;
  readonly suggestions: readonly string[];
  /** Keys of the feedback that was stored. */
  readonly stored: string[];
  latest?: { readonly at: number; readonly outcome: Feedback['outcome']; readonly reason?: string };
}

interface Counts {
  calls: number;
  cards: number;
  accepted: number;
  overridden: number;
  overrideReasons: Map<string, number>;
}

/** Feedback comes within hours; a card that so many others have followed is no longer joined. */
const MAX_KNOWN_CARDS = 200_000;

/** The latest entries that are kept to be shown. */
const MAX_SHOWN_FEEDBACK = 10_000;

export const RECORDS_FILE = 'inferences.ndjson';

/** Inference records and the feedback on their cards: one append-only file, joined in memory. */
export class InferenceRecords {
  readonly #cards = new Map<string, KnownCard>();
  readonly #counts = new Map<string, Counts>();
  readonly #shown: FeedbackEntry[] = [];
  #feedbackCount = 0;
  readonly #log: AppendLog;

  private constructor(log: AppendLog) {
    this.#log = log;
  }

  /** Opens `inferences.ndjson` of the folder, with what it holds. */
  static async open(folder: string): Promise<InferenceRecords> {
    let records: InferenceRecords | undefined;
    const restore = (entry: Record<string, unknown>, self: AppendLog) => {
      records ??= new InferenceRecords(self);
      if (entry.kind === 'inference') records.#take(entry as unknown as InferenceRecord);
      if (entry.kind === 'feedback') records.#join(entry as unknown as StoredFeedback);
    };
    const log = await openAppendLog(folder, RECORDS_FILE, restore, { isChained: true });
    return records ?? new InferenceRecords(log);
  }

  /** The first line of the file that was changed since it was written, or that follows one that was taken out. */
  get brokenAtLine(): number | undefined {
    return this.#log.brokenAtLine;
  }

  /** Resolves once the record is on the disk. */
  async record(record: InferenceRecord): Promise<void> {
    await this.#log.append(record);
    this.#take(record);
  }

  /**
   * Stores feedback of a client on cards of a service; what came before is not counted again. Resolves once it
   * is on the disk.
   */
  async feedback(
    service: string,
    client: string,
    items: readonly Feedback[],
    knownReasons: ReadonlySet<string>,
    now: Date,
  ): Promise<FeedbackResult> {
    let repeated = 0;
    let unknown = 0;
    const fresh: StoredFeedback[] = [];
    for (const item of items) {
      const card = this.#cards.get(item.card);
      if (card === undefined || card.service !== service || card.client !== client) {
        unknown += 1;
        continue;
      }
      const entry = stored(item, card, knownReasons, now);
      // Taken at once, so that the same entry twice in one call, or in two at a time, is one.
      if (card.stored.includes(keyOf(entry))) repeated += 1;
      else {
        card.stored.push(keyOf(entry));
        fresh.push(entry);
      }
    }
    try {
      await Promise.all(fresh.map((entry) => this.#log.append(entry)));
    } catch (error) {
      // Not stored, so that the client's next try is.
      for (const entry of fresh) {
        const keys = this.#cards.get(entry.card)?.stored;
        keys?.splice(keys.indexOf(keyOf(entry)), 1);
      }
      throw error;
    }
    for (const entry of fresh) this.#join(entry);
    return { stored: fresh.length, repeated, unknown };
  }

  /** The latest feedback, newest first: entries below a number, as many as wanted, for which `isShown` holds. */
  latestFeedback(
    before: number,
    limit: number,
    isShown: (entry: FeedbackEntry) => boolean = () => true,
  ): FeedbackEntry[] {
    const entries: FeedbackEntry[] = [];
    for (let index = this.#shown.length - 1; index >= 0 && entries.length < limit; index--) {
      const entry = this.#shown[index] as FeedbackEntry;
      if (entry.number < before && isShown(entry)) entries.push(entry);
    }
    return entries;
  }

  statistics(): ModelStatistics[] {
    return [...this.#counts].map(([place, { calls, cards, accepted, overridden, overrideReasons }]) => {
      const [model = '', version = ''] = place.split('/');
      const answered = accepted + overridden;
      return {
        model,
        version,
        calls,
        cards,
        accepted,
        overridden,
        ...(answered === 0 ? {} : { acceptance: accepted / answered }),
        overrideReasons: Object.fromEntries(overrideReasons),
      };
    });
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  #take(record: InferenceRecord): void {
    const counts = this.#countsOf(record.model, record.version);
    counts.calls += 1;
    if (record.isShadow === true) return;
    counts.cards += record.cards.length;
    for (const { uuid, suggestions } of record.cards) {
      const { service, client, model, version, requestId } = record;
      this.#cards.set(uuid, { service, client, model, version, requestId, suggestions, stored: [] });
    }
    for (const uuid of this.#cards.keys()) {
      if (this.#cards.size <= MAX_KNOWN_CARDS) break;
      this.#cards.delete(uuid);
    }
  }

  #show({ at, service, card, model, version, outcome, reason }: StoredFeedback): void {
    this.#feedbackCount += 1;
    const about = { number: this.#feedbackCount, at, service, card, model, version, outcome };
    this.#shown.push({ ...about, ...(reason !== undefined && { reason }) });
    if (this.#shown.length > 2 * MAX_SHOWN_FEEDBACK) this.#shown.splice(0, MAX_SHOWN_FEEDBACK);
  }

  /** The latest word on a card counts. */
  #join(entry: StoredFeedback): void {
    this.#show(entry);
    const card = this.#cards.get(entry.card);
    if (card === undefined) return;
    if (!card.stored.includes(keyOf(entry))) card.stored.push(keyOf(entry));
    const at = Date.parse(entry.at);
    if (card.latest !== undefined && card.latest.at > at) return;
    const counts = this.#countsOf(card.model, card.version);
    if (card.latest !== undefined) add(counts, card.latest.outcome, card.latest.reason, -1);
    card.latest = { at, outcome: entry.outcome, ...(entry.reason === undefined ? {} : { reason: entry.reason }) };
    add(counts, entry.outcome, entry.reason, 1);
  }

  #countsOf(model: string, version: string): Counts {
    const place = `${model}/${version}`;
    const known = this.#counts.get(place);
    if (known !== undefined) return known;
    const counts: Counts = { calls: 0, cards: 0, accepted: 0, overridden: 0, overrideReasons: new Map() };
    this.#counts.set(place, counts);
    return counts;
  }
}

interface StoredFeedback {
  readonly kind: 'feedback';
  readonly card: string;
  readonly requestId: string;
  readonly service: string;
  readonly model: string;
  readonly version: string;
  readonly outcome: Feedback['outcome'];
  /** Places of the accepted suggestions on the card; -1 for one that was not on it. */
  readonly suggestions: readonly number[];
  /** "system|code" of a reason that the service lists, else "other". */
  readonly reason?: string;
  readonly hasComment?: boolean;
  readonly at: string;
  readonly receivedAt: string;
}

function stored(item: Feedback, card: KnownCard, knownReasons: ReadonlySet<string>, now: Date): StoredFeedback {
  const { coding, hasComment } = item.overrideReason ?? {};
  const named = coding === undefined ? undefined : `${coding.system}|${coding.code}`;
  const reason = named === undefined || knownReasons.has(named) ? named : 'other';
  return {
    kind: 'feedback',
    card: item.card,
    requestId: card.requestId,
    service: card.service,
    model: card.model,
    version: card.version,
    outcome: item.outcome,
    suggestions: item.acceptedSuggestions.map((id) => card.suggestions.indexOf(id)),
    ...(reason === undefined ? {} : { reason }),
    ...(hasComment === true ? { hasComment } : {}),
    at: new Date(item.at).toISOString(),
    receivedAt: now.toISOString(),
  };
}

function keyOf({ outcome, suggestions, reason, at }: StoredFeedback): string {
  return JSON.stringify([outcome, suggestions, reason ?? '', at]);
}

function add(counts: Counts, outcome: Feedback['outcome'], reason: string | undefined, by: number): void {
  counts[outcome] += by;
  if (reason === undefined) return;
  const times = (counts.overrideReasons.get(reason) ?? 0) + by;
  if (times === 0) counts.overrideReasons.delete(reason);
  else counts.overrideReasons.set(reason, times);
}
