import type { runtimeV1 } from '@deephealth/proto';
import type { CdsCode, CdsFeature, CdsService } from '../../cds/cds-binding.js';
import type { LooseJson } from '../../cds/loose-json.js';
import type { Resource } from '../../cds/suite-patient.js';

/** The value of a column with what it comes from. */
export interface Known {
  readonly value: number | string;
  readonly unit: string;
  readonly at?: string;
  readonly code?: CdsCode;
}
export type Feature = { readonly column: string } & (
  | { readonly known: Known }
  /** Why there is none, in words that hold no value. */
  | { readonly unusable: string; readonly missing: CdsFeature['missing'] }
);

/** What the reference looks at in an observation, or in a component of one. */
export interface Measured {
  readonly status: string;
  readonly at: string;
  readonly coding: readonly CdsCode[];
  readonly quantity?: {
    readonly value?: number;
    readonly system?: string;
    readonly code?: string;
    readonly unit?: string;
    readonly comparator?: string;
  };
  readonly concept?: { readonly coding?: readonly CdsCode[] };
}

class Unusable extends Error {}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365.25;
const UCUM = 'http://unitsofmeasure.org';
/** Factors to the units that the suite's model takes. */
const FACTORS: Readonly<Record<string, number>> = {
  'kPa>mm[Hg]': 7.500_616_827_041_697,
  'g/L>mg/dL': 100,
  'g/L>g/L': 1,
};
const USED = ['final', 'amended', 'corrected'];

/** From FHIR to the columns of a table. Each rule is a method, so that a mutant can leave one out. */
export class ReferenceFeatures {
  /** @param data resources by prefetch key; a key that is not there was not to be had */
  features({ features }: CdsService, data: ReadonlyMap<string, readonly Resource[]>, now: Date): Feature[] {
    return Object.entries(features).map(([column, feature]): Feature => {
      try {
        return { column, known: this.known(feature, data.get(feature.from) ?? [], now) };
      } catch (thrown) {
        if (!(thrown instanceof Unusable)) throw thrown;
        return { column, unusable: thrown.message, missing: feature.missing };
      }
    });
  }

  known(feature: CdsFeature, resources: readonly Resource[], now: Date): Known {
    if (feature.fhirPath !== undefined) return this.ofPath(feature, resources, now);
    const candidates = resources
      .flatMap((resource) => this.measured(resource))
      .filter(({ coding }) => coding.some((one) => this.isCode(one, feature)))
      .filter(({ status }) => this.isUsed(status));
    const measured = this.latest(candidates);
    if (measured === undefined) throw new Unusable('There is no value.');
    if (this.isStale(measured, feature, now)) throw new Unusable('The value is too old.');
    const [code] = feature.codes ?? [];
    const at = { at: measured.at, ...(code !== undefined && { code }) };
    if (feature.categories !== undefined) {
      return { value: this.category(measured.concept?.coding ?? [], feature.categories), unit: '', ...at };
    }
    const value = this.inUnit(measured, feature);
    if (!this.isPossible(value, feature)) throw new Unusable('The value is not possible.');
    return { value, unit: feature.unit ?? '', ...at };
  }

  /** `Patient.<field>` is all that the suite's bindings ask for. */
  ofPath(
    { fhirPath = '', isAge, categories, unit = '' }: CdsFeature,
    resources: readonly Resource[],
    now: Date,
  ): Known {
    const [resource] = resources;
    const found = resource?.[fhirPath.split('.').at(-1) as string];
    if (typeof found !== 'string') throw new Unusable('There is no value.');
    if (isAge) return { value: this.age(new Date(found), now), unit };
    return { value: this.category([{ system: '', code: found }], categories ?? {}), unit: '' };
  }

  age(born: Date, now: Date): number {
    return Math.floor((now.getTime() - born.getTime()) / DAY_MS / YEAR_DAYS);
  }

  /** An observation, and each of its components by itself. */
  measured(resource: Resource): Measured[] {
    const { status, effectiveDateTime, component = [], ...rest } = resource as LooseJson;
    return [rest, ...component].map((one) => ({
      status,
      at: effectiveDateTime,
      coding: one.code?.coding ?? [],
      quantity: one.valueQuantity,
      concept: one.valueCodeableConcept,
    }));
  }

  isCode({ system, code }: CdsCode, { codes = [] }: CdsFeature): boolean {
    return codes.some((one) => one.system === system && one.code === code);
  }

  isUsed(status: string): boolean {
    return USED.includes(status);
  }

  /** Throws Unusable where two of the same time say different things. */
  latest(candidates: readonly Measured[]): Measured | undefined {
    const sorted = [...candidates].sort((a, b) => b.at.localeCompare(a.at));
    const [first] = sorted;
    const isSame = (one: Measured) => JSON.stringify(one.quantity) === JSON.stringify(first?.quantity);
    if (sorted.some((one) => one.at === first?.at && !isSame(one))) {
      throw new Unusable('Two values of one time differ.');
    }
    return first;
  }

  isStale({ at }: Measured, { maximumAgeDays = Number.POSITIVE_INFINITY }: CdsFeature, now: Date): boolean {
    return now.getTime() - new Date(at).getTime() > maximumAgeDays * DAY_MS;
  }

  inUnit({ quantity }: Measured, feature: CdsFeature): number {
    const { value, system, code, comparator } = quantity ?? {};
    if (typeof value !== 'number') throw new Unusable('There is no value.');
    if (this.isVague(comparator)) throw new Unusable('The value is only known to lie beyond another.');
    if (system !== UCUM || code === undefined) throw new Unusable('The unit is not known.');
    return this.convert(value, code, feature);
  }

  isVague(comparator: string | undefined): boolean {
    return comparator !== undefined;
  }

  convert(value: number, code: string, { unit = '', molarMass }: CdsFeature): number {
    if (code === unit) return value;
    const factor = FACTORS[`${code}>${unit}`] ?? this.byMolarMass(code, unit, molarMass);
    if (factor === undefined) throw new Unusable('The unit cannot be converted.');
    return value * factor;
  }

  /** From mmol/L to mg/dL: g/mol is mg/mmol, and a litre has ten decilitres. */
  byMolarMass(code: string, unit: string, molarMass: number | undefined): number | undefined {
    return code === 'mmol/L' && unit === 'mg/dL' && molarMass !== undefined ? molarMass / 10 : undefined;
  }

  isPossible(value: number, { range }: CdsFeature): boolean {
    return range === undefined || (value >= range[0] && value <= range[1]);
  }

  category(coding: readonly CdsCode[], categories: Readonly<Record<string, string>>): string {
    const found = coding
      .map(({ system, code }) => categories[system === '' ? code : `${system}|${code}`])
      .find((one) => one !== undefined);
    if (found === undefined) throw new Unusable('The category is not one that the model knows.');
    return found;
  }

  table(features: readonly Feature[]): runtimeV1.TableValue[] {
    return features.map((feature): runtimeV1.TableValue => {
      const { column: name } = feature;
      if (!('known' in feature)) return this.unknown(name);
      const { value, unit, code } = feature.known;
      const coded = code === undefined ? {} : { code };
      return typeof value === 'number' ? { name, number: value, unit, ...coded } : { name, category: value, ...coded };
    });
  }

  unknown(name: string): runtimeV1.TableValue {
    return { name, missing: 'MISSING_REASON_UNKNOWN' };
  }
}
