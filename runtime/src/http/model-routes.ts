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
    access: 'metrics.read',
    handle: (request) =>
      jsonResponse(messageToJson('ModelStatistics', oip.modelStatistics({ name: '', version: '' }, request))),
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
      access: 'models.read',
      handle: (request) => jsonResponse(messageToJson('ModelMetadata', oip.modelMetadata(named(request), request))),
    },
    {
      method: 'GET',
      path: `${path}/ready`,
      access: 'models.read',
      handle(request) {
        const ready = oip.modelReady(named(request), request).ready === true;
        return jsonResponse({ name: request.param('model'), ready }, ready ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: `${path}/config`,
      access: 'models.read',
      handle(request) {
        const { config } = messageToJson('ModelConfig', oip.modelConfig(named(request), request));
        return jsonResponse(config ?? {});
      },
    },
    {
      method: 'GET',
      path: `${path}/stats`,
      access: 'metrics.read',
      handle: (request) => jsonResponse(messageToJson('ModelStatistics', oip.modelStatistics(named(request), request))),
    },
    { method: 'POST', path: `${path}/infer`, access: 'predict', handle: (request) => infer(oip, request) },
    { method: 'POST', path: `${path}/generate`, access: 'predict', handle: notOffered },
    { method: 'POST', path: `${path}/generate_stream`, access: 'predict', handle: notOffered },
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
      ? rawBinaryRequest(target, oip.modelMetadata(named(request), request), body)
      : parseInferRequest(target, body, headerLength);
  const response = await oip.modelInfer(call.message, {
    signal: request.signal,
    ...(request.caller !== undefined && { caller: request.caller }),
    // HTTP has no deadline of its own; the parameter "timeout" and the server's default count.
    deadlineMs: Number.POSITIVE_INFINITY,
    transport: 'http',
    header: (name) => request.headers[name]?.toString(),
  });
  // Compressing takes a while, within which the model may be stopped.
  return { ...toInferResponse(response, call.wantsBinary), beforeSend: () => oip.assertMayLeave(response) };
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
