import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { exchange, type HttpResponse, type HttpSettings, parseBaseUrl } from './http-exchange.js';
import { platformText, unauthenticated } from './platform-errors.js';
import { failureMeaning } from './stow-failures.js';

export interface StoreOptions extends HttpSettings {
  /** Root of the DICOMweb service: "https://pacs.example/dicom-web". */
  readonly baseUrl: string;
  /** Only this study may take them up: others are failures of the server's. Default any. */
  readonly studyInstanceUid?: string;
  /** Sent as a Bearer token. */
  readonly token?: string;
  /** Further headers, such as another kind of authorization. Their values are secrets, too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What became of one file. */
export interface StoredInstance {
  /** Name of the file, without its folder. */
  readonly file: string;
  readonly status: 'stored' | 'stored-with-warning' | 'failed';
  readonly sopInstanceUid?: string;
  readonly retrieveUrl?: string;
  /** Warning Reason or Failure Reason (PS3.18, 10.5.3), or the HTTP status where the server gives none. */
  readonly reason?: number;
  /** For people. */
  readonly meaning?: string;
}

/**
 * Stores DICOM files by STOW-RS (PS3.18, 10.5), each in a request of its own: one that the server does not take
 * does not keep it from the others, and none is in memory as a whole. What was stored twice, since an answer got
 * lost, is the same instance.
 *
 * @returns by file, in their order; failures are told, and not thrown
 * @throws DH_PLATFORM_UNREACHABLE, DH_PLATFORM_UNAUTHENTICATED, DH_REQUEST_MALFORMED, DH_CANCELLED
 */
export async function storeInstances(paths: readonly string[], options: StoreOptions): Promise<StoredInstance[]> {
  const { studyInstanceUid, token, headers } = options;
  const url = new URL(
    studyInstanceUid === undefined ? 'studies' : `studies/${encodeURIComponent(studyInstanceUid)}`,
    parseBaseUrl(options.baseUrl),
  );
  const secrets = [...(token === undefined ? [] : [token]), ...Object.values(headers ?? {})];
  const results: StoredInstance[] = [];
  for (const path of paths) {
    const file = basename(path);
    const boundary = `deephealth-${randomBytes(12).toString('hex')}`;
    const response = await exchange(
      {
        method: 'POST',
        url,
        headers: {
          accept: 'application/dicom+json',
          'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: await multipartBody(path, boundary),
      },
      options,
    );
    if (response.status === 401 || response.status === 403) throw unauthenticated();
    results.push({ file, ...outcomeOf(response, secrets) });
  }
  return results;
}

async function multipartBody(path: string, boundary: string) {
  const head = Buffer.from(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`);
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { size } = await stat(path).catch(() => {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${basename(path)}" cannot be read.`);
  });
  return {
    sizeBytes: head.length + size + tail.length,
    async *open() {
      yield head;
      if (size > 0) yield* createReadStream(path, { end: size - 1 });
      yield tail;
    },
  };
}

type Json = Readonly<Record<string, { readonly Value?: readonly unknown[] } | undefined>>;

function outcomeOf(response: HttpResponse, secrets: readonly string[]): Omit<StoredInstance, 'file'> {
  const answer = parseJson(response.body);
  const failed = firstItem(answer, '00081198');
  const stored = firstItem(answer, '00081199');
  const uid = textOf(failed ?? stored, '00081155');
  const identified = uid === undefined ? {} : { sopInstanceUid: uid };
  if (failed !== undefined) {
    const reason = numberOf(failed, '00081197') ?? response.status;
    return { status: 'failed', ...identified, reason, meaning: failureMeaning(reason) };
  }
  const retrieveUrl = textOf(stored, '00081190');
  const place = { ...identified, ...(retrieveUrl === undefined ? {} : { retrieveUrl }) };
  const warning = numberOf(stored, '00081196');
  if (stored !== undefined && warning !== undefined) {
    return { status: 'stored-with-warning', ...place, reason: warning, meaning: failureMeaning(warning) };
  }
  // 200 says that all is stored, also where the body says nothing; any other status needs the word of the body.
  if (response.status === 200 || (stored !== undefined && response.status === 202))
    return { status: 'stored', ...place };
  return { status: 'failed', ...identified, reason: response.status, meaning: platformText(response, secrets) };
}

function parseJson(body: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const object = Array.isArray(value) ? value[0] : value;
    return typeof object === 'object' && object !== null ? (object as Json) : undefined;
  } catch {
    return undefined;
  }
}

function firstItem(dataset: Json | undefined, tag: string): Json | undefined {
  const item = dataset?.[tag]?.Value?.[0];
  return typeof item === 'object' && item !== null ? (item as Json) : undefined;
}

function textOf(dataset: Json | undefined, tag: string): string | undefined {
  const value = dataset?.[tag]?.Value?.[0];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(dataset: Json | undefined, tag: string): number | undefined {
  const value = Number(dataset?.[tag]?.Value?.[0] ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
