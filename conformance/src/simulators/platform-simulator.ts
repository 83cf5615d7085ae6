import type { RawTensor } from '@deephealth/sdk';

/** What a finding holds, as the contract names it. */
export const FINDING_KINDS = [
  'classification',
  'regression',
  'mask',
  'detections',
  'map',
  'events',
  'text',
  'tensor',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Something that happens on the platform, and that models are to be asked about. */
export interface PlatformEvent {
  /** The platform's own, different for every event. */
  readonly id: string;
  /** Whom or what it is about, as the platform calls it; nothing outside the platform may see it. */
  readonly subject: string;
  readonly requests: readonly PlatformRequest[];
  /** From now to when the platform wants the result, in ms; none if absent. */
  readonly respondWithinMs?: number;
}

/** One model to be asked. */
export interface PlatformRequest {
  /** Unique in the event. */
  readonly id: string;
  readonly model: string;
  /** SHA-256 of the package that the platform was approved with. */
  readonly expectedPackageSha256?: string;
  readonly inputs: Readonly<Record<string, RawTensor>>;
}

/** A model with inputs that it takes. */
export type PlatformQuestion = Pick<PlatformRequest, 'model' | 'inputs'>;

/** What the platform was told at once about an event. */
export interface EventAnswer {
  readonly isAccepted: boolean;
  /** Why not. */
  readonly error?: PlatformError;
}

/** One delivery of results, in the same terms for every platform. */
export interface PlatformResult {
  readonly event: string;
  /** `partial`: some requests failed, and the result says which. */
  readonly state: 'complete' | 'partial' | 'failed';
  readonly parts: readonly PlatformPart[];
}

/** What became of one request of an event: findings or an error, never neither. */
export interface PlatformPart {
  readonly request: string;
  /** Id under which the runtime was asked. */
  readonly requestId: string;
  readonly findings: readonly PlatformFinding[];
  readonly warnings: readonly { readonly kind: string; readonly field: string; readonly message: string }[];
  readonly provenance?: PlatformProvenance;
  readonly error?: PlatformError;
}

export interface PlatformProvenance {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly packageSha256: string;
}

export interface PlatformError {
  /** Reason of the contract's error, such as `INPUT_MISSING`. */
  readonly reason: string;
  readonly message: string;
  readonly retryable: boolean;
}

export interface PlatformFinding {
  readonly name: string;
  readonly codes: readonly PlatformCoding[];
  readonly kind: FindingKind;
  /** Classes with their probabilities, numbers, detections with their scores, events; classes of a mask. */
  readonly values: readonly PlatformValue[];
  /** Labels decided for; of a classification. */
  readonly decision?: readonly string[];
  readonly isAbstained?: boolean;
  /** Of a mask, a map or detections. */
  readonly grid?: PlatformGrid;
  /** Labels of a mask, values of a map, a tensor. */
  readonly samples?: RawTensor;
  readonly text?: string;
}

export interface PlatformCoding {
  readonly system: string;
  readonly code: string;
}

export interface PlatformValue {
  readonly label: string;
  readonly codes: readonly PlatformCoding[];
  /** Probability, number, score; the extent of a class of a mask. */
  readonly value: number;
  /** UCUM; empty where the value has none, as a probability. */
  readonly unit: string;
  /** Bounds of a detection in grid coordinates. */
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
}

/** As `Grid` of the contract. */
export interface PlatformGrid {
  readonly size: readonly number[];
  readonly origin: readonly number[];
  readonly spacing: readonly number[];
  readonly direction: readonly number[];
  readonly unit: string;
  readonly convention: string;
  readonly level: number;
}

/** What the platform does instead of its part, until it is told to stop. */
export interface PlatformFault {
  /** Where: when the adapter asks for inputs, or when it brings results. */
  readonly at: 'inputs' | 'results';
  /**
   * `down`: no connection is answered; a number: refuses with this HTTP status, or what comes nearest to it;
   * `hold`: answers rightly, but only once the fault is over.
   */
  readonly fault: 'down' | 'hold' | 401 | 409 | 500 | { readonly delayMs: number };
}

/** An event as an input of `RunBinding`. */
export interface PlatformRun {
  readonly input: Buffer;
  readonly mediaType: string;
  /** What the adapter's face towards the platform is shown in its header of this name. */
  readonly authorization: string;
  /** What that face refuses, by a word for it; undefined where nothing is shown. */
  readonly refused: Readonly<Record<string, string | undefined>>;
}

/** Where an event stands, as the adapter says. */
export interface EventState {
  readonly state: 'running' | 'delivered' | 'undelivered' | 'cancelled' | 'unknown';
  /** Why it is `undelivered`. */
  readonly error?: PlatformError;
}

/**
 * A platform as the adapter sees it: it tells of events, gives inputs, keeps results, and can fail. Every
 * adapter of its own kind brings one; the cases speak to this interface only, so that they hold for all of
 * them. What a platform has no place for, it names, and is not asked for.
 */
export interface PlatformSimulator {
  readonly name: string;
  /** Where the adapter finds it: `{platform}` in the adapter's command line. */
  readonly url: string;
  /** Findings that the platform has a place for; `classification` at least. */
  readonly carries: ReadonlySet<FindingKind>;
  /** What its events ask where a case says nothing else: different models, so that calls can be told apart. */
  readonly asks: readonly [PlatformQuestion, PlatformQuestion, ...PlatformQuestion[]];
  /**
   * A result is the answer to its event, on the same connection: it can be neither refused nor held back, and
   * the same event again is another one.
   */
  readonly answersEvents: boolean;
  /** Every event has this time, in ms, whatever it says; absent where an event says how much it has. */
  readonly fixedTimeMs?: number;
  /** An event says which package it expects; else the adapter was told so beforehand. */
  readonly choosesPackages: boolean;
  /** Whether its inputs are tensors, so that what the runtime gets can be held to them. */
  readonly givesTensors: boolean;
  /** Requests that one event may hold. */
  readonly maxRequests: number;
  /** What the adapter was trusted with, and nobody else may see. */
  readonly credentials: readonly string[];
  /** Every body that the adapter has sent, as text. */
  readonly received: readonly string[];
  /** Where the adapter listens for the platform, once it does. */
  connect(adapterUrl: string): void;
  /** Tells the adapter of an event; rejects if the adapter cannot be reached. */
  send(event: PlatformEvent): Promise<EventAnswer>;
  /** The same event for `RunBinding`, instead of telling the adapter of it. */
  asRun(event: PlatformEvent, bindingId: string): PlatformRun;
  /** What the output of `RunBinding` says; rejects nothing: what cannot be read has no parts. */
  readRun(event: PlatformEvent, output: Buffer): PlatformResult;
  /** Tells it that nobody wants the result any more. */
  cancel(eventId: string): Promise<void>;
  state(eventId: string): Promise<EventState>;
  /** Live: the adapter's process serves. Ready: events would be answered now. */
  health(): Promise<{ readonly isLive: boolean; readonly isReady: boolean }>;
  /** What was delivered for an event, in order. Deliveries that the platform refused are not in it. */
  results(eventId: string): readonly PlatformResult[];
  /** Deliveries for an event that were tried, those that were refused included. */
  attempts(eventId: string): number;
  /** Until something is delivered for the event; undefined if nothing is in time. */
  waitForResult(eventId: string, withinMs: number): Promise<PlatformResult | undefined>;
  /** Misbehaves until the function that it gives is called. */
  misbehave(fault: PlatformFault): () => void;
  stop(): Promise<void>;
}
