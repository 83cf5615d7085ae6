import type { ImageMediaType } from '@deephealth/sdk';

/**
 * `bindings/cds-hooks.json` of a model package, as checked by schemas/cds-hooks.schema.json: what the model
 * is asked for on the platform, where its inputs come from, and what a clinician is shown.
 */
export interface CdsHooksBinding {
  readonly schemaVersion: 1;
  readonly services: readonly ServiceBinding[];
}

/** Hooks that a service may be called by; one that is private has a name in reverse-domain form. */
export type HookName =
  | 'patient-view'
  | 'order-select'
  | 'order-sign'
  | 'encounter-start'
  | 'encounter-discharge'
  | `${string}.${string}`;

/** One CDS service: one model output asked by one hook. */
export interface ServiceBinding {
  /** Last segment of its URL; unique on a server. Letters, digits and hyphens. */
  readonly id: string;
  readonly hook: HookName;
  readonly title: string;
  readonly description: string;
  readonly usageRequirements?: string;
  /** Asked, recorded and never shown: the answer is always without cards. Default false. */
  readonly isShadow?: boolean;
  /** Input of the model that is filled from FHIR; a table, a signal or an image. */
  readonly input: string;
  /** Output of the model that cards are made of. */
  readonly output: string;
  /** By prefetch key. */
  readonly prefetch: Readonly<Record<string, PrefetchTemplate>>;
  /** By column of the table; every column of the manifest is bound. Absent for a signal or an image. */
  readonly features?: Readonly<Record<string, FeatureBinding>>;
  /** For an input that is a signal. */
  readonly signal?: SignalBinding;
  /** For an input that is an image. */
  readonly image?: ImageBinding;
  readonly cards: CardPolicy;
}

export interface PrefetchTemplate {
  /** FHIR read or search with `{{context.patientId}}` and its like (CDS Hooks 2.0.1, Prefetch Template). */
  readonly query: string;
  /** Default true: without it the answer is 412. */
  readonly isRequired?: boolean;
}

/** Where the value of a column comes from. */
export interface FeatureBinding {
  /** Prefetch key whose resources are looked at; "context" for what the hook itself carries. */
  readonly from: string;
  /** Observations, or components of them, with one of these codes. Either this or `fhirPath`. */
  readonly codes?: readonly CodeReference[];
  /** FHIRPath on each resource of `from`; it gives one value, or nothing. */
  readonly fhirPath?: string;
  /** Age in years at the time of the call; `fhirPath` then gives a birth date. */
  readonly isAge?: boolean;
  /** UCUM unit that the model takes, as its manifest declares; values are converted into it or refused. */
  readonly unit?: string;
  /** Molar mass in g/mol, for conversions between amount and mass of substance. */
  readonly molarMass?: number;
  /** Which value counts if there are several. Default latest. */
  readonly aggregate?: 'latest' | 'earliest' | 'mean' | 'minimum' | 'maximum';
  /** An older value is as good as none. */
  readonly maximumAgeDays?: number;
  /** Values outside are impossible, and refused, never clipped; in `unit`. */
  readonly range?: readonly [number, number];
  /**
   * From FHIR to categories of the model, or to true and false of a boolean column; what is not listed is
   * refused. A key is "system|code" of a coding, or a code or text by itself ("male").
   */
  readonly categories?: Readonly<Record<string, string | boolean>>;
  /** Threshold that makes a boolean of a number: above it is true. */
  readonly isAbove?: number;
  /**
   * What an absent value leads to. `refuse`: 412, naming it; `unknown`: the model is told so, and replaces
   * it as its manifest records; `abstain`: a card that says what is missing, without a number.
   */
  readonly missing: 'refuse' | 'unknown' | 'abstain';
}

/** Where the recording comes from: SampledData, by `channels`, or a file, by `mediaTypes`, or either. */
export interface SignalBinding {
  /** Prefetch key whose resources are looked at; "context" for what the hook itself carries. */
  readonly from: string;
  /**
   * What the recording as a whole is called: code of the Observation, type of the DocumentReference, type or
   * modality of the Media. Always there for files; nothing else tells a recording from a letter.
   */
  readonly codes?: readonly CodeReference[];
  /** By channel of the manifest; every one is bound. */
  readonly channels?: Readonly<Record<string, ChannelBinding>>;
  /** Forms of a file that are read, best first. Channels of files go by the names and aliases of the manifest. */
  readonly mediaTypes?: readonly SignalMediaType[];
  /** An older recording is as good as none. */
  readonly maximumAgeDays?: number;
  /** As of a feature; nothing takes the place of a recording, so it is never unknown. */
  readonly missing: 'refuse' | 'abstain';
}

export type SignalMediaType = 'application/edf' | 'application/x-edf' | 'application/dicom';

export interface ChannelBinding {
  /** Observations, or components of them, with one of these codes. */
  readonly codes: readonly CodeReference[];
  /** UCUM unit that the model takes, as its manifest declares; samples are converted into it or refused. */
  readonly unit: string;
  /** Its place among the dimensions of the SampledData, from 0; absent where that has one dimension. */
  readonly interleaved?: { readonly index: number; readonly of: number };
}

/** Where the picture comes from: a file that a DocumentReference or a Media points to or holds. */
export interface ImageBinding {
  readonly from: string;
  /** Type of the DocumentReference, type or modality of the Media, code of an Observation derived from one. */
  readonly codes: readonly CodeReference[];
  /** Forms that are read, best first. Default those of the manifest, in its order. */
  readonly mediaTypes?: readonly ImageMediaType[];
  /** An older picture is as good as none. */
  readonly maximumAgeDays?: number;
  readonly missing: 'refuse' | 'abstain';
}

export interface CodeReference {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
}

/** Text by BCP 47 language tag; "en" is always there. */
export type Wording = Readonly<Record<string, string>> & { readonly en: string };

export interface CardPolicy {
  /** What the cards are about (source.topic). */
  readonly topic: CodeReference;
  /**
   * Tried in order; the first that holds makes the card. If none does, there is no card.
   * Wordings may hold {probability}, {percent}, {value}, {unit}, {label}, {low}, {high}.
   */
  readonly rules: readonly CardRule[];
  /** What was seen in the held-out data for scores like this one; shown as the score's interval. */
  readonly reliability?: readonly ReliabilityBand[];
  readonly overrideReasons?: readonly CodeReference[];
}

export interface CardRule {
  /** Class whose probability counts, or name of the number of a regression. */
  readonly of: string;
  readonly atLeast?: number;
  readonly below?: number;
  readonly indicator: 'info' | 'warning' | 'critical';
  /** One sentence; cut to 139 characters if the wording makes it longer. */
  readonly summary: Wording;
  readonly detail?: Wording;
  readonly suggestions?: readonly SuggestionBinding[];
  readonly links?: readonly LinkBinding[];
  /** For an image whose output has an explanation: the card links to a page with the region behind the score. */
  readonly region?: RegionBinding;
  /** Required for `critical`: who allowed it, when. Without it the card is shown as a warning. */
  readonly approval?: { readonly by: string; readonly role: string; readonly date: string };
}

export interface SuggestionBinding {
  readonly label: Wording;
  readonly isRecommended?: boolean;
  /** Resources to be created; `{{context.patientId}}` and its like are filled in. */
  readonly creates: readonly { readonly description: Wording; readonly resource: Readonly<Record<string, unknown>> }[];
}

export interface LinkBinding {
  readonly label: Wording;
  readonly url: string;
  readonly type: 'absolute' | 'smart';
  readonly appContext?: string;
}

export interface RegionBinding {
  /** Of the link. */
  readonly label: Wording;
}

/** Of the held-out cases with a score in [from, to), how many had the outcome. */
export interface ReliabilityBand {
  readonly from: number;
  readonly to: number;
  readonly cases: number;
  readonly observed: number;
}
