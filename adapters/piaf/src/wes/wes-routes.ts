import { Readable } from 'node:stream';
import { DeepHealthError } from '@deephealth/sdk';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FaceContext } from '../http/face-context.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { countOf, tokenOf } from '../http/page-query.js';
import { ASK, READ } from '../http/route-access.js';
import { sendArtefact } from '../http/send-artefact.js';
import type { RunRecord, TaskRecord } from '../runs/run-record.js';
import { parsePlainForm, type RunForm, readRunForm } from './read-run-form.js';
import { runLog, runStatus, runSummary, taskLog } from './run-documents.js';
import { parseRunRequest } from './run-request.js';
import { serviceInfo } from './service-info.js';

type Place<Name extends string> = { readonly Params: Readonly<Record<Name, string>> };
interface Page {
  readonly Querystring: { readonly page_size?: unknown; readonly page_token?: unknown };
}

const DEFAULT_PAGE = 100;
const DEEPEST_TOKEN = 10_000_000;

/** GA4GH WES 1.1, and the artefacts and logs that it leaves to URLs: each path in docs/chain-faces.md. */
export async function wesRoutes(app: FastifyInstance, { context }: { readonly context: FaceContext }): Promise<void> {
  const { service, tenantOf, baseOf } = context;
  const runOf = (request: FastifyRequest<Place<'run'>>) => service.get(tenantOf(request), request.params.run);

  app.get('/service-info', READ, async (request) =>
    serviceInfo(context, {
      tenant: tenantOf(request),
      chains: context.chainsOf(request),
      base: baseOf(request),
    }),
  );

  app.post('/runs', ASK, async (request) => {
    const tenant = tenantOf(request);
    const key = idempotencyKeyOf(request.headers);
    const form = await formOf(context, tenant, request);
    try {
      const asked = parseRunRequest(form, {
        ...{ chains: context.chainsOf(request), roots: context.rootsOf(tenant), base: baseOf(request) },
      });
      const { upload } = form;
      const run = await service.submit({
        ...{ tenant, face: 'wes', ...asked, ...key, ...(upload === undefined ? {} : { upload }) },
      });
      return { run_id: run.runId };
    } catch (thrown) {
      await form.upload?.discard();
      throw thrown;
    }
  });

  app.get<Page>('/runs', ASK, async (request) => {
    const { page_size, page_token } = request.query;
    const { runs, nextPageToken = '' } = service.list(tenantOf(request), {
      ...{ pageSize: countOf(page_size, 'page_size', DEFAULT_PAGE), ...tokenOf(page_token, 'page_token') },
    });
    return { runs: runs.map(runSummary), next_page_token: nextPageToken };
  });
  app.get<Place<'run'>>('/runs/:run', ASK, async (request) => runLog(runOf(request), baseOf(request)));
  app.get<Place<'run'>>('/runs/:run/status', ASK, async (request) => runStatus(runOf(request)));
  app.post<Place<'run'>>('/runs/:run/cancel', ASK, async (request) => {
    const { runId } = await service.cancel(tenantOf(request), request.params.run);
    return { run_id: runId };
  });

  app.get<Place<'run'> & Page>('/runs/:run/tasks', ASK, async (request) => {
    const run = runOf(request);
    const size = countOf(request.query.page_size, 'page_size', DEFAULT_PAGE);
    // Tasks are only ever added, so the place of the next one is a token that stays true.
    const start = countOf(request.query.page_token, 'page_token', 0, { least: 0, most: DEEPEST_TOKEN });
    const tasks = run.tasks.slice(start, start + size);
    const end = start + tasks.length;
    return {
      task_logs: tasks.map((task) => taskLog(run, task, baseOf(request))),
      next_page_token: end < run.tasks.length ? String(end) : '',
    };
  });
  app.get<Place<'run' | 'task'>>('/runs/:run/tasks/:task', ASK, async (request) => {
    const run = runOf(request);
    return taskLog(run, taskOf(run, request.params.task), baseOf(request));
  });
  app.get<Place<'run' | 'task' | 'stream'>>('/runs/:run/tasks/:task/:stream', ASK, async (request, reply) => {
    const run = runOf(request);
    const { task, stream } = request.params;
    const { name } = taskOf(run, task);
    if (stream !== 'stdout' && stream !== 'stderr') {
      throw new DeepHealthError('DH_ARTEFACT_NOT_FOUND', 'A task has stdout and stderr, and nothing else.');
    }
    // Steps write their documents to files and what they have to say to stderr.
    const text = stream === 'stderr' ? service.taskLog(tenantOf(request), run.runId, name) : '';
    return reply.type('text/plain; charset=utf-8').send(text);
  });
  app.route<Place<'run' | '*'>>({
    // The library's own HEAD would read the file to its end.
    method: ['GET', 'HEAD'],
    url: '/runs/:run/artefacts/*',
    ...ASK,
    handler: async (request, reply) => {
      const { run: runId, '*': path } = request.params;
      return sendArtefact(service, tenantOf(request), { runId, path }, request, reply);
    },
  });
}

async function formOf({ service, limits }: FaceContext, tenant: string, request: FastifyRequest): Promise<RunForm> {
  const { body, headers } = request;
  if (Number(headers['content-length'] ?? 0) > limits.maxUploadBytes) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The body is larger than this server accepts.');
  }
  if (body instanceof Readable) return readRunForm(body, headers, () => service.createUpload(tenant), limits);
  if (Buffer.isBuffer(body) && /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '')) {
    return parsePlainForm(body);
  }
  throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The body must be multipart/form-data.', {
    details: { expected: 'multipart/form-data' },
  });
}

/** A task that is not there is not found, as a run that is not there. */
function taskOf(run: RunRecord, name: string): TaskRecord {
  const found = run.tasks.find((task) => task.name === name);
  if (found !== undefined) return found;
  throw new DeepHealthError('DH_RUN_NOT_FOUND', 'The run has no such task.', { details: { field: 'task_id' } });
}
