import { DeepHealthError } from '@deephealth/sdk';
import type { OpenInference } from '../open-inference/open-inference.js';
import { asSize, asString, field, onlyFields, readJsonObject } from './json-fields.js';
import { jsonResponse, messageToJson } from './message-json.js';
import type { HttpRequest, HttpResponse, Route } from './route.js';

const SYSTEM = '/v2/systemsharedmemory';
const CUDA = '/v2/cudasharedmemory';

/** The system shared memory extension; the CUDA one is refused as not offered. */
export function sharedMemoryRoutes(oip: OpenInference): Route[] {
  return [
    ...['', '/region/{region}'].flatMap((part): Route[] => [
      {
        method: 'GET',
        path: `${SYSTEM}${part}/status`,
        access: 'memory.share',
        handle: (request) => status(oip, request),
      },
      {
        method: 'POST',
        path: `${SYSTEM}${part}/unregister`,
        access: 'memory.share',
        handle: (request) => unregister(oip, request),
      },
      { method: 'GET', path: `${CUDA}${part}/status`, access: 'memory.share', handle: notOffered },
      { method: 'POST', path: `${CUDA}${part}/unregister`, access: 'memory.share', handle: notOffered },
    ]),
    {
      method: 'POST',
      path: `${SYSTEM}/region/{region}/register`,
      access: 'memory.share',
      handle: (request) => register(oip, request),
    },
    { method: 'POST', path: `${CUDA}/region/{region}/register`, access: 'memory.share', handle: notOffered },
  ];
}

function status(oip: OpenInference, request: HttpRequest): HttpResponse {
  const response = oip.systemSharedMemoryStatus({ name: request.param('region') }, request);
  // Over gRPC the regions are a map by name, over HTTP a list.
  return jsonResponse(Object.values(messageToJson('SystemSharedMemoryStatus', response).regions ?? {}));
}

async function register(oip: OpenInference, request: HttpRequest): Promise<HttpResponse> {
  const body = await readJsonObject(request);
  onlyFields(body, 'body', ['key', 'offset', 'byte_size']);
  const offset = field(body, 'offset');
  await oip.systemSharedMemoryRegister(
    {
      name: request.param('region'),
      key: asString(field(body, 'key'), 'key'),
      offset: String(offset === undefined ? 0 : asSize(offset, 'offset')),
      byteSize: String(asSize(field(body, 'byte_size'), 'byte_size')),
    },
    request,
  );
  return jsonResponse({});
}

async function unregister(oip: OpenInference, request: HttpRequest): Promise<HttpResponse> {
  await oip.systemSharedMemoryUnregister({ name: request.param('region') }, request);
  return jsonResponse({});
}

function notOffered(): never {
  throw new DeepHealthError(
    'DH_FEATURE_UNSUPPORTED',
    'This server does not offer CUDA shared memory. Send the tensors in the message.',
  );
}
