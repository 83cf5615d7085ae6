// The JSON of the console's API, below `/console/api/v1/`. The browser part imports these types only.

/** Where the API lies, without the slash at its end. */
export type ApiPrefix = '/console/api/v1';

/** The body of every answer that is an error; the HTTP status is the catalogue's. */
export interface ErrorAnswer {
  readonly error: {
    /** A code of the error catalogue: `DH_...`. */
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, string>>;
    /** Whether the same request may succeed later. */
    readonly retryable: boolean;
  };
}

/** What the console can show beside models. */
export type SourceName = 'metrics' | 'audit' | 'feedback' | 'reports' | 'rules' | 'slides' | 'jobs' | 'ttmip';

export interface SourceStatus {
  readonly available: boolean;
  /** Why it isn't, for people. */
  readonly reason?: string;
  /** Where the source's own pages are, if it has some. */
  readonly url?: string;
}

/** What a caller may be allowed to do in the console. */
export type ConsolePermission =
  | 'models.read'
  | 'predict'
  | 'metrics.read'
  | 'audit.read'
  | 'feedback.read'
  | 'models.suspend'
  | 'models.resume';

/** GET `session`. A wrong key is 401; no key, where access control is on, is an answer without caller. */
export interface SessionAnswer {
  readonly server: { readonly name: string; readonly version: string; readonly contractVersions: readonly string[] };
  readonly accessControl: boolean;
  /** Absent without access control, and for who has not signed in. */
  readonly caller?: { readonly subject: string; readonly roles: readonly string[]; readonly tenant: string };
  readonly permissions: readonly ConsolePermission[];
  readonly sources: Readonly<Record<SourceName, SourceStatus>>;
}

/** As in the contract, without its prefix. */
export type ModelState =
  | 'DISCOVERED'
  | 'VERIFYING'
  | 'READY'
  | 'DRAINING'
  | 'UNLOADED'
  | 'QUARANTINED'
  | 'SUSPENDED'
  | 'UNSPECIFIED';

export interface ModelRow {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly state: ModelState;
  /** Why the version cannot serve. */
  readonly reason?: { readonly code: string; readonly message: string };
  readonly packageSha256: string;
  /** Whether this version answers requests that name none. */
  readonly isDefault: boolean;
  readonly hostRestarts: number;
  /** Set while the version is suspended. `at` is ISO 8601. */
  readonly suspension?: { readonly reason: string; readonly by: string; readonly at: string };
  /** ISO 8601; empty if the server does not say. */
  readonly stateChangedAt: string;
}

/** GET `models`. */
export interface ModelsAnswer {
  readonly models: readonly ModelRow[];
}

export interface ModelCheck {
  readonly name: string;
  /** As in the contract, without its prefix. */
  readonly status: 'PASSED' | 'FAILED' | 'NOT_RUN' | 'UNSPECIFIED';
  readonly message: string;
  readonly durationMs: number;
}

/** An input that the package (a golden case) or the operator (a folder) offers for a try. */
export interface ExampleRow {
  /** `golden-<n>` or `file-<n>`; as the last part of the path of its bytes. */
  readonly id: string;
  readonly title: string;
  /** What the bytes are; JSON of named values (`application/json`) for a table. */
  readonly mediaTypes: readonly string[];
  readonly sizeBytes: number;
}

/** GET `models/{name}/{version}`. */
export interface ModelAnswer {
  readonly summary: ModelRow;
  /** GetModelResponse's ModelDescriptor as proto3 JSON, without `manifestJson`. */
  readonly descriptor: Readonly<Record<string, unknown>>;
  /** The package's model.json. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Markdown of MODEL_CARD.md. */
  readonly card?: string;
  /** Bindings in the package, by the name of their file: `cds-hooks`, `digital-pathology`, ... */
  readonly platforms: readonly string[];
  /** `worstError` is the largest error of the self-test in units of the allowed one; null before the test. */
  readonly goldenCases: { readonly count: number; readonly worstError: number | null };
  readonly checks: readonly ModelCheck[];
  readonly examples: readonly ExampleRow[];
}

/** One class of a classification. */
export interface FindingClass {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
  readonly threshold?: number;
  readonly isDecided: boolean;
}

export interface FindingEvent {
  readonly label: string;
  readonly startSeconds: number;
  readonly durationSeconds?: number;
  readonly probability?: number;
}

export interface OverlayLayer {
  readonly label: string;
  /** `#rrggbb`. */
  readonly colour: string;
  /** `data:image/png;base64,...` of the drawing's size, transparent where the layer is not. */
  readonly png: string;
}

export interface SignalChannel {
  readonly name: string;
  /** UCUM; empty if unknown. */
  readonly unit: string;
  /** Of `values`: where they are decimated, two values (least, greatest) per step. */
  readonly samplingRateHz: number;
  /** At most 4000. */
  readonly values: readonly number[];
}

/** What can be drawn of a finding. */
export type Drawing =
  | {
      readonly kind: 'overlay';
      /** `data:image/png;base64,...`. */
      readonly background: string;
      readonly layers: readonly OverlayLayer[];
      readonly widthPx: number;
      readonly heightPx: number;
      /** For people: what the picture is of (a slice, a face, a scale of colours). */
      readonly legend: string;
    }
  | { readonly kind: 'signal'; readonly channels: readonly SignalChannel[]; readonly durationSeconds: number }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly (string | number | boolean | null)[])[];
    };

export type FindingKind =
  | 'classification'
  | 'regression'
  | 'mask'
  | 'map'
  | 'events'
  | 'detections'
  | 'text'
  | 'tensor';

export interface Finding {
  /** The output's name in the manifest. */
  readonly output: string;
  readonly kind: FindingKind;
  readonly title: string;
  /** What the model says, in a few words: a label, a value with its unit, an area. */
  readonly decision?: string;
  /** Most probable first. */
  readonly classes?: readonly FindingClass[];
  readonly value?: { readonly number: number; readonly unit: string };
  readonly text?: string;
  readonly events?: readonly FindingEvent[];
  readonly drawing?: Drawing;
}

/** POST `models/{name}/{version}/predict`. */
export interface Prediction {
  readonly requestId: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly packageSha256: string;
    readonly onnxSha256: string;
  };
  /** The contract's Provenance as proto3 JSON. */
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** Whether the model says that it does not know. */
  readonly abstained: boolean;
  readonly findings: readonly Finding[];
  readonly timings: { readonly queueMs: number; readonly runMs: number; readonly totalMs: number };
  readonly researchUseOnly: boolean;
  /** Known limits of the model, as its manifest states them. */
  readonly limits: readonly string[];
}

export interface LiveModel {
  readonly name: string;
  readonly version: string;
  readonly waiting: number;
  readonly running: number;
  /** Live host processes. */
  readonly hosts: number;
  /** Hosts started anew since the server started. */
  readonly restarts: number;
  /** Since the last answer of this route, or since the server started. */
  readonly requestsPerSecond: number;
  /** Estimated from a histogram; null before the first request. */
  readonly latencyMs: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
  /** Requests that ended with an error since the server started. */
  readonly failures: number;
}

/** GET `live`. */
export interface LiveAnswer {
  /** ISO 8601. */
  readonly at: string;
  readonly models: readonly LiveModel[];
  readonly process: {
    readonly rssBytes: number;
    readonly eventLoopDelayMs: number;
    readonly uptimeSeconds: number;
  };
}

/** GET `audit?before=<seq>&limit=50&kind=&model=`. */
export interface AuditAnswer {
  /** As the audit trail keeps them, newest first. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** `before` of the next page; absent on the last. */
  readonly next?: number;
  readonly head: { readonly seq: number; readonly hash: string };
}

/** GET `audit/verification`. */
export interface AuditVerificationAnswer {
  readonly valid: boolean;
  /** Records. */
  readonly checked: number;
  /** The first problem. `seq` is -1 if it belongs to no record. */
  readonly problem?: { readonly seq: number; readonly message: string };
}

export interface FeedbackItem {
  /** ISO 8601. */
  readonly at: string;
  /** The CDS service's id. */
  readonly service: string;
  readonly card?: string;
  readonly outcome: string;
  readonly reasons?: readonly string[];
  /** Only where the operator keeps comments. */
  readonly comment?: string;
}

/** GET `feedback?before=&limit=`. */
export interface FeedbackAnswer {
  /** Newest first. */
  readonly items: readonly FeedbackItem[];
  /** `before` of the next page; absent on the last. */
  readonly next?: number;
}

export interface ReportRow {
  readonly id: string;
  readonly target: string;
  readonly profile: string;
  readonly verdict: string;
  /** ISO 8601. */
  readonly at: string;
  readonly passed: number;
  readonly failed: number;
  readonly cases: number;
}

/** GET `reports`; GET `reports/{id}` is the report as HTML. */
export interface ReportsAnswer {
  /** Newest first. */
  readonly reports: readonly ReportRow[];
}

/** GET `rules`: rule bases, each with its page. */
export interface RulesAnswer {
  readonly items: readonly { readonly id: string; readonly title: string; readonly url: string }[];
}

/** GET `slides`: slides, each with its viewer. */
export interface SlidesAnswer {
  readonly items: readonly { readonly id: string; readonly title: string; readonly url: string }[];
}

export interface JobRow {
  readonly id: string;
  readonly chain: string;
  readonly state: string;
  /** 0 to 1. */
  readonly progress: number;
  /** ISO 8601; empty before the start. */
  readonly startedAt: string;
  /** ISO 8601. */
  readonly endedAt?: string;
  readonly url?: string;
}

/** GET `jobs`: runs of processing chains. */
export interface JobsAnswer {
  readonly items: readonly JobRow[];
}

export type PlatformName = 'clinical-decision-support' | 'digital-pathology' | 'expressif' | 'piaf';

/** Stages of a model's way into production. */
export type Stage =
  | 'imported'
  | 'packaged'
  | 'golden-verified'
  | 'bound'
  | 'conformance-passed'
  | 'served'
  | 'first-prediction';

export interface StageRecord {
  readonly stage: Stage;
  readonly platform?: PlatformName;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly machineMs: number;
  /** Commands that a person started and questions that a person answered. */
  readonly humanSteps: number;
  readonly packageSha256?: string;
  readonly detail?: string;
  readonly outcome: 'done' | 'failed';
  readonly code?: string;
}

export interface PlatformTimeline {
  readonly platform: PlatformName;
  readonly stages: readonly StageRecord[];
  readonly isInProduction: boolean;
  /** From the timeline's start to production; absent before. */
  readonly ttmipSeconds?: number;
  readonly machineSeconds: number;
  readonly humanSteps: number;
}

/** Time to model in production, of one model version. */
export interface Timeline {
  readonly name: string;
  readonly version: string;
  readonly modelSha256: string;
  readonly startedAt: string;
  readonly stages: readonly StageRecord[];
  readonly platforms: readonly PlatformTimeline[];
}

/** GET `ttmip`. */
export interface TtmipAnswer {
  readonly timelines: readonly Timeline[];
}

/** Body of POST `models/{name}/suspend` and `models/{name}/resume`. Without version: every version. */
export interface SuspensionRequest {
  readonly version?: string;
  readonly reason: string;
}

/** The versions as they are after the act. */
export interface SuspensionAnswer {
  readonly models: readonly ModelRow[];
}
