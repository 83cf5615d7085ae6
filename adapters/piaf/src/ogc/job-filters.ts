import { DeepHealthError } from '@deephealth/sdk';
import { FaceFailure } from '../http/http-failure.js';
import { countOf, tokenOf } from '../http/page-query.js';
import type { RunRecord } from '../runs/run-record.js';
import type { RunService } from '../runs/run-service.js';
import { JOB_STATUS } from './job-state.js';
import { processId } from './process-id.js';
import { OGC_EXCEPTION } from './standard-names.js';

export type JobQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface JobFilter {
  readonly limit: number;
  readonly pageToken?: string;
  readonly isWanted: (run: RunRecord) => boolean;
}

const DEFAULT_LIMIT = 10;
const LONGEST_LIST = 100;
const KNOWN = ['limit', 'status', 'processID', 'type', 'datetime', 'minDuration', 'maxDuration', 'page_token'];
const STATUSES: readonly string[] = Object.values(JOB_STATUS);

/** The filters of a list of jobs, all of which must hold. @throws FaceFailure for what the standard does not know */
export function jobFilter(query: JobQuery): JobFilter {
  const unknown = Object.keys(query).some((name) => !KNOWN.includes(name));
  if (unknown) throw invalid('query', `may only have ${KNOWN.join(', ')}`);
  const types = listOf(query.type, 'type');
  if (types?.some((type) => type !== 'process')) throw invalid('type', 'can only be "process"');
  const statuses = listOf(query.status, 'status');
  if (statuses?.some((status) => !STATUSES.includes(status))) {
    throw invalid('status', `must be of ${[...new Set(STATUSES)].join(', ')}`);
  }
  const processes = listOf(query.processID, 'processID');
  const [from, to] = intervalOf(query.datetime);
  const least = secondsOf(query.minDuration, 'minDuration') ?? 0;
  const most = secondsOf(query.maxDuration, 'maxDuration') ?? Number.POSITIVE_INFINITY;
  const asksDuration = query.minDuration !== undefined || query.maxDuration !== undefined;
  try {
    return {
      limit: countOf(query.limit, 'limit', DEFAULT_LIMIT),
      ...tokenOf(query.page_token, 'page_token'),
      isWanted(run) {
        const created = Date.parse(run.submittedAt);
        const duration = durationS(run);
        return (
          (statuses?.includes(JOB_STATUS[run.state]) ?? true) &&
          (processes?.includes(processId(run.chain)) ?? true) &&
          created >= from &&
          created <= to &&
          (!asksDuration || (duration !== undefined && duration >= least && duration <= most))
        );
      },
    };
  } catch (thrown) {
    throw asQueryFailure(thrown);
  }
}

/**
 * A page of wanted runs: as many as the limit, or fewer. Pages of the service that hold no wanted run are skipped, and
 * none is taken apart, so that its token is where the next page begins.
 */
export function listJobs(
  service: RunService,
  tenant: string,
  { limit, pageToken, isWanted }: JobFilter,
): { readonly runs: readonly RunRecord[]; readonly nextPageToken?: string } {
  let token = pageToken;
  for (;;) {
    const { runs, nextPageToken } = readPage(service, tenant, limit, token);
    const wanted = runs.filter(isWanted);
    if (wanted.length > 0 || nextPageToken === undefined) {
      return { runs: wanted, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
    }
    token = nextPageToken;
  }
}

function readPage(service: RunService, tenant: string, pageSize: number, pageToken: string | undefined) {
  try {
    return service.list(tenant, { pageSize, ...(pageToken === undefined ? {} : { pageToken }) });
  } catch (thrown) {
    throw asQueryFailure(thrown);
  }
}

function asQueryFailure(thrown: unknown): unknown {
  const isQuery = thrown instanceof DeepHealthError && thrown.code === 'DH_CHAIN_REQUEST_INVALID';
  return isQuery ? new FaceFailure(thrown, { type: OGC_EXCEPTION.invalidQuery }) : thrown;
}

function durationS({ startedAt, endedAt }: RunRecord): number | undefined {
  if (startedAt === undefined) return undefined;
  return ((endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)) / 1000;
}

/** `a,b` and `x=a&x=b` are the same list. */
function listOf(value: JobQuery[string], field: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list = [value].flat().flatMap((one) => one.split(','));
  if (list.length > LONGEST_LIST) throw invalid(field, `must have ${LONGEST_LIST} values at most`);
  return list;
}

function secondsOf(value: JobQuery[string], field: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
  throw invalid(field, 'must be a whole number of seconds');
}

/** A moment, or `from/to` with `..` or nothing for an open end. */
function intervalOf(value: JobQuery[string]): readonly [number, number] {
  if (value === undefined) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const ends = typeof value === 'string' ? value.split('/') : [];
  const moment = (text: string) => {
    const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i.test(text)
      ? Date.parse(text)
      : Number.NaN;
    if (Number.isNaN(at)) throw invalid('datetime', 'must be a date-time of RFC 3339, or two with a slash between');
    return at;
  };
  const isOpen = (text: string | undefined) => text === '' || text === '..';
  const [first, second] = ends;
  if (ends.length === 1 && first !== undefined) return [moment(first), moment(first)];
  if (ends.length !== 2 || first === undefined || second === undefined || (isOpen(first) && isOpen(second))) {
    throw invalid('datetime', 'must be a date-time of RFC 3339, or two with a slash between');
  }
  return [
    isOpen(first) ? Number.NEGATIVE_INFINITY : moment(first),
    isOpen(second) ? Number.POSITIVE_INFINITY : moment(second),
  ];
}

function invalid(field: string, sentence: string): FaceFailure {
  const refused = new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" ${sentence}.`, { details: { field } });
  return new FaceFailure(refused, { type: OGC_EXCEPTION.invalidQuery });
}
