import { DeepHealthError, isErrorCode } from '@deephealth/sdk';
import { httpFailure } from '../http/http-failure.js';
import type { RunRecord } from '../runs/run-record.js';
import { JOB_STATUS } from './job-state.js';
import { processId } from './process-id.js';
import { OGC_RELATION } from './standard-names.js';

/** A link as both editions of the standard have it: the newer one requires `rel`. */
export interface OgcLink {
  readonly href: string;
  readonly rel: string;
  readonly type?: string;
  readonly title?: string;
}

export const JSON_TYPE = 'application/json';

/** `statusInfo` of 1.0 (`jobID`, `type`) and of the newest draft (`id`, `processingEntityType`) at once. */
export function statusInfo(run: RunRecord, base: string): Readonly<Record<string, unknown>> {
  const self = `${base}/ogc/jobs/${run.runId}`;
  const status = JOB_STATUS[run.state];
  const links: OgcLink[] = [
    { href: self, rel: 'self', type: JSON_TYPE, title: 'This job' },
    { href: `${base}/ogc/processes/${processId(run.chain)}`, rel: 'up', type: JSON_TYPE, title: 'Its process' },
  ];
  if (status === 'successful') {
    links.push({ href: `${self}/results`, rel: OGC_RELATION.results, type: JSON_TYPE, title: 'Results' });
  }
  if (status === 'failed') {
    links.push({
      href: `${self}/results`,
      rel: OGC_RELATION.exceptions,
      type: 'application/problem+json',
      title: 'Why',
    });
  }
  const message = run.failure?.message;
  return {
    jobID: run.runId,
    id: run.runId,
    processID: processId(run.chain),
    type: 'process',
    processingEntityType: 'ogc-api-processes',
    status,
    ...(message === undefined ? {} : { message }),
    ...(status === 'failed' ? { exception: failureProblem(run) } : {}),
    created: run.submittedAt,
    ...(run.startedAt === undefined ? {} : { started: run.startedAt }),
    ...(run.endedAt === undefined ? {} : { finished: run.endedAt }),
    updated: run.updatedAt,
    progress: Math.min(100, Math.max(0, Math.floor(run.progress))),
    links,
  };
}

/** Why a run has no results, as the problem that stands in their place. */
export function failureProblem({ failure }: RunRecord): Readonly<Record<string, unknown>> {
  return httpFailure(failureOf(failure), 'ogc').body;
}

export function failureOf(failure: RunRecord['failure']): DeepHealthError {
  const { code, message } = failure ?? { code: 'DH_INTERNAL', message: 'The run failed.' };
  return isErrorCode(code) ? new DeepHealthError(code, message) : new DeepHealthError('DH_INTERNAL', message);
}

/** Top of the results: what each file and folder of a result is called as an output of the process. */
export function outputName(path: string): string {
  const [first = path, ...rest] = path.split('/');
  return rest.length > 0 ? first : first.replace(/\.[^.]*$/, '');
}

/** The document of the results: links, for pictures and tables do not belong into JSON. */
export function resultsDocument(
  run: RunRecord,
  base: string,
  outputs: readonly string[] | undefined,
): Readonly<Record<string, unknown>> {
  const byName = new Map<string, { readonly isFolder: boolean; readonly links: OgcLink[] }>();
  for (const { path, mediaType } of run.artefacts) {
    const name = outputName(path);
    if (outputs !== undefined && !outputs.includes(name)) continue;
    const entry = byName.get(name) ?? { isFolder: path.includes('/'), links: [] };
    entry.links.push({ href: artefactUrl(run.runId, path, base), rel: 'item', type: mediaType, title: path });
    byName.set(name, entry);
  }
  return Object.fromEntries([...byName].map(([name, { isFolder, links }]) => [name, isFolder ? links : links[0]]));
}

export function artefactUrl(runId: string, path: string, base: string): string {
  return `${base}/ga4gh/wes/v1/runs/${runId}/artefacts/${path.split('/').map(encodeURIComponent).join('/')}`;
}
