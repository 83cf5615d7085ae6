/** Names that OGC API - Processes, Part 1, gives. */
const EXCEPTION = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';
const CONFORMANCE = 'http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf';
const RELATION = 'http://www.opengis.net/def/rel/ogc/1.0';

export const OGC_EXCEPTION = {
  noSuchProcess: `${EXCEPTION}/no-such-process`,
  noSuchJob: `${EXCEPTION}/no-such-job`,
  resultNotReady: `${EXCEPTION}/result-not-ready`,
  resultNotAvailable: `${EXCEPTION}/result-not-available`,
  invalidQuery: `${EXCEPTION}/invalid-query-parameter-value`,
} as const;

export const OGC_RELATION = {
  conformance: `${RELATION}/conformance`,
  processes: `${RELATION}/processes`,
  jobList: `${RELATION}/job-list`,
  execute: `${RELATION}/execute`,
  results: `${RELATION}/results`,
  exceptions: `${RELATION}/exceptions`,
  dismiss: `${RELATION}/dismiss`,
} as const;

/** Classes that this face declares. */
export const OGC_CONFORMANCE = [
  'core',
  'ogc-process-description',
  'json',
  'oas30',
  'job-list',
  'callback',
  'dismiss',
].map((name) => `${CONFORMANCE}/${name}`);
