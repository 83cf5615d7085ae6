import type { inferenceV2 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { OpenInference } from '../open-inference/open-inference.js';
import { kind, readJsonObject, toRecord } from './json-fields.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { jsonResponse } from './message-json.js';
import type { HttpRequest, HttpResponse, Route } from './route.js';
import type { WritableJson } from './write-json.js';

const NOTHING: JsonObject = new Map();
const MAX_UINT32 = 2 ** 32 - 1;

/** The trace and logging extensions: GET shows the settings, POST changes and shows them. */
export function settingsRoutes(oip: OpenInference): Route[] {
  const trace = (settings: JsonObject, request: HttpRequest) =>
    traceJson(
      oip.traceSetting(
        { settings: toRecord(settings, 'body', toTraceValue), modelName: request.param('model') },
        request,
      ),
    );
  const log = (settings: JsonObject, request: HttpRequest) =>
    logJson(oip.logSettings({ settings: toRecord(settings, 'body', toLogValue) }, request));
  return [
    ...['/v2/trace/setting', '/v2/models/{model}/trace/setting'].flatMap((path): Route[] => [
      { method: 'GET', path, access: 'settings.write', handle: (request) => trace(NOTHING, request) },
      {
        method: 'POST',
        path,
        access: 'settings.write',
        handle: async (request) => trace(await readJsonObject(request), request),
      },
    ]),
    { method: 'GET', path: '/v2/logging', access: 'settings.write', handle: (request) => log(NOTHING, request) },
    {
      method: 'POST',
      path: '/v2/logging',
      access: 'settings.write',
      handle: async (request) => log(await readJsonObject(request), request),
    },
  ];
}

/** A text, a list of texts, or null for "back to the default"; numbers and booleans count as texts. */
function toTraceValue(value: JsonValue, path: string): { value: string[] } {
  if (value === null) return { value: [] };
  const values: readonly JsonValue[] = Array.isArray(value) ? value : [value as JsonValue];
  return {
    value: values.map((item) => {
      if (['string', 'number', 'boolean'].includes(typeof item)) return String(item);
      throw invalid(path, 'a text or a list of texts', item);
    }),
  };
}

function toLogValue(value: JsonValue, path: string): inferenceV2._inference_LogSettingsRequest_SettingValue__Output {
  if (typeof value === 'boolean') return { boolParam: value, parameterChoice: 'boolParam' };
  if (typeof value === 'string') return { stringParam: value, parameterChoice: 'stringParam' };
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_UINT32) {
    return { uint32Param: value, parameterChoice: 'uint32Param' };
  }
  throw invalid(path, 'a boolean, a text or a whole number of 32 bits', value);
}

function traceJson({ settings }: inferenceV2.TraceSettingResponse): HttpResponse {
  const entries = Object.entries(settings ?? {}).map(([name, { value = [] }]): [string, WritableJson] => [
    name,
    // As Triton writes them: the levels are a list, everything else is one text.
    name !== 'trace_level' && value.length === 1 ? (value[0] as string) : value,
  ]);
  return jsonResponse(Object.fromEntries(entries));
}

function logJson({ settings }: inferenceV2.LogSettingsResponse): HttpResponse {
  const entries = Object.entries(settings ?? {}).map(
    ([name, { boolParam, uint32Param, stringParam }]): [string, WritableJson] => [
      name,
      boolParam ?? uint32Param ?? stringParam ?? null,
    ],
  );
  return jsonResponse(Object.fromEntries(entries));
}

function invalid(path: string, expected: string, value: JsonValue): DeepHealthError {
  const received = kind(value);
  return new DeepHealthError('DH_PARAMETER_INVALID', `Setting "${path}" must be ${expected}, got ${received}.`, {
    details: { parameter: path, expected, received },
  });
}
