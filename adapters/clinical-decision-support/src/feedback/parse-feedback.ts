import type { CodeReference } from '../bindings/cds-hooks-binding.js';
import { invalid, isObject } from '../service/parse-body.js';

/** What a clinician did with one card. */
export interface Feedback {
  readonly card: string;
  readonly outcome: 'accepted' | 'overridden';
  /** Ids of suggestions; empty if the card was overridden. */
  readonly acceptedSuggestions: readonly string[];
  readonly overrideReason?: { readonly coding?: CodeReference; readonly hasComment: boolean };
  /** RFC 3339, as sent. */
  readonly at: string;
}

/** No platform reports so much at once. */
const MAX_ITEMS = 1_000;
const INSTANT = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * The body of a feedback call (CDS Hooks 2.0.1, Feedback). A comment is the clinician's own text and may tell of
 * the patient: only that there was one is read. Throws DH_CDS_REQUEST_INVALID.
 */
export function parseFeedback(body: Readonly<Record<string, unknown>>): Feedback[] {
  const items = body.feedback;
  if (!Array.isArray(items) || items.length === 0) {
    throw invalid('"feedback" must be a list, and not empty.', 'feedback');
  }
  if (items.length > MAX_ITEMS) throw invalid(`"feedback" holds more than ${MAX_ITEMS} entries.`, 'feedback');
  return items.map((item, index) => parseItem(item, `feedback[${index}]`));
}

function parseItem(item: unknown, place: string): Feedback {
  if (!isObject(item)) throw invalid(`"${place}" must be an object.`, place);
  const { card, outcome, outcomeTimestamp } = item;
  if (typeof card !== 'string' || card === '' || card.length > 128) {
    throw invalid(`"${place}.card" must be the uuid of a card.`, `${place}.card`);
  }
  if (outcome !== 'accepted' && outcome !== 'overridden') {
    throw invalid(`"${place}.outcome" must be "accepted" or "overridden".`, `${place}.outcome`);
  }
  if (
    typeof outcomeTimestamp !== 'string' ||
    !INSTANT.test(outcomeTimestamp) ||
    Number.isNaN(Date.parse(outcomeTimestamp))
  ) {
    throw invalid(`"${place}.outcomeTimestamp" must be a time of RFC 3339.`, `${place}.outcomeTimestamp`);
  }
  const reason = overrideReason(item.overrideReason, `${place}.overrideReason`);
  return {
    card,
    outcome,
    acceptedSuggestions: outcome === 'accepted' ? suggestions(item.acceptedSuggestions, place) : [],
    ...(reason === undefined ? {} : { overrideReason: reason }),
    at: outcomeTimestamp,
  };
}

function suggestions(value: unknown, place: string): string[] {
  const field = `${place}.acceptedSuggestions`;
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_ITEMS;
  if (!isList || !value.every((one) => isObject(one) && typeof one.id === 'string' && one.id !== '')) {
    throw invalid(`"${field}" must be a list of {"id"}, and not empty, where a card was accepted.`, field);
  }
  return value.map((one) => one.id as string);
}

function overrideReason(value: unknown, place: string): Feedback['overrideReason'] {
  if (value === undefined) return undefined;
  if (!isObject(value)) throw invalid(`"${place}" must be an object.`, place);
  const { reason, userComment } = value;
  if (userComment !== undefined && typeof userComment !== 'string') {
    throw invalid(`"${place}.userComment" must be a text.`, `${place}.userComment`);
  }
  if (reason !== undefined && (!isObject(reason) || typeof reason.code !== 'string')) {
    throw invalid(`"${place}.reason" must be a coding.`, `${place}.reason`);
  }
  const coding = isObject(reason)
    ? { coding: { system: typeof reason.system === 'string' ? reason.system : '', code: reason.code as string } }
    : {};
  return { ...coding, hasComment: typeof userComment === 'string' && userComment !== '' };
}
