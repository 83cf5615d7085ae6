import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { OpenInference } from '../open-inference/open-inference.js';
import { asBoolean, asObject, field, kind, onlyFields, readJsonObject, toRecord } from './json-fields.js';
import type { JsonValue } from './json-value.js';
import { jsonResponse, messageToJson } from './message-json.js';
import type { HttpRequest, Route } from './route.js';

/** The model repository extension: index, load and unload. */
export function repositoryRoutes(oip: OpenInference): Route[] {
  return [
    {
      method: 'POST',
      path: '/v2/repository/index',
      access: 'models.read',
      async handle(request) {
        const body = await readJsonObject(request);
        onlyFields(body, 'body', ['ready']);
        const ready = field(body, 'ready');
        const response = oip.repositoryIndex(
          {
            repositoryName: '',
            ready: ready === undefined ? false : asBoolean(ready, 'ready'),
          },
          request,
        );
        return jsonResponse(messageToJson('RepositoryIndex', response).models ?? []);
      },
    },
    {
      method: 'POST',
      path: '/v2/repository/models/{model}/load',
      access: 'models.control',
      async handle(request) {
        await oip.repositoryModelLoad(await repositoryRequest(request), request);
        return jsonResponse({});
      },
    },
    {
      method: 'POST',
      path: '/v2/repository/models/{model}/unload',
      access: 'models.control',
      async handle(request) {
        await oip.repositoryModelUnload(await repositoryRequest(request), request);
        return jsonResponse({});
      },
    },
  ];
}

async function repositoryRequest(
  request: HttpRequest,
): Promise<inferenceV2.RepositoryModelLoadRequest__Output & inferenceV2.RepositoryModelUnloadRequest__Output> {
  const body = await readJsonObject(request);
  onlyFields(body, 'body', ['parameters']);
  const parameters = field(body, 'parameters');
  return {
    repositoryName: '',
    modelName: request.param('model'),
    parameters: parameters === undefined ? {} : toRecord(asObject(parameters, 'parameters'), 'parameters', toParameter),
  };
}

function toParameter(value: JsonValue, path: string, name: string): inferenceV2.ModelRepositoryParameter__Output {
  if (typeof value === 'boolean') return { boolParam: value, parameterChoice: 'boolParam' };
  if (typeof value === 'string') {
    if (!name.startsWith('file:')) return { stringParam: value, parameterChoice: 'stringParam' };
    const bytesParam = Buffer.from(value, 'base64');
    // Buffer skips what is no base64, and a file that lacks a part is another file.
    if (bytesParam.toString('base64') !== value) throw invalid(path, 'base64 with padding', 'another text');
    return { bytesParam, parameterChoice: 'bytesParam' };
  }
  if ((typeof value === 'number' && Number.isSafeInteger(value)) || typeof value === 'bigint') {
    const exact = BigInt(value);
    if (BigInt.asIntN(64, exact) === exact) return { int64Param: String(exact), parameterChoice: 'int64Param' };
  }
  throw invalid(path, 'a boolean, a 64-bit whole number or a text', kind(value));
}

function invalid(path: string, expected: string, received: string): DeepHealthError {
  return new DeepHealthError('DH_PARAMETER_INVALID', `Parameter "${path}" must be ${expected}, got ${received}.`, {
    details: { parameter: path, expected, received },
  });
}
