/**
 * Messages of the generic platform, JSON over HTTP; docs/conformance/adapter.md has them in words.
 *
 * Platform to adapter: POST /events, DELETE /events/<id>, GET /events/<id>, GET /health/live, GET /health/ready.
 * Adapter to platform: GET /events/<id>/inputs, POST /results; both with the bearer token of the event.
 */
import type { RawTensor } from '@deephealth/sdk';
import type { EventState, PlatformError, PlatformFinding, PlatformPart, PlatformResult } from './platform-simulator.js';

/** Body of POST /events; its `Authorization` is what the adapter asks for the inputs with. */
export interface GenericEvent {
  readonly id: string;
  readonly subject: string;
  readonly respondWithinMs?: number;
  readonly requests: readonly {
    readonly id: string;
    readonly model: string;
    readonly expectedPackageSha256?: string;
  }[];
}

/** A tensor as JSON: its bytes in base64. */
export interface GenericTensor {
  readonly dataType: string;
  readonly shape: readonly number[];
  readonly data: string;
}

/** Answer of GET /events/<id>/inputs: tensors by input, by request. */
export interface GenericInputs {
  readonly inputs: Readonly<Record<string, Readonly<Record<string, GenericTensor>>>>;
}

export type GenericFinding = Omit<PlatformFinding, 'samples'> & { readonly samples?: GenericTensor };
export type GenericPart = Omit<PlatformPart, 'findings'> & { readonly findings: readonly GenericFinding[] };

/** Body of POST /results. */
export type GenericResult = Omit<PlatformResult, 'parts'> & { readonly parts: readonly GenericPart[] };

/** Body of an answer that refuses. */
export interface GenericRefusal {
  readonly error: PlatformError;
}

/** Answer of GET /events/<id>. */
export type GenericState = EventState;

export function toGenericTensor({ dataType, shape, data }: RawTensor): GenericTensor {
  return { dataType, shape, data: Buffer.from(data).toString('base64') };
}

export function fromGenericTensor({ dataType, shape, data }: GenericTensor): RawTensor {
  return { dataType: dataType as RawTensor['dataType'], shape: [...shape], data: Buffer.from(data, 'base64') };
}
