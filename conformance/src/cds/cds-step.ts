import type { Matcher } from '../cases/case-types.js';
import type { CardRule } from './card-rules.js';
import type { FhirFault } from './suite-ehr.js';
import type { PatientSpec } from './suite-patient.js';

/** A question to a service of CDS Hooks, as an EHR asks it, and what must come of it. */
export interface CdsStep {
  readonly ask: CdsAsk;
  readonly expect?: CdsExpectation;
}

/** What the EHR supplies of one prefetch key; `page` holds the oldest only, and says where the others are. */
export type PrefetchState = 'full' | 'absent' | 'null' | 'empty' | 'outcome' | 'page';

export interface CdsAsk {
  readonly what: 'discovery' | 'service' | 'feedback' | 'preflight';
  /** Default conformance-view. */
  readonly service?: string;
  /** Of a preflight: the route; default service. */
  readonly route?: 'discovery' | 'service' | 'feedback';
  /** Name of a token in GOOD_TOKENS or BAD_TOKENS; default sandbox. */
  readonly token?: string;
  readonly origin?: 'listed' | 'unlisted';
  /** Another method than the right one. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of what would be sent. */
  readonly body?: string;
  /** Values of the body by their JSON pointer, and pointers of what is left out. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  readonly patient?: PatientSpec;
  /** By prefetch key; default all of them are supplied. */
  readonly prefetch?: Readonly<Record<string, PrefetchState>>;
  /** The EHR offers its FHIR server with a token. */
  readonly fhir?: boolean;
  readonly fhirFault?: FhirFault;
  /** Resources to a page of the FHIR server. */
  readonly pageSize?: number;
  readonly runtime?: RuntimeSpec;
}

/** What the runtime does instead of computing; exactly one. */
export interface RuntimeSpec {
  readonly probability?: number | 'not-a-number';
  readonly abstains?: true;
  /** Code of the error catalogue. */
  readonly refuses?: string;
  readonly hangs?: true;
  /** Answers without the output that was asked for. */
  readonly isEmpty?: true;
  /** Its warning holds markup. */
  readonly warns?: string;
}

export interface CdsExpectation {
  /** Default 200. */
  readonly statuses?: readonly number[];
  /**
   * Of a service; default `right`: one card whose number is the runtime's. `none`: an empty list. `no-score`:
   * one card without a number. `any`: not looked at.
   */
  readonly card?: 'right' | 'none' | 'no-score' | 'any';
  /** What the runtime is asked with, by column, null for what is unknown; `false`: it is not asked. */
  readonly table?: Readonly<Record<string, number | string | null>> | false;
  readonly indicator?: 'info' | 'warning' | 'critical';
  /** Rules for every card. */
  readonly rules?: readonly CardRule[];
  /** Texts that the answer holds, those in words of the card's detail included. */
  readonly says?: readonly string[];
  /** Texts that it must not hold. `{patient}`, `{token}` and `{jwt}` stand for those of the call. */
  readonly withholds?: readonly string[];
  /** The body of a refusal is an OperationOutcome. */
  readonly outcome?: boolean;
  /** Requests to the FHIR server: none, or at least one, each with the token of the call. */
  readonly reads?: 'none' | 'some';
  readonly headers?: Readonly<Record<string, Matcher>>;
  /** Headers that must not be there. */
  readonly noHeaders?: readonly string[];
  /** Of a discovery: what every service must be. */
  readonly services?: readonly ServiceRule[];
  /** By when the answer is there, in ms beyond the adapter's own deadline. */
  readonly isInTime?: true;
}

export type ServiceRule = 'listed' | 'described' | 'titled' | 'templates' | 'tokens' | 'subset' | 'no-empty-values';
