import type { FeatureBinding, ServiceBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest, Feature, Gathered } from '../bindings/cds-request.js';
import { type Evidence, evidenceFor, evidenceInContext } from './evidence.js';
import { atTheEnd, recentOnes } from './newest.js';
import { type Reading, readValue, type Value, type Why } from './read-value.js';
import { CONTEXT, resourcesOf } from './resources-of.js';
import { unusableFeature } from './unusable-feature.js';

/** Values that two units of the same measurement give differ by rounding, never by more. */
const SAME_VALUE = 1e-9;

/**
 * The columns of a service from what was gathered: one feature for each, in the order of the binding. A value
 * that cannot be used is never replaced here, and an older one never stands in for it: the reader of the row
 * would take it for the newest. Messages name column, codes and prefetch key, and no value.
 */
export function toFeatures(
  service: ServiceBinding,
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
  now: Date,
): Feature[] {
  return Object.entries(service.features ?? {}).map(([column, feature]) => {
    const outcome = outcomeOf(feature, gathered, request, now);
    return 'why' in outcome
      ? unusableFeature(column, feature, outcome.why, outcome.says)
      : usable(column, feature, outcome);
  });
}

type Refusal = Extract<Reading, { why: Why }>;
type Reached = Exclude<Reading, Refusal>;

function outcomeOf(
  feature: FeatureBinding,
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
  now: Date,
): Reading {
  const resources = resourcesOf(feature.from, gathered, request);
  if (resources === undefined) return { why: 'absent', says: 'was neither sent nor could it be read' };
  const all =
    feature.from === CONTEXT && feature.fhirPath !== undefined
      ? evidenceInContext(feature.fhirPath, request.context)
      : evidenceFor(feature, resources);
  const there = all.filter(({ raw, flaw }) => (raw !== undefined && raw !== null) || flaw !== undefined);
  if (there.length === 0) return { why: 'absent', says: 'is not there' };
  const recent = recentOnes(there, feature.maximumAgeDays, now);
  return 'why' in recent ? recent : aggregate(feature, recent, now);
}

function aggregate(feature: FeatureBinding, recent: readonly Evidence[], now: Date): Reading {
  const how = feature.aggregate ?? 'latest';
  if (how === 'latest' || how === 'earliest') return only(feature, atTheEnd(recent, how), now);
  const readings = recent.map((one) => readValue(feature, one, now));
  const refused = readings.find((reading): reading is Refusal => 'why' in reading);
  if (refused !== undefined) return refused;
  const reached = readings as Reached[];
  const [first, ...rest] = reached as [Reached, ...Reached[]];
  if (how === 'mean') {
    const sum = reached.reduce((total, { value }) => total + (value as number), 0);
    return { value: sum / reached.length, evidence: meanOf(reached) };
  }
  const isFurther = (one: Reached, other: Reached) =>
    how === 'minimum' ? one.value < other.value : one.value > other.value;
  return rest.reduce((best, one) => (isFurther(one, best) ? one : best), first);
}

/** What all of these say, if they say the same. */
function only(feature: FeatureBinding, evidence: readonly Evidence[], now: Date): Reading {
  const readings = evidence.map((one) => readValue(feature, one, now));
  const refused = readings.find((reading) => 'why' in reading);
  if (refused !== undefined) return refused;
  const [first, ...others] = readings as [Reached, ...Reached[]];
  return others.every(({ value }) => isSame(first.value, value))
    ? first
    : { why: 'ambiguous', says: 'differs between entries of the same time' };
}

function isSame(left: Value, right: Value): boolean {
  if (typeof left !== 'number' || typeof right !== 'number') return left === right;
  return Math.abs(left - right) <= SAME_VALUE * Math.max(Math.abs(left), Math.abs(right));
}

/** A mean is of the time of its latest value, and of no single resource unless there is only one. */
function meanOf(reached: readonly Reached[]): Evidence {
  const dated = reached.map(({ evidence }) => evidence).sort((a, b) => (b.span?.toMs ?? 0) - (a.span?.toMs ?? 0));
  const { reference, ...latest } = dated[0] as Evidence;
  return { ...latest, ...(reached.length === 1 && reference !== undefined ? { reference } : {}) };
}

function usable(column: string, feature: FeatureBinding, { value, evidence }: Reached): Feature {
  const { isAbove } = feature;
  const isNumber = isAbove === undefined && typeof value === 'number';
  return {
    kind: 'value',
    column,
    value: isAbove === undefined ? value : (value as number) > isAbove,
    ...(isNumber && feature.unit !== undefined ? { unit: feature.unit } : {}),
    ...(evidence.at === undefined ? {} : { at: evidence.at }),
    ...(evidence.code === undefined ? {} : { code: evidence.code }),
    ...(evidence.reference === undefined ? {} : { reference: evidence.reference }),
  };
}
