import { VERSION } from '../version.js';

type Json = Readonly<Record<string, unknown>>;

const json = (description: string, schema: Json): Json => ({
  description,
  content: { 'application/json': { schema } },
});
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const problem: Json = {
  description: 'A problem of RFC 7807; "type" is one of the standard where it has one.',
  content: { 'application/problem+json': { schema: ref('Exception') } },
};
const path = (name: string): Json => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const query = (name: string, schema: Json): Json => ({ name, in: 'query', required: false, schema });
const errors = (...statuses: readonly number[]): Json =>
  Object.fromEntries([...statuses, 500].map((status) => [String(status), problem]));
const links: Json = { type: 'array', items: ref('Link') };
const texts: Json = { type: 'array', items: { type: 'string' } };
const time: Json = { type: 'string', format: 'date-time' };
const uri: Json = { type: 'string', format: 'uri' };
const described: Json = { title: { type: 'string' }, description: { type: 'string' } };

/** The face as an OpenAPI 3.0 document. @param server address of the face */
export function apiDocument(server: string): Json {
  return {
    openapi: '3.0.3',
    info: { title: 'DeepHealth processing chains: OGC API - Processes', version: VERSION },
    servers: [{ url: server }],
    security: [{ key: [] }, {}],
    paths: {
      '/': { get: operation('getLandingPage', 'The landing page', json('Links', ref('LandingPage'))) },
      '/api': {
        get: operation('getApi', 'This document', {
          description: 'OpenAPI 3.0',
          content: { 'application/vnd.oai.openapi+json;version=3.0': { schema: { type: 'object' } } },
        }),
      },
      '/conformance': {
        get: operation('getConformance', 'Conformance classes', json('Classes', ref('Conformance'))),
      },
      '/processes': {
        get: operation('getProcesses', 'The chains', json('Processes', ref('ProcessList'))),
      },
      '/processes/{processID}': {
        get: operation('getProcess', 'One chain', json('Process', ref('Process')), [path('processID')], [404]),
      },
      '/processes/{processID}/execution': {
        post: {
          operationId: 'execute',
          summary: 'Begins a run; never waits for its end',
          parameters: [
            path('processID'),
            { name: 'Prefer', in: 'header', required: false, schema: { type: 'string' } },
            { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 } },
          ],
          requestBody: { required: true, content: { 'application/json': { schema: ref('Execute') } } },
          responses: {
            201: {
              ...json('The job', ref('StatusInfo')),
              headers: {
                Location: { schema: uri, description: 'The job' },
                'Preference-Applied': { schema: { type: 'string' }, description: 'Only where it was asked for' },
              },
            },
            ...errors(400, 403, 404, 409, 413, 429, 503),
          },
          callbacks: {
            success: callback('successUri', ref('Results')),
            inProgress: callback('inProgressUri', ref('StatusInfo')),
            failed: callback('failedUri', ref('StatusInfo')),
          },
        },
      },
      '/jobs': {
        get: operation(
          'getJobs',
          'The jobs of the caller, newest first',
          json('Jobs', ref('JobList')),
          [
            query('limit', { type: 'integer', minimum: 1, maximum: 1000, default: 10 }),
            query('status', { type: 'array', items: ref('StatusCode') }),
            query('processID', texts),
            query('type', { type: 'array', items: { type: 'string', enum: ['process'] } }),
            query('datetime', { type: 'string' }),
            query('minDuration', { type: 'integer' }),
            query('maxDuration', { type: 'integer' }),
            query('page_token', { type: 'string' }),
          ],
          [400],
        ),
      },
      '/jobs/{jobID}': {
        get: operation('getStatus', 'One job', json('Status', ref('StatusInfo')), [path('jobID')], [404]),
        delete: operation('dismiss', 'Cancels a job', json('Status', ref('StatusInfo')), [path('jobID')], [404]),
      },
      '/jobs/{jobID}/results': {
        get: operation('getResult', 'Results', json('Links', ref('Results')), [path('jobID')], [400, 404, 503]),
      },
    },
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } }, schemas: SCHEMAS },
  };
}

function operation(
  operationId: string,
  summary: string,
  ok: Json,
  parameters: readonly Json[] = [],
  statuses: readonly number[] = [],
): Json {
  return { operationId, summary, parameters, responses: { 200: ok, ...errors(401, ...statuses) } };
}

function callback(member: string, schema: Json): Json {
  return {
    [`{$request.body#/subscriber/${member}}`]: {
      post: {
        requestBody: { content: { 'application/json': { schema } } },
        responses: { 200: { description: 'Taken' } },
      },
    },
  };
}

const SCHEMAS: Json = {
  Link: {
    type: 'object',
    required: ['href', 'rel'],
    properties: {
      href: { type: 'string' },
      rel: { type: 'string' },
      type: { type: 'string' },
      title: { type: 'string' },
    },
  },
  LandingPage: { type: 'object', required: ['links'], properties: { ...described, links } },
  Conformance: { type: 'object', required: ['conformsTo'], properties: { conformsTo: texts } },
  ProcessSummary: {
    type: 'object',
    required: ['id', 'version'],
    properties: {
      ...described,
      id: { type: 'string' },
      version: { type: 'string' },
      jobControlOptions: texts,
      outputTransmission: texts,
      links,
    },
  },
  Process: {
    allOf: [
      ref('ProcessSummary'),
      { type: 'object', properties: { inputs: { type: 'object' }, outputs: { type: 'object' } } },
    ],
  },
  ProcessList: {
    type: 'object',
    required: ['processes', 'links'],
    properties: { processes: { type: 'array', items: ref('ProcessSummary') }, links },
  },
  Execute: {
    type: 'object',
    required: ['inputs'],
    properties: {
      inputs: { type: 'object', required: ['studies'], additionalProperties: true },
      outputs: { type: 'object' },
      response: { type: 'string', enum: ['document'] },
      subscriber: {
        type: 'object',
        properties: { successUri: uri, inProgressUri: uri, failedUri: uri },
      },
    },
  },
  StatusCode: { type: 'string', enum: ['accepted', 'running', 'successful', 'failed', 'dismissed'] },
  StatusInfo: {
    type: 'object',
    required: ['jobID', 'id', 'type', 'processingEntityType', 'status'],
    properties: {
      jobID: { type: 'string' },
      id: { type: 'string' },
      processID: { type: 'string' },
      type: { type: 'string', enum: ['process'] },
      processingEntityType: { type: 'string', enum: ['ogc-api-processes'] },
      status: ref('StatusCode'),
      message: { type: 'string' },
      exception: ref('Exception'),
      created: time,
      started: time,
      finished: time,
      updated: time,
      progress: { type: 'integer', minimum: 0, maximum: 100 },
      links,
    },
  },
  JobList: {
    type: 'object',
    required: ['jobs', 'links'],
    properties: { jobs: { type: 'array', items: ref('StatusInfo') }, links },
  },
  Results: {
    type: 'object',
    additionalProperties: { oneOf: [ref('Link'), { type: 'array', items: ref('Link') }] },
  },
  Exception: {
    type: 'object',
    required: ['type'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string' },
      details: { type: 'object' },
    },
  },
};
