import type { FeatureBinding } from '../bindings/cds-hooks-binding.js';
import type { Feature } from '../bindings/cds-request.js';
import { codingsOf, type Evidence } from './evidence.js';
import { ageInYears } from './time-span.js';
import { convertUnit, isUcumUnit, UCUM } from './ucum-units.js';

export type Value = number | string | boolean;
export type Why = Extract<Feature, { kind: 'unusable' }>['why'];

/** A value as the model takes it, before thresholds; or why there is none, as the end of a sentence. */
export type Reading =
  | { readonly value: Value; readonly evidence: Evidence }
  | { readonly why: Why; readonly says: string };

type Loose = Readonly<Record<string, unknown>>;

/** What one piece of evidence says, in the unit or category of the model. */
export function readValue(feature: FeatureBinding, evidence: Evidence, now: Date): Reading {
  if (evidence.flaw !== undefined) return { why: 'ambiguous', says: evidence.flaw };
  if (feature.isAge === true) return inRange(feature, evidence, ageOf(evidence, now));
  if (feature.unit !== undefined) return inRange(feature, evidence, numberOf(feature, evidence));
  if (feature.categories !== undefined) return categoryOf(feature.categories, evidence);
  const isBoolean = typeof evidence.raw === 'boolean';
  return isBoolean
    ? { value: evidence.raw as boolean, evidence }
    : { why: 'category-unknown', says: 'is neither true nor false' };
}

function ageOf(evidence: Evidence, now: Date): Reading {
  const value = ageInYears(evidence.raw, now);
  return value === undefined
    ? { why: 'ambiguous', says: 'does not come from a birth date that tells the age in years' }
    : { value, evidence };
}

function numberOf(feature: FeatureBinding, evidence: Evidence): Reading {
  const { raw } = evidence;
  const wanted = feature.unit ?? '1';
  // A number by itself is a count or a ratio: nothing says that it is in any other unit.
  const isBare = typeof raw === 'number' && wanted === '1';
  const quantity = (isBare ? { value: raw, system: UCUM, code: '1' } : raw) as Loose;
  if (typeof quantity !== 'object' || typeof quantity.value !== 'number' || !Number.isFinite(quantity.value)) {
    return { why: 'unit-unknown', says: 'is not a quantity with a unit' };
  }
  if (quantity.comparator !== undefined) return { why: 'ambiguous', says: 'is only a bound (with < or >)' };
  const unit = unitOf(quantity);
  if (unit === undefined) return { why: 'unit-unknown', says: 'has no unit of UCUM' };
  const value = convertUnit(quantity.value, unit, wanted, feature.molarMass);
  return value === undefined
    ? { why: 'unit-inconvertible', says: `is in a unit that does not convert to ${wanted}` }
    : { value, evidence };
}

/** Unit of a quantity in UCUM. A text without a code counts if it is itself a unit of UCUM, letter for letter. */
export function unitOf({ system, code, unit }: Loose): string | undefined {
  if (system !== undefined && system !== UCUM) return undefined;
  const text = code ?? unit;
  return typeof text === 'string' && isUcumUnit(text) ? text : undefined;
}

function inRange(feature: FeatureBinding, evidence: Evidence, reading: Reading): Reading {
  if (!('value' in reading) || feature.range === undefined) return { ...reading };
  const [lowest, highest] = feature.range;
  const value = reading.value as number;
  return value >= lowest && value <= highest
    ? { value, evidence }
    : { why: 'out-of-range', says: `is outside of ${lowest} to ${highest} ${feature.unit ?? ''}`.trimEnd() };
}

/** Codes come before texts: a text counts only where no code of the value is known. */
function categoryOf(categories: NonNullable<FeatureBinding['categories']>, evidence: Evidence): Reading {
  const { raw } = evidence;
  const codings = codingsOf(raw);
  const known = (key: unknown) =>
    typeof key === 'string' && Object.hasOwn(categories, key) ? [categories[key] as string | boolean] : [];
  const found = new Set(codings.flatMap(({ system, code }) => known(`${system}|${code}`)));
  if (found.size === 0) {
    const text = typeof raw === 'object' && raw !== null ? (raw as Loose).text : raw;
    for (const category of known(typeof text === 'boolean' ? String(text) : text)) found.add(category);
  }
  const [value, ...others] = found;
  if (value === undefined) return { why: 'category-unknown', says: 'is none of the codes that the model knows' };
  if (others.length > 0) return { why: 'ambiguous', says: 'has codes of several categories' };
  return { value, evidence };
}
