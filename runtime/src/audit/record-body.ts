import type { Caller } from '@deephealth/sdk';
import { RUNTIME_VERSION } from '../version.js';
import { jsonText, jsonTexts } from './ascii-json.js';
import type { AuditEvent, AuditedModel, AuditedPackage, InferenceEvent } from './audit-event.js';

const MAX_LISTED = 64;

// Callers and packages are the same objects for many requests.
const callers = new WeakMap<Caller, string>();
const packages = new WeakMap<AuditedPackage, string>();

/** The fields of an event between `kind` and `prev`, as JSON without braces, in ASCII. */
export function recordBody(event: AuditEvent): string {
  switch (event.kind) {
    case 'inference':
      return inferenceBody(event);
    case 'refusal':
      return (
        `"kind":"refusal","face":"${event.face}",${callerOf(event.caller)},"request":${jsonText(event.requestId)},` +
        `"code":"${event.code}"${event.model === undefined ? '' : `,${modelOf(event.model)}`}` +
        (event.packageSha256 === undefined ? '' : `,"package":"${event.packageSha256}"`)
      );
    case 'access-denied':
      return (
        `"kind":"access-denied","code":"${event.code}"` +
        (event.caller === undefined ? '' : `,${callerOf(event.caller)}`) +
        optional('face', event.face) +
        optional('action', event.action) +
        optional('model', event.model) +
        (event.repeated === undefined ? '' : `,"repeated":${event.repeated}`)
      );
    case 'model-state':
      return (
        `"kind":"model-state",${modelOf(event.model)},"state":"${event.state}"` +
        (event.packageSha256 === '' ? '' : `,"package":"${event.packageSha256}"`) +
        (event.code === undefined ? '' : `,"code":"${event.code}"`)
      );
    case 'control':
      return (
        `"kind":"control",${callerOf(event.caller)},"action":${jsonText(event.action)}` +
        optional('model', event.model) +
        optional('version', event.version) +
        optional('reason', event.reason)
      );
    default:
      return (
        `"kind":"${event.kind}","runtime":"${RUNTIME_VERSION}","node":"${process.versions.node}"` +
        (event.isDurable === undefined ? '' : `,"durable":${event.isDurable}`)
      );
  }
}

function inferenceBody(event: InferenceEvent): string {
  const { outputs, highlights, warnings, sequence } = event;
  let body =
    `"kind":"inference","face":"${event.face}",${callerOf(event.caller)},"request":${jsonText(event.requestId)},` +
    `${modelOf(event.model)},${packageOf(event.loaded)},"batch":${event.batchSize},` +
    `"input":"${event.inputSha256}","output":"${event.outputSha256}"`;
  if (outputs.length > 0) body += `,"outputs":${jsonTexts(outputs.slice(0, MAX_LISTED))}`;
  if (highlights.length > 0) body += `,"highlights":${jsonTexts(highlights.slice(0, MAX_LISTED))}`;
  if (warnings.length > 0) body += `,"warnings":${jsonTexts(warnings.slice(0, MAX_LISTED))}`;
  if (event.abstained) body += ',"abstained":true';
  if (sequence !== undefined) body += `,"sequence":{"id":${jsonText(sequence.id)},"position":${sequence.position}}`;
  return body;
}

function optional(name: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `,"${name}":${jsonText(value)}`;
}

function modelOf({ name, version }: AuditedModel): string {
  return `"model":${jsonText(name)},"version":${jsonText(version)}`;
}

function packageOf(loaded: AuditedPackage): string {
  const known = packages.get(loaded);
  if (known !== undefined) return known;
  const text =
    `"package":"${loaded.packageSha256}","onnx":"${loaded.onnxSha256}","runtime":"${RUNTIME_VERSION}",` +
    `"engine":${jsonText(loaded.engine)},"provider":${jsonText(loaded.provider ?? 'cpu')}`;
  packages.set(loaded, text);
  return text;
}

function callerOf(caller: Caller): string {
  const known = callers.get(caller);
  if (known !== undefined) return known;
  const { subject, tenant, roles, authentication } = caller;
  const text =
    `"caller":{"subject":${jsonText(subject)},"tenant":${jsonText(tenant)},` +
    `"roles":${jsonTexts(roles)},"authentication":"${authentication}"}`;
  callers.set(caller, text);
  return text;
}
