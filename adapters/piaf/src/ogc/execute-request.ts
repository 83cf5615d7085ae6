import { DeepHealthError } from '@deephealth/sdk';
import type { CallbackHosts } from '../http/callback-hosts.js';
import { type ChainRoot, inputLocation } from '../http/input-location.js';
import type { InputReference, ServedChain, SubmitRequest } from '../runs/run-service.js';

/** Files of an execute request that stand in it, in the order of the studies. */
export interface InlineFile {
  readonly name: string;
  readonly content: Buffer;
}

export interface ExecuteRequest
  extends Pick<SubmitRequest, 'parameters' | 'inputs' | 'request'>,
    Partial<Pick<SubmitRequest, 'callbacks'>> {
  readonly files: readonly InlineFile[];
}

export interface ExecuteContext {
  readonly chain: ServedChain;
  readonly roots: readonly ChainRoot[];
  readonly callbackHosts: CallbackHosts;
  /** Of the process. */
  readonly outputNames: readonly string[];
}

const MOST_STUDIES = 100_000;
const SUBSCRIBER = { successUri: 'success', inProgressUri: 'inProgress', failedUri: 'failed' } as const;
const LINK_MEMBERS = ['href', 'rel', 'type', 'hreflang', 'title', 'length'];
const VALUE_MEMBERS = ['value', 'mediaType', 'encoding', 'schema'];

/** File endings by type: the steps look at the content, people at the name. */
const ENDINGS: Readonly<Record<string, string>> = {
  'application/dicom': '.dcm',
  'application/x-nifti': '.nii.gz',
  'application/x-edf': '.edf',
  'application/json': '.json',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/tiff': '.tif',
};

/**
 * The body of an execute request. Studies are links (`href`), or values with their media type, in base64 unless they
 * are JSON; every other input is a parameter of the chain, which the service checks.
 *
 * @throws DH_REQUEST_MALFORMED, DH_CHAIN_REQUEST_INVALID naming the field, DH_CALLBACK_REFUSED
 */
export function parseExecuteRequest(body: Buffer, context: ExecuteContext): ExecuteRequest {
  const document = objectOf(parseJson(body), 'body');
  onlyMembers(document, ['inputs', 'outputs', 'subscriber', 'response', 'process', 'mode'], '');
  if (document.response !== undefined && document.response !== 'document') {
    throw refused('response', 'can only be "document"');
  }
  if (document.mode !== undefined && document.mode !== 'async' && document.mode !== 'auto') {
    throw refused('mode', 'can only be "async"');
  }
  const { studies, ...others } = objectOf(document.inputs ?? {}, 'inputs');
  const list = Array.isArray(studies) ? studies : studies === undefined ? [] : [studies];
  if (list.length === 0) throw refused('inputs.studies', 'must have at least one study');
  if (list.length > MOST_STUDIES) throw refused('inputs.studies', `must have ${MOST_STUDIES} studies at most`);
  const files: InlineFile[] = [];
  const inputs = list.map((study, index) => studyOf(study, index, context, files));
  const parameters = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, plainValue(value)]));
  const outputs = outputsOf(document.outputs, context.outputNames);
  const subscriber = subscriberOf(document.subscriber, context.callbackHosts);
  return {
    files,
    inputs,
    parameters,
    request: {
      inputs: { studies: list.length, ...parameters },
      ...(outputs === undefined ? {} : { outputs }),
      ...(subscriber === undefined ? {} : { subscriber }),
    },
    ...(subscriber === undefined
      ? {}
      : {
          callbacks: Object.fromEntries(
            Object.entries(SUBSCRIBER).flatMap(([from, to]) => (from in subscriber ? [[to, subscriber[from]]] : [])),
          ),
        }),
  };
}

function studyOf(study: unknown, index: number, { chain, roots }: ExecuteContext, files: InlineFile[]): InputReference {
  const field = `inputs.studies[${index}]`;
  const members = objectOf(study, field);
  if ('href' in members) {
    onlyMembers(members, LINK_MEMBERS, `${field}.`);
    return inputLocation(members.href, { field: `${field}.href`, roots });
  }
  if (!('value' in members))
    throw refused(field, 'must be a link with "href", or a value with "value" and "mediaType"');
  onlyMembers(members, VALUE_MEMBERS, `${field}.`);
  const types: readonly string[] = chain.binding.item.mediaTypes;
  const { mediaType = types.length === 1 ? types[0] : undefined, encoding, value } = members;
  if (typeof mediaType !== 'string' || !types.includes(mediaType)) {
    throw refused(`${field}.mediaType`, `must be one of ${types.join(', ')}`);
  }
  if (encoding !== undefined && encoding !== 'base64') throw refused(`${field}.encoding`, 'can only be "base64"');
  const name = `study-${String(index + 1).padStart(6, '0')}${ENDINGS[mediaType] ?? ''}`;
  files.push({ name, content: contentOf(value, mediaType, encoding === 'base64', field) });
  return { kind: 'attachment', path: name };
}

function contentOf(value: unknown, mediaType: string, isEncoded: boolean, field: string): Buffer {
  if (mediaType === 'application/json' && !isEncoded) {
    return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  }
  // Node takes anything for base64 and drops what it does not know.
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) {
    throw refused(`${field}.value`, 'must be base64');
  }
  return Buffer.from(value, 'base64');
}

function outputsOf(outputs: unknown, known: readonly string[]): readonly string[] | undefined {
  if (outputs === undefined) return undefined;
  const members = objectOf(outputs, 'outputs');
  for (const [name, output] of Object.entries(members)) {
    if (!known.includes(name)) throw refused('outputs', `can only be ${known.join(', ')}`);
    const { transmissionMode } = objectOf(output, `outputs.${name}`);
    if (transmissionMode !== undefined && transmissionMode !== 'reference') {
      throw refused('outputs', 'are only handed out as references (transmissionMode "reference")');
    }
  }
  return Object.keys(members).length === 0 ? undefined : Object.keys(members);
}

function subscriberOf(given: unknown, hosts: CallbackHosts): Readonly<Record<string, string>> | undefined {
  if (given === undefined || given === null) return undefined;
  const members = objectOf(given, 'subscriber');
  onlyMembers(members, Object.keys(SUBSCRIBER), 'subscriber.');
  for (const [name, uri] of Object.entries(members)) hosts.target(uri, `subscriber.${name}`);
  return Object.keys(members).length === 0 ? undefined : (members as Record<string, string>);
}

/** `{ "value": 3 }` is 3. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.keys(value);
  return members.length === 1 && members[0] === 'value' ? (value as { value: unknown }).value : value;
}

/** @throws DH_REQUEST_MALFORMED */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is no JSON in UTF-8.');
  }
}

function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refused(field, 'must be an object');
}

function onlyMembers(members: object, known: readonly string[], prefix: string): void {
  if (Object.keys(members).every((member) => known.includes(member))) return;
  throw refused(`${prefix}*`, `has a member that is none of ${known.join(', ')}`);
}

function refused(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `"${field}" ${sentence}.`, { details: { field } });
}
