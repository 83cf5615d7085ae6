import type { Caller, ErrorCode } from '@deephealth/sdk';
import type { ModelState } from '../lifecycle/model-version.js';

/** By which way a request came. */
export type Face = 'contract' | 'contract-stream' | 'open-inference' | 'open-inference-stream' | 'open-inference-http';

/** Package and engine that computed a result, as far as a record names them. */
export interface AuditedPackage {
  readonly packageSha256: string;
  readonly onnxSha256: string;
  readonly engine: string;
  /** Default "cpu". */
  readonly provider?: string;
}

export interface AuditedModel {
  readonly name: string;
  readonly version: string;
}

/** A result that is about to leave. Digests and references; never values. */
export interface InferenceEvent {
  readonly kind: 'inference';
  readonly face: Face;
  readonly caller: Caller;
  /** What the caller calls its request; bounded and escaped when it is written. */
  readonly requestId: string;
  readonly model: AuditedModel;
  readonly loaded: AuditedPackage;
  readonly inputSha256: string;
  readonly outputSha256: string;
  readonly batchSize: number;
  /** Names of outputs that were asked for; empty for all. */
  readonly outputs: readonly string[];
  /** Names of outputs whose highlights were asked for. */
  readonly highlights: readonly string[];
  /** Kinds of warnings, without WARNING_KIND_. */
  readonly warnings: readonly string[];
  readonly abstained: boolean;
  readonly sequence?: { readonly id: string; readonly position: number } | undefined;
}

/** A request that got no result. */
export interface RefusalEvent {
  readonly kind: 'refusal';
  readonly face: Face;
  readonly caller: Caller;
  readonly requestId: string;
  readonly code: ErrorCode;
  readonly model?: AuditedModel | undefined;
  readonly packageSha256?: string | undefined;
}

/** Somebody was not let in, or not to what they asked for. */
export interface AccessDeniedEvent {
  readonly kind: 'access-denied';
  readonly code: ErrorCode;
  /** Who it was, where that was found out. */
  readonly caller?: Caller;
  readonly face?: string;
  /** Name of the call or the permission that was missing. */
  readonly action?: string;
  readonly model?: string;
  /** So many denials of the caller with this code had no record of their own; the rest says what the last one was. */
  readonly repeated?: number;
}

export interface ModelStateEvent {
  readonly kind: 'model-state';
  readonly model: AuditedModel;
  readonly state: ModelState;
  readonly packageSha256: string;
  /** Why it is QUARANTINED. */
  readonly code?: ErrorCode | undefined;
}

/** A person or program changes what the server does. Recorded before it is done. */
export interface ControlEvent {
  readonly kind: 'control';
  readonly caller: Caller;
  /** "load", "unload", "verify", "suspend", "resume", "rollout", "settings". */
  readonly action: string;
  readonly model?: string;
  readonly version?: string;
  /** What the person gave as the reason; bounded and escaped. */
  readonly reason?: string;
}

export interface ServerEvent {
  readonly kind: 'server-start' | 'server-stop';
  readonly isDurable?: boolean;
}

/** What is recorded: of a request, of a model, of the server. */
export type AuditEvent =
  | InferenceEvent
  | RefusalEvent
  | AccessDeniedEvent
  | ModelStateEvent
  | ControlEvent
  | ServerEvent;
