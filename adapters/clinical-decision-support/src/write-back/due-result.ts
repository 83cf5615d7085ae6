import { createHash } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import type { CdsRequest, Feature } from '../bindings/cds-request.js';
import { outcomeOf } from '../cards/score.js';
import type { CatalogService } from '../service/service-catalog.js';
import type { DueResult } from './outbox.js';
import { resultBundle } from './result-bundle.js';

/** What the model was given, and what it said. */
export interface Answered {
  readonly features: readonly Feature[];
  readonly response: runtimeV1.PredictResponse__Output;
  /** Of the finding. */
  readonly outputSha256: string;
}

export interface DueCall {
  readonly service: CatalogService;
  readonly request: CdsRequest;
  readonly requestId: string;
}

export interface DueOptions {
  readonly writeBack?: { readonly fhirServer: string } | undefined;
  readonly baseUrl: string;
  readonly now: () => Date;
}

/**
 * What is to be written of a call. Nothing of one with another FHIR server than the one that is written to: there,
 * its patient's id is nobody's or another's.
 */
export function dueFor(
  call: DueCall,
  answered: Answered | undefined,
  { writeBack, baseUrl, now }: DueOptions,
): DueResult | undefined {
  if (writeBack === undefined || answered === undefined) return undefined;
  if (!isSameServer(call.request.fhirServer, writeBack.fhirServer)) return undefined;
  return dueResult(call, answered, baseUrl, now());
}

function isSameServer(left: string | undefined, right: string): boolean {
  const normal = (url: string) => new URL(url).href.replace(/\/+$/, '');
  return left !== undefined && URL.canParse(left) && normal(left) === normal(right);
}

/**
 * The result of a call as it is to be written. A chart that is opened ten times with the same values gets one
 * result: its identifier says which model found what of which values of whom.
 */
function dueResult(
  { service, request, requestId }: DueCall,
  { features, response, outputSha256 }: Answered,
  baseUrl: string,
  now: Date,
): DueResult {
  const { context } = request;
  const inputSha256 = response.provenance?.inputSha256 ?? '';
  const parts = [service.packageSha256, service.binding.id, context.patientId, inputSha256, outputSha256];
  const identifier = {
    system: `${baseUrl}/results`,
    value: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  };
  const result = {
    service,
    outcome: outcomeOf(response, service.output),
    features,
    patientId: context.patientId,
    ...(isFhirId(context.encounterId) ? { encounterId: context.encounterId } : {}),
    completedAt: completedAt(response) ?? now.toISOString(),
    identifiers: [identifier, { system: `${baseUrl}/requests`, value: requestId }],
    warnings: response.warnings.map(({ message }) => message),
  };
  return {
    requestId,
    patientId: context.patientId,
    resourceType: service.output.kind === 'classification' ? 'RiskAssessment' : 'Observation',
    identifier,
    bundle: resultBundle(result, { modelCard: service.modelCard, baseUrl, now }),
  };
}

function completedAt({ provenance }: runtimeV1.PredictResponse__Output): string | undefined {
  const time = provenance?.completedAt;
  return time ? new Date(Number(time.seconds) * 1000 + Math.round(time.nanos / 1e6)).toISOString() : undefined;
}

function isFhirId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(value);
}
