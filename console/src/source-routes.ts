import { DeepHealthError, type MethodAccess } from '@deephealth/sdk';
import type { SourceName } from './api.js';
import { type ApiCall, type ApiRoute, RawAnswer } from './api-route.js';
import type { ConsoleOptions, ConsoleSources } from './console-options.js';
import { shortText, wholeNumber } from './query-fields.js';
import { REPORT_HEADERS } from './security-headers.js';

const MOST_ROWS = 500;
const ROWS = 50;

/** What lies beside the models: the running server, its records, reports, and adapters. */
export function sourceRoutes({ sources }: ConsoleOptions): ApiRoute[] {
  const route = (
    source: SourceName,
    path: string,
    access: MethodAccess,
    answer: (from: ConsoleSources, call: ApiCall) => Promise<object> | object,
  ): ApiRoute => ({
    ...{ method: 'GET', path, access },
    answer(call) {
      assertAvailable(source, sources);
      return answer(sources, call);
    },
  });
  return [
    route('metrics', 'live', 'metrics.read', ({ metrics }, { caller }) => metrics.read(caller)),
    route('audit', 'audit', 'audit.read', ({ audit }, { request, caller }) =>
      audit.page({ ...pageOf(request.query), ...filterOf(request.query) }, caller),
    ),
    route('audit', 'audit/verification', 'audit.read', ({ audit }) => audit.verify()),
    route('feedback', 'feedback', 'feedback.read', ({ feedback }, { request, caller }) =>
      feedback.page(pageOf(request.query), caller),
    ),
    route('reports', 'reports', 'models.read', async ({ reports }) => ({ reports: await reports.list() })),
    route('reports', 'reports/{id}', 'models.read', async ({ reports }, { request }) => {
      const html = await reports.page(request.param('id'));
      if (html === undefined) {
        throw new DeepHealthError('DH_CONSOLE_ITEM_NOT_FOUND', 'There is no report of this id.');
      }
      return new RawAnswer({
        ...{ status: 200, contentType: 'text/html; charset=utf-8', body: [html], headers: REPORT_HEADERS },
      });
    }),
    route('rules', 'rules', 'models.read', ({ rules }, { caller }) => rules.list(caller)),
    route('slides', 'slides', 'models.read', ({ slides }, { caller }) => slides.list(caller)),
    route('jobs', 'jobs', 'models.read', ({ jobs }, { caller }) => ({ items: jobs.list(caller) })),
    route('ttmip', 'ttmip', 'models.read', async ({ ttmip }, { caller }) => ({
      timelines: await ttmip.read(caller),
    })),
  ];
}

function assertAvailable(name: SourceName, sources: ConsoleSources): void {
  const { available, reason = 'This server does not have it.' } = sources[name].status();
  if (!available) throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', reason, { details: { field: name } });
}

function pageOf(query: URLSearchParams) {
  const before = wholeNumber(query, 'before', 0, Number.MAX_SAFE_INTEGER);
  return { limit: wholeNumber(query, 'limit', 1, MOST_ROWS) ?? ROWS, ...(before !== undefined && { before }) };
}

function filterOf(query: URLSearchParams) {
  const [kind, model] = [shortText(query, 'kind'), shortText(query, 'model')];
  return { ...(kind !== undefined && { kind }), ...(model !== undefined && { model }) };
}
