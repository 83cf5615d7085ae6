import { randomUUID } from 'node:crypto';
import { CODES, SNOMED } from './cds-models.js';

/** FHIR as JSON: the suite says only what its services look at. */
export type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string };

/** An observation in short. */
export interface ObservationSpec {
  /** Name in CODES, or a code of LOINC. */
  readonly code: string;
  readonly value?: number;
  /** Code of SNOMED instead of a number. */
  readonly coded?: string;
  /** UCUM code; null: no code, only the text. */
  readonly unit?: string | null;
  /** Text of the unit; default its code. */
  readonly unitText?: string;
  readonly comparator?: '<' | '>';
  /** Code of data-absent-reason instead of a value. */
  readonly absent?: string;
  /** Default 2. */
  readonly daysAgo?: number;
  /** Default final. */
  readonly status?: string;
  /** The value is a component of the blood pressure panel. */
  readonly inPanel?: boolean;
  /** About somebody else. */
  readonly ofAnother?: boolean;
  /** Text that comes with the code. */
  readonly display?: string;
}

/** A patient in short; what is absent is as of {@link RIGHT_PATIENT}. */
export interface PatientSpec {
  readonly ageYears?: number;
  readonly gender?: string;
  readonly isBirthDateKnown?: boolean;
  readonly vitals?: readonly ObservationSpec[];
  readonly labs?: readonly ObservationSpec[];
  readonly social?: readonly ObservationSpec[];
}

export const RIGHT_PATIENT = {
  ageYears: 64,
  gender: 'male',
  vitals: [{ code: 'systolic', value: 150, unit: 'mm[Hg]' }],
  labs: [
    { code: 'cholesterol', value: 240, unit: 'mg/dL' },
    { code: 'glucose', value: 6, unit: 'mmol/L' },
  ],
  social: [{ code: 'smoking', coded: '266919005' }],
} as const satisfies PatientSpec;

/** The table that the runtime is to be asked with for {@link RIGHT_PATIENT}. */
export const RIGHT_TABLE: Readonly<Record<string, number | string | null>> = {
  age: 64,
  sex: 'male',
  systolic: 150,
  cholesterol: 240,
  glucose: 6,
  smoking: 'never',
};

/** Prefetch keys that are searches, with the category that they ask for. */
export const CATEGORIES = { vitals: 'vital-signs', labs: 'laboratory', social: 'social-history' } as const;
export type SearchKey = keyof typeof CATEGORIES;

/** A patient whom nobody else knows, with everything that FHIR says of them. */
export interface SuitePatient {
  readonly id: string;
  readonly patient: Resource;
  readonly observations: Readonly<Record<SearchKey, readonly Resource[]>>;
}

const DAY_MS = 86_400_000;
const UCUM = 'http://unitsofmeasure.org';
/** After the birthday in every time zone, and too little to change an age that is given in parts of years. */
const DAYS_AFTER_BIRTHDAY = 2;

/** @param id default one that nobody else has */
export function makePatient(spec: PatientSpec = {}, id = `p-${randomUUID()}`): SuitePatient {
  const { ageYears, gender, isBirthDateKnown = true, vitals, labs, social } = { ...RIGHT_PATIENT, ...spec };
  const now = new Date();
  const born = new Date(now.getTime() - DAYS_AFTER_BIRTHDAY * DAY_MS);
  born.setUTCFullYear(born.getUTCFullYear() - ageYears);
  const of = (specs: readonly ObservationSpec[], category: string) =>
    specs.map((one) => observation(one, category, one.ofAnother ? `p-${randomUUID()}` : id, now));
  return {
    id,
    patient: {
      resourceType: 'Patient',
      id,
      name: [{ family: `Family-${id}`, given: ['Given'] }],
      gender,
      ...(isBirthDateKnown && { birthDate: born.toISOString().slice(0, 10) }),
    },
    observations: {
      vitals: of(vitals, CATEGORIES.vitals),
      labs: of(labs, CATEGORIES.labs),
      social: of(social, CATEGORIES.social),
    },
  };
}

export function bundleOf(resources: readonly Resource[], next?: string): Resource {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next !== undefined && { link: [{ relation: 'next', url: next }] }),
    // FHIR has no empty lists.
    ...(resources.length > 0 && {
      entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
    }),
  };
}

export function operationOutcome(diagnostics: string): Resource {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'processing', diagnostics }] };
}

function observation(spec: ObservationSpec, category: string, patientId: string, now: Date): Resource {
  const { code, status = 'final', daysAgo = 2, inPanel = false, display } = spec;
  const known = (CODES as Readonly<Record<string, (typeof CODES)[keyof typeof CODES]>>)[code];
  const coding = { ...(known ?? { system: CODES.systolic.system, code, display: 'Made for tests' }) };
  const measured = {
    code: { coding: [{ ...coding, ...(display !== undefined && { display }) }] },
    ...measuredValue(spec),
  };
  return {
    resourceType: 'Observation',
    id: `o-${randomUUID()}`,
    status,
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }] }],
    subject: { reference: `Patient/${patientId}` },
    effectiveDateTime: new Date(now.getTime() - daysAgo * DAY_MS).toISOString(),
    ...(inPanel ? { code: { coding: [CODES.panel] }, component: [measured] } : measured),
  };
}

function measuredValue({ value, coded, unit, unitText, comparator, absent }: ObservationSpec): object {
  if (absent !== undefined) {
    const system = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
    return { dataAbsentReason: { coding: [{ system, code: absent }] } };
  }
  if (coded !== undefined) return { valueCodeableConcept: { coding: [{ system: SNOMED, code: coded }] } };
  const text = unitText ?? unit ?? undefined;
  return {
    valueQuantity: {
      value,
      ...(comparator !== undefined && { comparator }),
      ...(text !== undefined && { unit: text }),
      ...(unit !== undefined && unit !== null && { system: UCUM, code: unit }),
    },
  };
}
