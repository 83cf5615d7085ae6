import { Agent } from 'node:http';
import { httpExchange } from '../oip/http-exchange.js';
import { NotJudged, TargetFailure } from '../run/case-result.js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import type { Probe } from './probe.js';

const PATH = '/v2/health/live';
/** No such method here, which is as good. */
const NOT_OFFERED = [404, 405, 501];

/**
 * HEAD is answered without a body, as GET or as a method that is not offered: a body would be taken
 * for the start of the next answer on the same connection, so that one is asked for.
 */
export const oipHead: Probe = async ({ oip, timeScale = 1 }) => {
  if (oip?.http === undefined) throw new NotJudged('notApplicable', 'no address of HTTP was given');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const limitMs = TIMEOUTS_MS.call * timeScale;
  try {
    const head = await httpExchange(oip.http, { method: 'HEAD', path: PATH, agent }, limitMs);
    const get = await httpExchange(oip.http, { method: 'GET', path: PATH, agent }, limitMs);
    if (get.status !== 200) throw new TargetFailure(`GET ${PATH} after HEAD: ${get.status}`);
    if (head.status !== get.status && !NOT_OFFERED.includes(head.status)) {
      throw new TargetFailure(`HEAD ${PATH}: ${head.status}, GET: ${get.status}`);
    }
    return [`HEAD ${head.status}, then GET ${get.status} on the same connection`];
  } finally {
    agent.destroy();
  }
};
