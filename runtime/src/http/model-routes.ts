import { DeepHealthError } from '@deephealth/sdk';
import type { OpenInference } from '../open-inference/open-inference.js';
import { errorResponse } from './error-response.js';
import { type InferTarget, parseInferRequest } from './infer-request.js';
import { toInferResponse } from './infer-response.js';
import { jsonResponse, messageToJson } from './message-json.js';
import { rawBinaryRequest } from './raw-binary-request.js';
import type { HttpRequest, HttpResponse, Route } from './route.js';

/** What can be asked of a model, of one version or of the one that the server chooses. */
export function modelRoutes(oip: OpenInference): Route[] {
  const statistics: Route = {
    method: 'GET',
    path: '/v2/models/stats',
    handle: () => jsonResponse(messageToJson('ModelStatistics', oip.modelStatistics({ name: '', version: '' }))),
  };
  return [
    statistics,
    ...['/v2/models/{model}', '/v2/models/{model}/versions/{version}'].flatMap((path) => routesOf(oip, path)),
  ];
}

function routesOf(oip: OpenInference, path: string): Route[] {
  return [
    {
      method: 'GET',
      path,
      handle: (request) => jsonResponse(messageToJson('ModelMetadata', oip.modelMetadata(named(request)))),
    },
    {
      method: 'GET',
      path: `${path}/ready`,
      handle(request) {
        const ready = oip.modelReady(named(request)).ready === true;
        return jsonResponse({ name: request.param('model'), ready }, ready ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: `${path}/config`,
      handle(request) {
        const { config } = messageToJson('ModelConfig', oip.modelConfig(named(request)));
        return jsonResponse(config ?? {});
      },
    },
    {
      method: 'GET',
      path: `${path}/stats`,
      handle: (request) => jsonResponse(messageToJson('ModelStatistics', oip.modelStatistics(named(request)))),
    },
    { method: 'POST', path: `${path}/infer`, handle: (request) => infer(oip, request) },
    { method: 'POST', path: `${path}/generate`, handle: notOffered },
    { method: 'POST', path: `${path}/generate_stream`, handle: notOffered },
  ];
}

function named(request: HttpRequest): { name: string; version: string } {
  return { name: request.param('model'), version: request.param('version') };
}

async function infer(oip: OpenInference, request: HttpRequest): Promise<HttpResponse> {
  const target: InferTarget = { model: request.param('model'), version: request.param('version') };
  const headerLength = jsonLength(request);
  const body = await request.readBody();
  const call =
    headerLength === 0
      ? rawBinaryRequest(target, oip.modelMetadata(named(request)), body)
      : parseInferRequest(target, body, headerLength);
  const response = await oip.modelInfer(call.message, {
    signal: request.signal,
    // HTTP has no deadline of its own; the parameter "timeout" and the server's default count.
    deadlineMs: Number.POSITIVE_INFINITY,
    header: (name) => request.headers[name]?.toString(),
  });
  return toInferResponse(response, call.wantsBinary);
}

function jsonLength(request: HttpRequest): number | undefined {
  const header = request.headers['inference-header-content-length'];
  if (header === undefined) return undefined;
  if (typeof header === 'string' && /^[0-9]{1,15}$/.test(header)) return Number(header);
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'Header Inference-Header-Content-Length must be one whole number: the bytes of JSON in front of the binary data.',
    { details: { field: 'inference-header-content-length' } },
  );
}

function notOffered(): HttpResponse {
  return errorResponse(
    new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      'This server does not offer "generate". Send tensors to the path of the model that ends in "/infer".',
    ),
    404,
  );
}
