import { bodyBytes, DeepHealthError } from '@deephealth/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FaceContext } from '../http/face-context.js';
import { FaceFailure } from '../http/http-failure.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { ASK, READ } from '../http/route-access.js';
import type { RunRecord } from '../runs/run-record.js';
import type { ServedChain, SubmitRequest } from '../runs/run-service.js';
import { apiDocument } from './api-document.js';
import { type ExecuteRequest, parseExecuteRequest } from './execute-request.js';
import { failureOf, JSON_TYPE, resultsDocument, statusInfo } from './job-documents.js';
import { type JobQuery, jobFilter, listJobs } from './job-filters.js';
import { JOB_STATUS } from './job-state.js';
import { chainOfProcess, processId } from './process-id.js';
import { OGC_CONFORMANCE, OGC_EXCEPTION, OGC_RELATION } from './standard-names.js';

type Place<Name extends string> = { readonly Params: Readonly<Record<Name, string>> };

/** OGC API - Processes, Part 1: each path in docs/chain-faces.md. */
export async function ogcRoutes(app: FastifyInstance, { context }: { readonly context: FaceContext }): Promise<void> {
  const { service, tenantOf, chainsOf, baseOf } = context;
  const link = (request: FastifyRequest, way: string, rel: string, title: string, type = JSON_TYPE) => ({
    ...{ href: `${baseOf(request)}/ogc${way}`, rel, type, title },
  });

  app.get('/', READ, async (request) => ({
    title: 'Processing chains',
    description: 'Models over many studies, as jobs.',
    links: [
      link(request, '/', 'self', 'This page'),
      link(request, '/api', 'service-desc', 'OpenAPI', 'application/vnd.oai.openapi+json;version=3.0'),
      link(request, '/conformance', OGC_RELATION.conformance, 'Conformance classes'),
      link(request, '/processes', OGC_RELATION.processes, 'Processes'),
      link(request, '/jobs', OGC_RELATION.jobList, 'Jobs'),
    ],
  }));
  app.get('/api', READ, async (request, reply) =>
    reply
      .type('application/vnd.oai.openapi+json;version=3.0')
      .send(JSON.stringify(apiDocument(`${baseOf(request)}/ogc`))),
  );
  app.get('/conformance', READ, async () => ({ conformsTo: OGC_CONFORMANCE }));

  app.get('/processes', READ, async (request) => ({
    processes: chainsOf(request).map((chain) => processSummary(context, chain, request)),
    links: [link(request, '/processes', 'self', 'This list')],
  }));
  app.get<Place<'process'>>('/processes/:process', READ, async (request) =>
    processDescription(context, chainOfProcess(chainsOf(request), request.params.process), request),
  );

  app.post<Place<'process'>>('/processes/:process/execution', ASK, async (request, reply) => {
    const tenant = tenantOf(request);
    const chain = chainOfProcess(chainsOf(request), request.params.process);
    const parsed = parseExecuteRequest(bodyBytes(request), {
      ...{ chain, roots: context.rootsOf(tenant), callbackHosts: context.callbackHosts },
      outputNames: Object.keys(processOutputs(context, chain)),
    });
    const { files, ...asked } = parsed;
    const run = await submit(context, files, {
      ...{ tenant, face: 'ogc', chain: chain.id, ...asked, ...idempotencyKeyOf(request.headers) },
    });
    const isAsked = [request.headers.prefer].flat().some((one) => /(?:^|,)\s*respond-async\b/i.test(one ?? ''));
    if (isAsked) reply.header('preference-applied', 'respond-async');
    const base = baseOf(request);
    return reply.code(201).header('location', `${base}/ogc/jobs/${run.runId}`).send(statusInfo(run, base));
  });

  app.get<{ Querystring: JobQuery }>('/jobs', ASK, async (request) => {
    const filter = jobFilter(request.query);
    const { runs, nextPageToken } = listJobs(service, tenantOf(request), filter);
    const links = [link(request, '/jobs', 'self', 'This list')];
    if (nextPageToken !== undefined) {
      const next = new URLSearchParams(
        Object.entries(request.query).flatMap(([name, value]) =>
          [value ?? []].flat().map((one): [string, string] => [name, one]),
        ),
      );
      next.set('page_token', nextPageToken);
      links.push(link(request, `/jobs?${next}`, 'next', 'The next page'));
    }
    return { jobs: runs.map((run) => statusInfo(run, baseOf(request))), links };
  });
  app.get<Place<'job'>>('/jobs/:job', ASK, async (request) =>
    statusInfo(service.get(tenantOf(request), request.params.job), baseOf(request)),
  );
  app.delete<Place<'job'>>('/jobs/:job', ASK, async (request) =>
    statusInfo(await service.cancel(tenantOf(request), request.params.job), baseOf(request)),
  );
  app.get<Place<'job'>>('/jobs/:job/results', ASK, async (request) => {
    const run = service.get(tenantOf(request), request.params.job);
    checkHasResults(run);
    const { outputs } = run.request;
    const isList = Array.isArray(outputs) && outputs.every((one) => typeof one === 'string');
    return resultsDocument(run, baseOf(request), isList && run.face === 'ogc' ? outputs : undefined);
  });
}

/** @throws FaceFailure with the type of the standard */
function checkHasResults(run: RunRecord): void {
  const status = JOB_STATUS[run.state];
  if (status === 'successful') return;
  if (status === 'failed') throw failureOf(run.failure);
  const isOver = status === 'dismissed';
  throw new FaceFailure(
    new DeepHealthError('DH_RUN_NOT_COMPLETE', isOver ? 'The job was dismissed.' : 'The job has not ended.'),
    { type: isOver ? OGC_EXCEPTION.resultNotAvailable : OGC_EXCEPTION.resultNotReady },
  );
}

async function submit(
  { service }: FaceContext,
  files: ExecuteRequest['files'],
  request: SubmitRequest,
): Promise<RunRecord> {
  if (files.length === 0) return service.submit(request);
  const upload = await service.createUpload(request.tenant);
  try {
    for (const { name, content } of files) await upload.add(name, content);
    return await service.submit({ ...request, upload });
  } catch (thrown) {
    await upload.discard();
    throw thrown;
  }
}

function processSummary({ describeChain, baseOf }: FaceContext, chain: ServedChain, request: FastifyRequest) {
  const { title, description, version, keywords, metadata } = describeChain(chain).ogcProcess;
  const self = `${baseOf(request)}/ogc/processes/${processId(chain.id)}`;
  return {
    ...Object.fromEntries(
      Object.entries({ title, description, keywords, metadata }).filter(([, value]) => value !== undefined),
    ),
    id: processId(chain.id),
    version: version ?? chain.manifest.version,
    jobControlOptions: ['async-execute', 'dismiss'],
    outputTransmission: ['reference'],
    links: [
      { href: self, rel: 'self', type: JSON_TYPE, title: 'This process' },
      { href: `${self}/execution`, rel: OGC_RELATION.execute, type: JSON_TYPE, title: 'Begin a run' },
      {
        ...{ href: `${baseOf(request)}/chains/${chain.id}/workflow.cwl`, rel: 'alternate' },
        ...{ type: 'application/cwl', title: 'As CWL' },
      },
    ],
  };
}

function processDescription(context: FaceContext, chain: ServedChain, request: FastifyRequest) {
  const { inputs = {} } = context.describeChain(chain).ogcProcess;
  return { ...processSummary(context, chain, request), inputs, outputs: processOutputs(context, chain) };
}

const processOutputs = ({ describeChain }: FaceContext, chain: ServedChain): object =>
  (describeChain(chain).ogcProcess.outputs ?? {}) as object;
