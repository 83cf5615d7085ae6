import type { OpenInference } from '../open-inference/open-inference.js';
import { jsonResponse, messageToJson } from './message-json.js';
import type { Route } from './route.js';

/**
 * Server metadata and health. "Not ready" is 503, which load balancers understand, with the JSON of
 * the protocol; Triton answers 400 without a body, and its clients look for 200 only.
 */
export function serverRoutes(oip: OpenInference): Route[] {
  return [
    {
      method: 'GET',
      path: '/v2',
      access: 'models.read',
      handle: (request) => jsonResponse(messageToJson('ServerMetadata', oip.serverMetadata(request))),
    },
    {
      method: 'GET',
      path: '/v2/health/live',
      access: 'open',
      handle() {
        const live = oip.serverLive().live === true;
        return jsonResponse({ live }, live ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/v2/health/ready',
      access: 'open',
      handle() {
        const ready = oip.serverReady().ready === true;
        return jsonResponse({ ready }, ready ? 200 : 503);
      },
    },
  ];
}
