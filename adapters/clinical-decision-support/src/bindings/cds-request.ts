import type { FhirResource } from 'fhir/r4.js';

/** A call of a CDS service, after its form was checked. */
export interface CdsRequest {
  readonly hook: string;
  readonly hookInstance: string;
  readonly context: Readonly<Record<string, unknown>> & { readonly patientId: string };
  readonly fhirServer?: string;
  readonly fhirAuthorization?: FhirAuthorization;
  /** As sent: a key that is absent was not supplied, null says that there is no data. */
  readonly prefetch: Readonly<Record<string, FhirResource | null>>;
}

export interface FhirAuthorization {
  readonly accessToken: string;
  readonly expiresInS: number;
  readonly scope: string;
  readonly subject: string;
  readonly patient?: string;
}

/** What is there of one prefetch key once pages were followed and what was missing was read. */
export type Gathered =
  | { readonly kind: 'resources'; readonly resources: readonly FhirResource[]; readonly isFromFhirServer: boolean }
  | { readonly kind: 'missing'; readonly reason: string };

/** What was recorded. */
export interface Recorded {
  /** In the order of the manifest. */
  readonly channels: readonly string[];
  readonly samplingRateHz: number;
  readonly durationS: number;
}

/** A value with where it comes from, or why there is none: of a column, or of a signal or an image as a whole. */
export type Feature =
  | {
      readonly kind: 'value';
      readonly column: string;
      readonly value: number | string | boolean;
      /** UCUM; for numbers. */
      readonly unit?: string;
      /** Of the observation, ISO 8601. */
      readonly at?: string;
      readonly code?: { readonly system: string; readonly code: string; readonly display?: string };
      /** "Observation/123", with its version where it has one. */
      readonly reference?: string;
      /** Of a signal. */
      readonly recording?: Recorded;
      /** Of a file. */
      readonly mediaType?: string;
    }
  | {
      readonly kind: 'unusable';
      readonly column: string;
      readonly why:
        | 'absent'
        | 'stale'
        | 'out-of-range'
        | 'unit-unknown'
        | 'unit-inconvertible'
        | 'category-unknown'
        | 'channel-missing'
        | 'rate-mismatch'
        | 'length-mismatch'
        | 'not-measured'
        | 'unreadable'
        | 'ambiguous';
      readonly missing: 'refuse' | 'unknown' | 'abstain';
      /** One sentence for people; no value of the patient. */
      readonly message: string;
    };
