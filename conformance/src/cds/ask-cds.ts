import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, toGrpcFailure } from '@deephealth/sdk';
import { type HttpAnswer, httpExchange } from '../oip/http-exchange.js';
import { NotJudged } from '../run/case-result.js';
import type { StepContext } from '../run/run-steps.js';
import type { ObservedCall, RuntimeBehaviour } from '../targets/observing-runtime.js';
import { callBody, changed } from './cds-call.js';
import { CDS_CLASS, CDS_MODEL, CDS_OUTPUT, CDS_VIEW } from './cds-models.js';
import type { CdsAsk, RuntimeSpec } from './cds-step.js';
import type { CdsTarget } from './cds-target.js';
import { BAD_TOKENS, GOOD_TOKENS } from './cds-tokens.js';
import { ORIGIN } from './suite-clients.js';
import type { SeenRequest } from './suite-ehr.js';
import { makePatient, type SuitePatient } from './suite-patient.js';

export interface CdsContext extends Pick<StepContext, 'cds' | 'timeScale'> {
  readonly deadlineMs: number;
}

/** What was asked, what was answered, and what the others have seen of it. */
export interface CdsHeard {
  readonly http: HttpAnswer;
  /** Undefined for a body that is no JSON. */
  readonly json: unknown;
  readonly durationMs: number;
  readonly patient: SuitePatient;
  /** Of the FHIR server; empty if none was offered. */
  readonly accessToken: string;
  readonly jwt: string;
  /** Calls of Predict that it has caused. */
  readonly predicts: readonly ObservedCall[];
  /** What the EHR's servers were asked for. */
  readonly seen: readonly SeenRequest[];
}

const UNLISTED_ORIGIN = 'https://elsewhere.example';

export function cdsTarget({ cds }: Pick<StepContext, 'cds'>): CdsTarget {
  if (cds === undefined) throw new NotJudged('notApplicable', 'no address of a service of CDS Hooks was given');
  return cds;
}

/** Path of what is asked. */
export function cdsPath({ what, service = CDS_VIEW, route = 'service' }: CdsAsk): string {
  const to = what === 'preflight' ? route : what;
  const services = '/cds-services';
  return { discovery: services, service: `${services}/${service}`, feedback: `${services}/${service}/feedback` }[to];
}

/** Asks as an EHR does. Throws TargetFailure where no answer comes. */
export async function askCds(ask: CdsAsk, context: CdsContext, feedback?: unknown): Promise<CdsHeard> {
  const target = cdsTarget(context);
  const { ehr, baseUrl, runtime } = target;
  const patient = makePatient(ask.patient);
  const accessToken = ask.fhir ? ehr.admit(patient) : '';
  const path = cdsPath(ask);
  const jwt = tokenFor(ask.token ?? 'sandbox', `${baseUrl}${path}`, target);
  const from = { calls: runtime.calls.length, seen: ehr.seen.length };
  const undo = [
    ehr.misbehave(faultOf(ask.fhirFault), ask.pageSize),
    ask.runtime === undefined ? () => undefined : runtime.behave(behaviourOf(ask.runtime, target)),
  ];
  const started = performance.now();
  try {
    const body = ask.what === 'feedback' ? feedback : callBody(ask, patient, accessToken, ehr);
    const http = await httpExchange(
      originOf(baseUrl),
      questionOf(ask, basePath(baseUrl) + path, jwt, body),
      context.deadlineMs,
    );
    return {
      http,
      json: parsed(http.body),
      durationMs: performance.now() - started,
      patient,
      accessToken,
      jwt: jwt ?? '',
      predicts: runtime.calls.slice(from.calls).filter(({ method }) => method === 'Predict'),
      seen: ehr.seen.slice(from.seen),
    };
  } finally {
    for (const one of undo) one();
  }
}

/** Values of a case that stand for several are texts. */
const faultOf = (fault: CdsAsk['fhirFault']) =>
  /^\d+$/.test(String(fault)) ? (Number(fault) as CdsAsk['fhirFault']) : fault;
const originOf = (url: string) => new URL(url).origin;
const basePath = (url: string) => new URL(url).pathname.replace(/\/$/, '');

export function tokenFor(name: string, url: string, { baseUrl, ehr }: CdsTarget): string | undefined {
  const make = GOOD_TOKENS[name] ?? BAD_TOKENS[name];
  if (make === undefined) throw new RangeError(`the suite has no token "${name}"`);
  return make({ url, baseUrl, foreignJku: ehr.foreignJku });
}

function questionOf(ask: CdsAsk, path: string, jwt: string | undefined, body: unknown) {
  const { what, origin, route = 'service', headers = {} } = ask;
  const method = { discovery: 'GET', service: 'POST', feedback: 'POST', preflight: 'OPTIONS' }[what];
  const from = { listed: ORIGIN, unlisted: UNLISTED_ORIGIN, none: undefined }[origin ?? 'none'];
  const isSent = what === 'service' || what === 'feedback';
  const asksFor = route === 'discovery' ? 'GET' : 'POST';
  return {
    method: ask.method ?? method,
    path,
    headers: {
      ...(from !== undefined && { origin: from }),
      ...(what === 'preflight'
        ? {
            'access-control-request-method': asksFor,
            'access-control-request-headers': 'authorization,content-type',
          }
        : jwt !== undefined && { authorization: `Bearer ${jwt}` }),
      ...(isSent && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(isSent && { body: ask.body ?? JSON.stringify(changed(body, ask)) }),
  };
}

export function behaviourOf(spec: RuntimeSpec, target: CdsTarget): RuntimeBehaviour {
  const { probability, abstains, refuses, hangs, isEmpty, warns } = spec;
  const model = CDS_MODEL;
  if (hangs) return { model, hang: true };
  if (refuses !== undefined) {
    return { model, refuse: toGrpcFailure(new DeepHealthError(refuses as ErrorCode, 'Made by the suite.')) };
  }
  const answer = madeScore(target, probability === 'not-a-number' ? Number.NaN : (probability ?? 0.875), abstains);
  if (isEmpty) return { model, answer: { ...answer, findings: [] } };
  if (warns === undefined) return { model, answer };
  return { model, answer: { ...answer, warnings: [{ kind: 'WARNING_KIND_UNSPECIFIED', field: '', message: warns }] } };
}

/** A score whose number tells it from every other. */
export function madeScore({ models }: CdsTarget, probability: number, abstained = false): runtimeV1.PredictResponse {
  const written = models.find(({ model }) => model.name === CDS_MODEL);
  return {
    findings: [
      {
        name: CDS_OUTPUT,
        classification: {
          mode: 'CLASSIFICATION_MODE_BINARY',
          classes: [
            { label: 'benign', probability: 1 - probability },
            { label: CDS_CLASS, probability, threshold: 0.5 },
          ],
          decision: abstained ? [] : [probability >= 0.5 ? CDS_CLASS : 'benign'],
          abstained,
        },
      },
    ],
    provenance: {
      modelName: CDS_MODEL,
      modelVersion: '1',
      // An adapter may refuse the answer of another package.
      packageSha256: written?.packageSha256 ?? '',
      onnxSha256: written?.onnxSha256 ?? '',
      runtime: 'made',
      engine: 'made/1',
      executionProvider: 'cpu',
      batchSize: 1,
      contractVersion: '1.0',
    },
    warnings: abstained
      ? [{ kind: 'WARNING_KIND_ABSTAINED', field: CDS_OUTPUT, message: 'No decision was given.' }]
      : [],
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}
