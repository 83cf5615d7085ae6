import { DeepHealthError } from '@deephealth/sdk';
import type { FhirResource } from 'fhir/r4.js';
import type { CdsRequest, FhirAuthorization } from '../bindings/cds-request.js';
import { checkContext } from './check-context.js';
import { invalid, isObject } from './parse-body.js';

/**
 * The body of a call, checked for what CDS Hooks 2.0.1 requires. Fields that are not known, extensions among
 * them, are left alone. Throws DH_CDS_REQUEST_INVALID, DH_CDS_HOOK_MISMATCH and DH_CDS_PATIENT_MISMATCH.
 */
export function parseRequest(body: Readonly<Record<string, unknown>>, hook: string): CdsRequest {
  const named = text(body.hook, 'hook');
  if (named !== hook) {
    throw new DeepHealthError('DH_CDS_HOOK_MISMATCH', `This service answers the hook "${hook}" and no other.`, {
      details: { expected: hook },
    });
  }
  const hookInstance = text(body.hookInstance, 'hookInstance');
  const context = checkContext(hook, body.context);
  const fhirServer = body.fhirServer === undefined ? undefined : serverUrl(body.fhirServer);
  const fhirAuthorization = body.fhirAuthorization === undefined ? undefined : authorization(body.fhirAuthorization);
  if (fhirAuthorization !== undefined && fhirServer === undefined) {
    throw invalid('"fhirAuthorization" needs "fhirServer", the server that the token is for.', 'fhirServer');
  }
  if (fhirAuthorization?.patient !== undefined && fhirAuthorization.patient !== context.patientId) {
    throw new DeepHealthError(
      'DH_CDS_PATIENT_MISMATCH',
      '"fhirAuthorization.patient" is another patient than "context.patientId".',
      { details: { field: 'fhirAuthorization.patient' } },
    );
  }
  return {
    hook,
    hookInstance,
    context,
    prefetch: prefetchOf(body.prefetch),
    ...(fhirServer === undefined ? {} : { fhirServer }),
    ...(fhirAuthorization === undefined ? {} : { fhirAuthorization }),
  };
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`"${field}" must be a text that is not empty.`, field);
  return value;
}

function serverUrl(value: unknown): string {
  const url = URL.canParse(text(value, 'fhirServer')) ? new URL(value as string) : undefined;
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw invalid('"fhirServer" must be the absolute http or https URL of a FHIR server.', 'fhirServer');
  }
  return value as string;
}

function authorization(value: unknown): FhirAuthorization {
  const field = (name: string) => `fhirAuthorization.${name}`;
  if (!isObject(value)) throw invalid('"fhirAuthorization" must be an object.', 'fhirAuthorization');
  const accessToken = text(value.access_token, field('access_token'));
  // What no HTTP header can hold would fail later, with a message of others that repeats it.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) {
    throw invalid(
      `"${field('access_token')}" holds characters that a bearer token cannot have.`,
      field('access_token'),
    );
  }
  if (!/^bearer$/i.test(text(value.token_type, field('token_type')))) {
    throw invalid(`"${field('token_type')}" must be "Bearer".`, field('token_type'));
  }
  const expiresInS = value.expires_in;
  if (typeof expiresInS !== 'number' || !Number.isInteger(expiresInS)) {
    throw invalid(`"${field('expires_in')}" must be a whole number of seconds.`, field('expires_in'));
  }
  const patient = value.patient === undefined ? undefined : text(value.patient, field('patient'));
  return {
    accessToken,
    expiresInS,
    scope: text(value.scope, field('scope')),
    subject: text(value.subject, field('subject')),
    ...(patient === undefined ? {} : { patient: patient.replace(/^Patient\//, '') }),
  };
}

function prefetchOf(value: unknown): Readonly<Record<string, FhirResource | null>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalid('"prefetch" must be an object.', 'prefetch');
  // The keys are the caller's, so a message does not repeat them.
  for (const resource of Object.values(value)) {
    if (resource === null) continue;
    if (!isObject(resource) || typeof resource.resourceType !== 'string') {
      throw invalid('Each value of "prefetch" must be a FHIR resource, or null where there is no data.', 'prefetch');
    }
  }
  return value as Readonly<Record<string, FhirResource | null>>;
}
