import { type JsonAnswer, type JsonRequest, serveJson } from '../simulators/http-json.js';
import type { NullTarget } from './null-target.js';

/** Nobody listens there; no case of the profile asks on the contract's face. */
const NO_CONTRACT = '127.0.0.1:9';

/** What answers without running anything. None of them may pass a single MUST. */
export const NULL_PIAF: readonly NullTarget[] = [
  nothing('N-P1', 'knows nothing', () => ({
    status: 404,
    body: { msg: 'No.', status_code: 404, type: 'about:blank' },
  })),
  nothing('N-P2', 'answers everything with nothing', () => ({ status: 200, body: {} })),
  // What it never asks of the runtime is waited for as what it never answers.
  nothing('N-P3', 'takes every run, and says at once that it is done', done, true),
  nothing('N-P4', 'never answers', () => new Promise<JsonAnswer>(() => undefined), true),
  nothing('N-P5', 'ends every connection', () => undefined),
  nothing('N-P6', 'trusts nobody', () => ({ status: 401, body: { msg: 'No.', status_code: 401 } })),
  nothing('N-P7', 'refuses everything', () => ({
    status: 400,
    body: { msg: 'No.', status_code: 400, type: 'about:blank' },
  })),
  nothing('N-P8', 'gives back what it gets', ({ body }) => ({ status: 200, text: body })),
  nothing('N-P9', 'is always full', () => ({ status: 429, headers: { 'retry-after': '1' }, body: { msg: 'Later.' } })),
];

let runs = 0;

function done({ method, path, headers }: JsonRequest): JsonAnswer {
  const id = `none-${runs++}`;
  if (path.endsWith('/service-info')) return { status: 200, body: { supported_wes_versions: ['1.1.0'] } };
  if (path.endsWith('/processes')) {
    const ids = ['table.1.dose', 'table.1.dose-recorded', 'picture.1.parts', 'recording.1.level'];
    return { status: 200, body: { processes: ids.map((end) => ({ id: `conformance-chain-${end}` })) } };
  }
  if (method === 'POST' && path.endsWith('/execution')) {
    const location = `http://${headers.host}/ogc/jobs/${id}`;
    return { status: 201, headers: { location }, body: { jobID: id, status: 'successful', progress: 100 } };
  }
  if (method === 'POST') return { status: 200, body: { run_id: id } };
  return {
    status: 200,
    body: { run_id: id, jobID: id, state: 'COMPLETE', status: 'successful', progress: 100, outputs: {}, runs: [] },
  };
}

function nothing(
  id: string,
  title: string,
  answer: (request: JsonRequest) => JsonAnswer | Promise<JsonAnswer>,
  isSilent = false,
): NullTarget {
  return {
    ...{ id, title, isSilent },
    start: async () => {
      const server = await serveJson(answer);
      return { address: NO_CONTRACT, platformFace: server.url, log: [], stop: server.stop };
    },
  };
}
