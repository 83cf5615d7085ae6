import { ELEMENT_SIZE_BYTES, elementCount, isDataTypeName, isErrorCode } from '@deephealth/sdk';
import type { HostReply } from './host-messages.js';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

/**
 * A message of a host as a reply. Models run in that process, so that it is believed in nothing that the
 * server could not stand: what is no number, no list or no error of ours would throw where nobody awaits it,
 * and the server with all its other models would end.
 *
 * @throws RangeError for what is no reply: the host that sends it is no host any more
 */
export function readHostReply(message: unknown): HostReply {
  const type = isFields(message) ? message.type : undefined;
  const check = typeof type === 'string' && Object.hasOwn(REPLIES, type) ? REPLIES[type as HostReply['type']] : never;
  if (!check(message as Fields)) throw new RangeError('a message of the host makes no sense');
  return message as HostReply;
}

const REPLIES: Readonly<Record<HostReply['type'], (reply: Fields) => boolean>> = {
  probed: ({ probe }) =>
    isFields(probe) && isText(probe.engine) && isList(probe.providers, isText) && isBoolean(probe.isTelemetryOff),
  loaded: (reply) => isBoolean(reply.servesRing) && isPackage(reply.package),
  'load-failed': ({ error, report, packageSha256, title }) =>
    isError(error) && isReport(report) && isText(packageSha256) && isText(title),
  started: ({ ids }) => isList(ids, isCount),
  paused: ({ id }) => isCount(id),
  results: ({ results }) => isList(results, isResult),
  memory: ({ rssBytes }) => isCount(rssBytes),
  backend: ({ isServing, reason }) => isBoolean(isServing) && isText(reason),
};

function isPackage(value: unknown): boolean {
  return (
    isFields(value) &&
    [value.manifestJson, value.packageSha256, value.onnxSha256, value.engine].every(isText) &&
    (value.provider === 'cpu' || value.provider === 'remote') &&
    isCount(value.concurrency) &&
    isBatching(value.batching) &&
    isReport(value.report)
  );
}

function isBatching(value: unknown): boolean {
  return (
    isFields(value) &&
    isCount(value.provenSize) &&
    isList(value.servedSizes, isCount) &&
    isRecord(value.itemShapes, isShape) &&
    isMeasure(value.gain) &&
    isText(value.reason)
  );
}

function isReport(value: unknown): boolean {
  const isVerificationCheck: Check = (check) =>
    isFields(check) && [check.name, check.status, check.message].every(isText) && isNumber(check.durationUs);
  return (
    isFields(value) &&
    isList(value.checks, isVerificationCheck) &&
    isNumber(value.completedAtMs) &&
    isCount(value.goldenCases) &&
    isMeasure(value.worstGoldenError)
  );
}

function isResult(value: unknown): boolean {
  if (!isFields(value) || !isCount(value.id)) return false;
  if ('error' in value) return isError(value.error) && (value.run === undefined || isRun(value.run));
  return isRun(value.run) && ('prediction' in value ? isPrediction(value.prediction) : isInference(value.inference));
}

function isPrediction(value: unknown): boolean {
  return isFields(value) && isList(value.findings, isFields) && isList(value.warnings, isFields);
}

function isInference(value: unknown): boolean {
  return isFields(value) && isList(value.tensors, (tensor) => isTensor(tensor) && isText((tensor as Fields).name));
}

function isRun(value: unknown): boolean {
  return (
    isFields(value) &&
    isNumber(value.queueUs) &&
    isCount(value.batchSize) &&
    isTimings(value.timings) &&
    (value.inputSha256 === undefined || isText(value.inputSha256)) &&
    (value.rows === undefined || isCount(value.rows)) &&
    (value.steps === undefined || isList(value.steps, isStep)) &&
    (value.state === undefined || isRecord(value.state, isTensor))
  );
}

function isTimings(value: unknown): boolean {
  return (
    isFields(value) && isNumber(value.preprocessUs) && isNumber(value.inferenceUs) && isNumber(value.postprocessUs)
  );
}

function isStep(value: unknown): boolean {
  return isFields(value) && [value.name, value.operation, value.onnxSha256].every(isText) && isNumber(value.durationUs);
}

function isTensor(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { dataType, shape, data } = value;
  if (!isText(dataType) || !isDataTypeName(dataType) || !isShape(shape) || !(data instanceof Uint8Array)) return false;
  const size = ELEMENT_SIZE_BYTES[dataType];
  return size === undefined || data.byteLength === elementCount(shape) * size;
}

/** An error with a code that this server knows. */
function isError(value: unknown): boolean {
  return (
    isFields(value) &&
    isText(value.code) &&
    isErrorCode(value.code) &&
    isText(value.message) &&
    isRecord(value.details, isText) &&
    (value.retryAfterMs === undefined || isNumber(value.retryAfterMs)) &&
    (value.internal === undefined || isText(value.internal))
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isRecord(value: unknown, check: Check): boolean {
  if (!isFields(value)) return false;
  for (const name in value) if (!check(value[name])) return false;
  return true;
}

function isList(value: unknown, check: Check): boolean {
  return Array.isArray(value) && value.every(check);
}

function isShape(value: unknown): value is number[] {
  return isList(value, isCount);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isNumber(value: unknown): boolean {
  return Number.isFinite(value);
}

/** A number, or null, which is what JSON has for one that is not finite. */
function isMeasure(value: unknown): boolean {
  return value === null || isNumber(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function never(): boolean {
  return false;
}
